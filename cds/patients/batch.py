"""Explains many patients: one that fails is noted and the others go on; a second run keeps what is complete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cds.core.errors import CdsError
from cds.core.model import RegisteredModel
from cds.patients.dates import refuse_other_dates
from cds.patients.report import complete, sweep, write_whole
from cds.patients.rows import DEFAULT_ID, as_frame, file_stem, refuse_absent_columns, rows_asked
from cds.patients.single import report_of
from cds.patients.technical import input_hash, json_text
from cds.patients.withheld import why_withheld

SUMMARY = "summary.json"


@dataclass(frozen=True)
class Failure:
    """A patient without a report: the row's position in the data and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class BatchOutcome:
    """What became of each patient: PDFs written, PDFs kept from an earlier run of the same inputs, failures."""

    written: tuple[Path, ...]
    skipped: tuple[Path, ...]
    failed: tuple[Failure, ...]
    summary: Path


def explain_batch(
    model: RegisteredModel,
    data: pd.DataFrame,
    *,
    patients: Sequence[str] | None = None,
    id_column: str = DEFAULT_ID,
    out: str | Path,
    allow_unvalidated: bool = False,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> BatchOutcome:
    """Write one PDF and one JSON per patient into ``out``, and ``summary.json``; every patient where none is named.

    A complete report from the same inputs is kept as it is. ``summary.json`` holds file names, statuses and why an
    estimate is withheld, but no estimate.

    Raises:
        DataError: an unknown patient, several rows of one patient, a row without identifier, or dates that are none.
        PredictionError: a column that the model needs is absent.
    """
    folder, frame = Path(out), as_frame(data, id_column)
    refuse_absent_columns(model.card, frame)
    ids, rows = rows_asked(frame, id_column, patients)
    refuse_other_dates(frame, rows)
    sweep(folder)
    written: list[Path] = []
    skipped: list[Path] = []
    failed: list[Failure] = []
    for done, position in enumerate(rows, start=1):
        row = frame.iloc[[position]].reset_index(drop=True)
        try:
            path, fresh = _one(model, row, folder, ids[position], allow_unvalidated=allow_unvalidated, seed=seed)
            (written if fresh else skipped).append(path)
        except (CdsError, MemoryError) as fault:
            failed.append(Failure(position, _reason(fault)))
        except Exception as fault:  # one patient's report must not cost the others theirs; it counts as failed
            failed.append(Failure(position, f"a fault in cds, not in the data ({type(fault).__name__})"))
        if progress is not None:
            progress(done, len(rows))
    summary = folder / SUMMARY
    write_whole(summary, json_text(_summary(model, [*written, *skipped], failed)).encode("utf-8"))
    return BatchOutcome(tuple(written), tuple(skipped), tuple(failed), summary)


def _one(
    model: RegisteredModel, row: pd.DataFrame, folder: Path, patient: str, *, allow_unvalidated: bool, seed: int
) -> tuple[Path, bool]:
    """The patient's PDF, and whether it was written now rather than kept."""
    told = input_hash(model, row, pseudonym=patient, allow_unvalidated=allow_unvalidated, seed=seed)
    stem = file_stem(patient, model.card.identity)
    if complete(folder, stem, told):
        return folder / f"{stem}.pdf", False
    report = report_of(model, row, pseudonym=patient, allow_unvalidated=allow_unvalidated, seed=seed)
    return report.save(folder), True


def _reason(fault: Exception) -> str:
    # Each row is read on its own, so a position in the message would be that of a table of one row.
    return str(fault).replace(" at row 0", "").replace("\n", "; ") or "there is not enough memory"


def _summary(model: RegisteredModel, paths: list[Path], failed: list[Failure]) -> dict[str, Any]:
    return {
        "schema": "cds.patients/1",
        "model": {"name": model.card.name, "version": model.card.version, "sha256": model.sha256},
        "reports": [_line(path) for path in sorted(paths)],
        "failed": [{"row": failure.row, "reason": failure.reason} for failure in failed],
    }


def _line(path: Path) -> dict[str, Any]:
    import json

    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    page = told["page"]
    return {
        "file": path.name,
        "status": page["status"]["word"],
        "shown": page["form"],
        "withheld": page["withheld"],
        "why": why_withheld(told),
        "report_hash": told["report_hash"],
    }
