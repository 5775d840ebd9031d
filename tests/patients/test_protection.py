"""Passwords and signatures on reports: what is encrypted, what is left beside it, what a second run keeps."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from cds.cli import main
from cds.core.errors import InputError, ResourceError
from cds.patients import explain_batch
from cds.patients.protection import Protection, read_protection
from cds.report.pdf import pdf_bytes
from cds.report.pdf_checks import check_pdf
from cds.report.pdf_password import encrypted, read_password
from cds.report.pdf_signature import read_signer
from tests.patients import made

PASSWORD, KEY_PASSWORD = "correct horse battery", "key secret"
HTML = "<!DOCTYPE html><html lang='en'><head><title>A</title></head><body><h1>One</h1></body></html>"
GOOD = pdf_bytes(HTML, identifier="a")
DAY = datetime.timedelta(days=1)


def made_key(folder: Path, *, until: datetime.timedelta = 30 * DAY) -> Path:
    """A self-signed certificate for signing, with its key, as PKCS#12."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example clinic")])
    now = datetime.datetime.now(tz=datetime.UTC)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - 60 * DAY)
        .not_valid_after(now + until)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(KEY_PASSWORD.encode())
    file = folder / "key.p12"
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"clinic", key, certificate, None, lock))
    return file


def validated(pdf: bytes, password: str = "") -> object:
    """What pyHanko says of the one signature when its certificate is trusted."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    reader = PdfFileReader(io.BytesIO(pdf))
    if password:
        reader.decrypt(password)
    (signature,) = reader.embedded_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    context = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    return validate_pdf_signature(signature, context)


def files(folder: Path) -> dict[str, bytes]:
    return {path.suffix: path.read_bytes() for path in folder.iterdir() if path.name.startswith("p-1")}


def test_an_encrypted_pdf_is_aes_256_opens_with_its_password_and_stays_accessible() -> None:
    locked = encrypted(GOOD, PASSWORD)
    assert encrypted(GOOD, PASSWORD) != locked
    for wrong in ("", "another password"):
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(io.BytesIO(locked), password=wrong)
    with pikepdf.open(io.BytesIO(locked), password=PASSWORD) as pdf:
        assert (pdf.encryption.R, pdf.encryption.bits) == (6, 256)
        assert pdf.encryption.stream_method.name == pdf.encryption.string_method.name == "aesv3"
        assert pdf.user_password_matched
        assert not pdf.owner_password_matched
        assert pdf.allow.accessibility
        assert pdf.allow.extract
    assert check_pdf(locked, password=PASSWORD) == []


def test_a_signature_covers_the_whole_file_is_valid_and_leaves_the_pdf_accessible(tmp_path: Path) -> None:
    signer = read_signer(made_key(tmp_path), KEY_PASSWORD)
    signed = signer.sign(GOOD)
    assert signed.startswith(GOOD)
    status = validated(signed)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.timestamp_validity is None
    assert check_pdf(signed) == []
    changed = signed.replace(b"/Title", b"/Titel", 1)
    assert changed == signed or not validated(changed).intact
    at = len(GOOD) // 2
    assert not validated(signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]).intact


def test_an_encrypted_pdf_can_be_signed(tmp_path: Path) -> None:
    signed = read_signer(made_key(tmp_path), KEY_PASSWORD).sign(encrypted(GOOD, PASSWORD), password=PASSWORD)
    assert validated(signed, PASSWORD).bottom_line
    assert check_pdf(signed, password=PASSWORD) == []


def test_with_a_password_no_json_is_left_and_the_summary_names_files_only(tmp_path: Path) -> None:
    explain_batch(made.model(), made.patients(), patients=["P-1"], out=tmp_path)
    assert set(files(tmp_path)) == {".pdf", ".json"}
    outcome = explain_batch(
        made.model(), made.patients(), patients=["P-1"], out=tmp_path, protection=Protection(PASSWORD)
    )
    assert len(outcome.written) == 1
    assert set(files(tmp_path)) == {".pdf"}
    summary = json.loads(outcome.summary.read_text(encoding="utf-8"))
    assert summary["reports"] == [{"file": outcome.written[0].name, "encrypted": True}]
    assert check_pdf(outcome.written[0], password=PASSWORD) == []
    told = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".pdf")
    assert PASSWORD.encode() not in told
    assert hashlib.sha256(PASSWORD.encode()).hexdigest().encode() not in told


def test_a_second_run_keeps_what_the_same_password_opens_and_makes_the_rest_again(tmp_path: Path) -> None:
    def run(guard: Protection) -> int:
        asked = {"patients": ["P-1"], "out": tmp_path, "protection": guard}
        return len(explain_batch(made.model(), made.patients(), **asked).written)

    assert run(Protection(PASSWORD)) == 1
    before = files(tmp_path)
    assert run(Protection(PASSWORD)) == 0
    assert files(tmp_path) == before
    assert run(Protection("another long password")) == 1
    assert run(Protection("another long password", json_unprotected=True)) == 1
    assert run(Protection()) == 1
    assert run(Protection()) == 0


def test_the_json_names_the_hash_of_the_final_file_and_metadata_name_no_patient(tmp_path: Path) -> None:
    signer = read_signer(made_key(tmp_path), KEY_PASSWORD)
    guard = Protection(PASSWORD, signer, json_unprotected=True)
    explain_batch(made.model(), made.patients(), patients=["P-1"], out=tmp_path / "out", protection=guard)
    explain_batch(made.model(), made.patients(), patients=["P-1"], out=tmp_path / "plain")
    found, plain = files(tmp_path / "out"), files(tmp_path / "plain")
    told, other = json.loads(found[".json"]), json.loads(plain[".json"])
    assert told["pdf_sha256"] == hashlib.sha256(found[".pdf"]).hexdigest()
    assert {**told, "pdf_sha256": ""} == {**other, "pdf_sha256": ""}
    with pikepdf.open(io.BytesIO(found[".pdf"]), password=PASSWORD) as pdf:
        signature = pdf.Root.AcroForm.Fields[0]
        told_anywhere = [str(pdf.docinfo), str(pdf.open_metadata()), str({**signature.V, "/Contents": ""})]
    assert "P-1" in found[".json"].decode()
    assert not any("P-1" in each or "p-1" in each for each in told_anywhere)


@pytest.mark.parametrize("written", [b"", b"\nsecond line", "Stra\u00dfe lang genug".encode(), b"tab\tin a password"])
def test_a_password_file_that_is_empty_or_not_plain_is_refused(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "p").write_bytes(written)
    with pytest.raises(InputError, match=r"first line of the password file is empty|printable ASCII"):
        read_password(tmp_path / "p")


def test_what_cannot_protect_is_refused_before_any_report_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = made_key(tmp_path)
    with pytest.raises(InputError, match="has 5 characters; 12 to 127 are needed"):
        Protection("short")
    with pytest.raises(InputError, match="but no password"):
        Protection(json_unprotected=True)
    with pytest.raises(InputError, match="both a key and its password"):
        read_protection(password=None, key=key, key_password=None, json_unprotected=False)
    with pytest.raises(InputError, match="or the password is wrong"):
        read_signer(key, "wrong")
    with pytest.raises(InputError, match="key cannot be read: No such file"):
        read_signer(tmp_path / "absent.p12", "")
    (tmp_path / "no.p12").write_bytes(b"no key")
    with pytest.raises(InputError, match=r"no\.p12: this is no PKCS#12 file"):
        read_signer(tmp_path / "no.p12", "")
    with pytest.raises(InputError, match="not today"):
        read_signer(made_key(tmp_path, until=-DAY), KEY_PASSWORD)


def test_without_the_extra_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pikepdf", None)
    monkeypatch.setitem(__import__("sys").modules, "pyhanko.sign", None)
    for ask in (lambda: Protection(PASSWORD), lambda: read_signer(tmp_path, ""), lambda: check_pdf(GOOD)):
        with pytest.raises(ResourceError, match=r"pip install 'cds-suite\[pdf\]'"):
            ask()


def test_the_command_reads_secrets_from_files_and_says_what_is_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cds.registry.loading.load_model", lambda reference: made.model())
    monkeypatch.chdir(tmp_path)
    made.patients().to_csv("patients.csv", index=False)
    (tmp_path / "secret").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (tmp_path / "of_key").write_text(KEY_PASSWORD, encoding="utf-8")
    made_key(tmp_path)
    asked = ["explain", "--model", "m@1", "--data", "patients.csv", "--patient", "P-1", "--out", "out"]
    asked += ["--sign-key", "key.p12", "--sign-password-file", "of_key"]
    assert main([*asked, "--password-file", "secret"]) == 0
    told = capsys.readouterr().out
    assert "PDFs are encrypted; no JSON is written, and summary.json names the files only" in told
    assert "PDFs are signed (certificate " in told
    assert ".pdf: encrypted\n" in told
    assert validated(files(tmp_path / "out")[".pdf"], PASSWORD).bottom_line
    assert main([*asked, "--password-file", "secret", "--json-unprotected"]) == 0
    assert "the JSON files and summary.json are NOT encrypted" in capsys.readouterr().out
    assert main([*asked, "--password-file", "of_key"]) == 2
    assert "the password has 10 characters" in capsys.readouterr().err
