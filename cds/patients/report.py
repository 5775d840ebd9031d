"""One patient's report: the view, its PDF and its JSON, written together or not at all."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds.core.errors import ResourceError
from cds.patients.files import write_whole
from cds.patients.technical import json_text
from cds.report.layouts import candidates
from cds.report.page_fit import first_that_fits
from cds.report.patient import PatientView
from cds.report.pdf import render_pdf

PAGES = 2


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
        pages, count = first_that_fits(candidates(self.view))
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
            StorageError: the disk is full or not writable; nothing half-written is left.
        """
        folder = Path(out)
        pdf, text = self.pdf, self.to_json()
        path = folder / f"{self.file_stem}.pdf"
        write_whole(path, pdf)
        write_whole(path.with_suffix(".json"), text.encode("utf-8"))
        return path
