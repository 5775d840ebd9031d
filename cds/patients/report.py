"""One patient's report: the view, its PDF and its JSON, written together or not at all."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds.core.errors import ResourceError
from cds.patients.technical import json_text
from cds.report.layouts import layouts
from cds.report.page_fit import first_that_fits
from cds.report.patient import PatientView
from cds.report.pdf import render_pdf

PAGES = 2
_PARTIAL = ".partial"
_STALE_SECONDS = 3600


@dataclass(frozen=True, eq=False)
class PatientReport:
    """Two pages about one patient, ready to be read or saved.

    ``view`` holds every printed word, ``file_stem`` the files' name without extension.
    """

    view: PatientView
    file_stem: str
    document: dict[str, Any]

    @functools.cached_property
    def pdf(self) -> bytes:
        """The two pages as tagged PDF/UA-1; the same inputs give the same bytes.

        Raises:
            ResourceError: two pages do not hold even the most shortened texts of the card and the rules.
        """
        pages, count = first_that_fits(view.html() for view in layouts(self.view))
        if count != PAGES:
            raise ResourceError(
                f"the report needs {count} pages: shorten the texts of the model's card and of the red-flag rules"
            )
        return render_pdf(pages, identifier=self.view.report_hash).pdf

    def to_json(self) -> str:
        """Everything printed and the technical detail, with the PDF's sha256."""
        return json_text({**self.document, "pdf_sha256": hashlib.sha256(self.pdf).hexdigest()})

    def save(self, out: str | Path) -> Path:
        """Write PDF and JSON into the folder ``out`` and return the PDF's path; the JSON, written last, completes them.

        Raises:
            ResourceError: the disk is full or not writable; nothing half-written is left.
        """
        folder = Path(out)
        pdf, text = self.pdf, self.to_json()
        path = folder / f"{self.file_stem}.pdf"
        write_whole(path, pdf)
        write_whole(path.with_suffix(".json"), text.encode("utf-8"))
        return path


def complete(folder: Path, stem: str, input_sha256: str) -> bool:
    """Whether both files of an earlier report from the same inputs lie in the folder, unharmed."""
    try:
        told = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
        pdf = (folder / f"{stem}.pdf").read_bytes()
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return False
    if not isinstance(told, dict) or told.get("input_sha256") != input_sha256:
        return False
    return bool(told.get("pdf_sha256") == hashlib.sha256(pdf).hexdigest())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all: beside its place, to the disk, then renamed.

    Raises:
        ResourceError: the disk is full or not writable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=_PARTIAL)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o640)  # patient data: not for everyone on the machine
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _sync_folder(path.parent)
    except OSError as fault:
        raise ResourceError(f"{path.parent} could not be written: {fault.strerror or type(fault).__name__}") from None


def sweep(folder: Path) -> None:
    """Remove what a killed run left half-written; younger than an hour it may belong to a run under way."""
    for path in folder.glob(f".*{_PARTIAL}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                path.unlink()


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
