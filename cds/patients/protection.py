"""A password and a signature on reports, put on after a report is made and before it is written.

Both hold random bytes or the time: of protected reports not the bytes but the pages are the same for the same inputs.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

from cds.core.errors import InputError
from cds.patients.making import Made
from cds.patients.technical import json_text
from cds.report.pdf_fault import need_pikepdf
from cds.report.pdf_password import encrypted, opens, read_password, refuse_weak
from cds.report.pdf_signature import Signer, read_signer


@dataclasses.dataclass(frozen=True)
class Protection:
    """What is put on each report: a password, a signature, or both.

    A report with a password has no JSON beside it, which would hold the same data for all to read, unless
    ``json_unprotected`` asks for it.

    Raises:
        InputError: the password is too short or too long, or an unprotected JSON is asked for without a password.
        ResourceError: the extra ``pdf`` is not installed.
    """

    password: str = dataclasses.field(default="", repr=False)
    signer: Signer | None = None
    json_unprotected: bool = False

    def __post_init__(self) -> None:
        if self.password:
            refuse_weak(self.password)
        elif self.json_unprotected:
            raise InputError(
                "an unprotected JSON is asked for, but no password", do="Leave out --json-unprotected: JSON is written"
            )
        if self.password or self.signer:
            need_pikepdf()

    @property
    def writes_json(self) -> bool:
        """Whether the JSON is written beside the PDF."""
        return not self.password or self.json_unprotected

    def input_hash(self, told: str) -> str:
        """The hash of the inputs, of whether there is a password (not which), of the signer and of what is written."""
        if not self.password and self.signer is None:
            return told
        signed_by = self.signer.fingerprint if self.signer else ""
        return hashlib.sha256(f"{told} {bool(self.password)} {signed_by} {self.writes_json}".encode()).hexdigest()

    def keeps(self, file: Path) -> bool:
        """Whether a PDF of an earlier run has the protection that is asked for now: the same password opens it."""
        return not self.password or opens(file, self.password)

    def apply(self, made: Made) -> Made:
        """The report with its protection on; the JSON names the sha256 of the PDF as it is written."""
        if made.reason or not (self.password or self.signer):
            return made
        pdf = encrypted(made.pdf, self.password) if self.password else made.pdf
        if self.signer:
            pdf = self.signer.sign(pdf, password=self.password)
        if not self.writes_json:
            return dataclasses.replace(made, pdf=pdf, json=b"")
        told = json.loads(made.json)
        told["pdf_sha256"] = hashlib.sha256(pdf).hexdigest()
        return dataclasses.replace(made, pdf=pdf, json=json_text(told).encode("utf-8"))


def read_protection(
    *, password: Path | None, key: Path | None, key_password: Path | None, json_unprotected: bool
) -> Protection:
    """The protection that files ask for: a password file, a PKCS#12 key and the file of its password.

    Raises:
        InputError: a file that cannot be read, is wrong or is missing its partner; see ``Protection``.
        ResourceError: the extra ``pdf`` is not installed.
    """
    if (key is None) != (key_password is None):
        raise InputError("a signature needs both a key and its password", do="Give --sign-key and --sign-password-file")
    signer = None if key is None else read_signer(key, read_password(key_password))
    return Protection(read_password(password), signer, json_unprotected)
