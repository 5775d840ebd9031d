"""Signs a PDF with a key of one's own: PAdES baseline B-B, the whole file, no network."""

from __future__ import annotations

import datetime
import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds.core.errors import InputError, ResourceError
from cds.report.pdf_fault import EXTRA

FIELD, FIELD_TITLE = "Signature", "Digital signature of this report"


@dataclass(frozen=True)
class Signer:
    """A private key with its certificate, and the sha256 of the certificate (``fingerprint``)."""

    key: Any
    fingerprint: str

    def sign(self, pdf: bytes, *, password: str = "") -> bytes:
        """The PDF with an invisible signature over all its bytes; an encrypted one needs its ``password``.

        The signature holds the time of this computer's clock, without a time stamp of a third party, so that no two
        calls give the same bytes. A later change that fills no form breaks it. Source: ETSI EN 319 142-1, level B-B.
        """
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import fields, signers

        writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
        if password:
            writer.encrypt(password)
        # Hidden, not printed: PDF/UA-1 wants annotations that are shown in the structure tree (7.18.1).
        unseen = fields.InvisSigSettings(set_print_flag=False, set_hidden_flag=True)
        field = fields.SigFieldSpec(FIELD, invis_sig_settings=unseen, readable_field_name=FIELD_TITLE)
        told = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
        )
        signed = signers.sign_pdf(writer, told, self.key, new_field_spec=field)
        return bytes(signed.getvalue())


def read_signer(key: Path, password: str) -> Signer:
    """The signer of a PKCS#12 file (.p12, .pfx).

    Raises:
        InputError: the file cannot be read, is no PKCS#12 file or the password is wrong, holds no private key, or its
            certificate is not valid today.
        ResourceError: pyHanko is not installed.
    """
    try:
        from pyhanko.sign import signers
    except ImportError:
        raise ResourceError(f"signing PDFs needs pyHanko: {EXTRA}") from None
    try:
        content = key.read_bytes()
    except OSError as fault:
        raise InputError(f"{key}: the key cannot be read: {fault.strerror}") from None
    logging.getLogger("pyhanko").addHandler(logging.NullHandler())
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=password.encode("ascii"))
    except Exception as fault:  # of several libraries, whose kinds differ with what is wrong with the file
        raise InputError(
            f"{key}: this is no PKCS#12 file with a private key, or the password is wrong ({type(fault).__name__})",
            do="Check the file and --sign-password-file",
        ) from None
    if signer is None or signer.signing_cert is None:
        raise InputError(f"{key}: the file holds no private key with its certificate")
    certificate = signer.signing_cert
    now = datetime.datetime.now(tz=datetime.UTC)
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        between = f"{certificate.not_valid_before:%Y-%m-%d} to {certificate.not_valid_after:%Y-%m-%d}"
        raise InputError(f"{key}: the certificate is valid from {between}, not today", do="Sign with a valid one")
    return Signer(signer, certificate.sha256.hex())
