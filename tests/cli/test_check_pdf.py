"""``cds check-pdf`` from files to an exit code."""

import io
from pathlib import Path

import pikepdf
import pytest

from cds.cli import main
from cds.report.pdf import pdf_bytes
from cds.report.pdf_password import encrypted

HTML = "<!DOCTYPE html><html lang='en'><head><title>A</title></head><body><h1>One</h1></body></html>"
PASSWORD = "correct horse battery"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    good = pdf_bytes(HTML, identifier="a")
    with pikepdf.open(io.BytesIO(good)) as pdf:
        del pdf.Root["/Lang"]
        pdf.save("bad.pdf")
    Path("good.pdf").write_bytes(good)
    Path("locked.pdf").write_bytes(encrypted(good, PASSWORD))
    Path("password").write_text(PASSWORD + "\n", encoding="utf-8")
    return tmp_path


def test_faults_are_told_and_that_verapdf_was_not_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-pdf", "good.pdf"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "good.pdf: 0 faults",
        "veraPDF was not run: no program verapdf on PATH",
    ]
    assert main(["check-pdf", "absent.pdf", "bad.pdf"]) == 2
    told = capsys.readouterr()
    assert "absent.pdf: cannot be read" in told.err and "bad.pdf: 1 fault" in told.out
    assert main(["check-pdf", "good.pdf", "bad.pdf"]) == 1
    assert "bad.pdf: 1 fault\n  document: language: the document names no language\n" in capsys.readouterr().out


def test_an_encrypted_file_is_checked_with_its_password_from_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check-pdf", "locked.pdf"]) == 2
    assert "locked.pdf: it is encrypted. Give its password in a file: --password-file FILE" in capsys.readouterr().err
    assert main(["check-pdf", "locked.pdf", "--password-file", "password"]) == 0
    assert main(["check-pdf", "locked.pdf", "--password-file", "absent"]) == 2
    assert "absent: the password file cannot be read" in capsys.readouterr().err
