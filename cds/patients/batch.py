"""Explains many patients: one that fails is noted and the others go on; a second run keeps what is complete.

This process writes every file; the reports are made here or in worker processes (``making``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cds.core.errors import StorageError
from cds.core.model import RegisteredModel
from cds.patients.dates import refuse_other_dates
from cds.patients.files import alone_in, storing, sweep, write_whole
from cds.patients.making import RENEW_AFTER, Loader, Made, Task, make_reports
from cds.patients.manifest import Entry, Manifest, completed
from cds.patients.protection import Protection
from cds.patients.rows import DEFAULT_ID, as_frame, file_stem, refuse_other_data, rows_asked
from cds.patients.single import rules_of
from cds.patients.technical import input_hash, json_text
from cds.patients.withheld import why_withheld
from cds.report.fonts import check_fonts
from cds.report.wording import refuse_other_languages, sentences

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
    manifest: Path


def explain_batch(
    model: RegisteredModel,
    data: pd.DataFrame,
    *,
    patients: Sequence[str] | None = None,
    id_column: str = DEFAULT_ID,
    out: str | Path,
    allow_unvalidated: bool = False,
    seed: int = 1,
    language: str = "en",
    rules: str | Path | None = None,
    jobs: int = 1,
    renew_after: int = RENEW_AFTER,
    load: Loader | None = None,
    progress: Callable[[int, int], None] | None = None,
    protection: Protection | None = None,
) -> BatchOutcome:
    """Write one PDF and one JSON per patient into ``out``, and two lists; every patient where none is named.

    ``manifest.jsonl`` is written as the work goes on and says what is complete (``manifest``); a report that is
    complete and from the same inputs is kept as it is. ``summary.json`` holds file names, statuses, red flags with
    how fast to act and who approved their rules, why an estimate is withheld and which checks an explanation fails, but
    no estimate and no reasons. ``language`` is that of the pages, ``rules`` a file of red-flag rules in place of the
    shipped ones. ``jobs`` processes share the work, each renewed after ``renew_after`` patients; the files are the same
    however many. They load the model by ``load``, or get a copy of ``model``. ``protection`` puts a password or a
    signature on each PDF; reports with a password stand in ``summary.json`` by their file's name alone.

    Raises:
        ResourceError: another run is writing into ``out``, a font of the package is missing, no worker starts.
        StorageError: ``out`` is full or not writable. What is complete by then is kept by the next run.
        DataError: an unknown patient, several rows of one patient, a row without identifier, or dates that are none.
        PredictionError: the data have none of the columns that the model needs.
        InputError: rules that cannot be read, or a language that there is no catalogue of.
    """
    refuse_other_languages(language)
    asked: dict[str, Any] = {
        "allow_unvalidated": allow_unvalidated,
        "seed": seed,
        "language": language,
        "rules": rules_of(rules),
    }
    guard = protection or Protection()
    folder, frame = Path(out), as_frame(data, id_column)
    refuse_other_data(model.card, frame)
    ids, rows = rows_asked(frame, id_column, patients)
    refuse_other_dates(frame, rows)
    check_fonts()
    with alone_in(folder):
        sweep(folder)
        manifest = Manifest(folder)
        tasks = [_task(model, frame, position, ids[position], asked, guard=guard) for position in rows]
        kept = {task.position for task in tasks if _is_kept(folder, manifest, task, guard)}
        todo = [task for task in tasks if task.position not in kept]
        tell = progress or (lambda done, total: None)
        tell(len(kept), len(tasks))
        failed: dict[int, Failure] = {}
        reports = make_reports(model, todo, asked, jobs=jobs, renew_after=renew_after, load=load)
        with contextlib.closing(reports):
            for done, made in enumerate(reports, start=len(kept) + 1):
                try:
                    _store(folder, manifest, guard.apply(made))
                except StorageError as fault:
                    raise _full(fault, done - 1 - len(failed), len(tasks)) from None
                if made.reason:
                    failed[made.task.position] = Failure(made.task.position, made.reason)
                tell(done, len(tasks))
        complete = [task for task in tasks if task.position not in failed]
        paths = {task.position: folder / f"{task.report}.pdf" for task in complete}
        failures = tuple(failed[position] for position in sorted(failed))
        try:
            summary = _summary(model, sorted(paths.values()), failures, guard)
            write_whole(folder / SUMMARY, json_text(summary).encode("utf-8"))
            manifest.finish(task.report for task in tasks)
        except StorageError as fault:
            raise _full(fault, len(complete), len(tasks)) from None
    return BatchOutcome(
        tuple(path for position, path in paths.items() if position not in kept),
        tuple(path for position, path in paths.items() if position in kept),
        failures,
        folder / SUMMARY,
        manifest.path,
    )


def _task(
    model: RegisteredModel,
    frame: pd.DataFrame,
    position: int,
    patient: str,
    asked: Mapping[str, Any],
    *,
    guard: Protection,
) -> Task:
    row = frame.iloc[[position]].reset_index(drop=True)
    told = guard.input_hash(input_hash(model, row, pseudonym=patient, **asked))
    return Task(position, row, patient, file_stem(patient, model.card.identity), told)


def _is_kept(folder: Path, manifest: Manifest, task: Task, guard: Protection) -> bool:
    return manifest.holds(task.report, task.input_sha256) and guard.keeps(folder / f"{task.report}.pdf")


def _store(folder: Path, manifest: Manifest, made: Made) -> None:
    """Write a report's files, the JSON last, and then note them.

    Of a patient who fails, an earlier report is removed before the failure is noted: it says what no longer holds.
    """
    task = made.task
    if made.storage:
        raise StorageError(made.reason)
    if made.reason:
        with storing(folder):
            for ending in (".pdf", ".json"):
                (folder / f"{task.report}{ending}").unlink(missing_ok=True)
        manifest.add(Entry(task.report, "failed", task.input_sha256, row=task.position, reason=made.reason))
        return
    contents = {f"{task.report}.pdf": made.pdf, f"{task.report}.json": made.json}
    if not made.json:  # one of an earlier run without a password must not stay beside the encrypted PDF
        del contents[f"{task.report}.json"]
        with storing(folder):
            (folder / f"{task.report}.json").unlink(missing_ok=True)
    for name, content in contents.items():
        write_whole(folder / name, content)
    manifest.add(completed(task.report, task.input_sha256, contents))


def _full(fault: StorageError, complete: int, total: int) -> StorageError:
    return StorageError(
        f"{fault}. Stopped: {complete} of {total} reports are complete. Make room, or allow writing there, and run the "
        "same command again: what is complete is kept"
    )


def _summary(
    model: RegisteredModel, paths: Sequence[Path], failed: Sequence[Failure], guard: Protection
) -> dict[str, Any]:
    return {
        "schema": "cds.patients/1",
        "model": {"name": model.card.name, "version": model.card.version, "sha256": model.sha256},
        "reports": [_line(path) if guard.writes_json else {"file": path.name, "encrypted": True} for path in paths],
        "failed": [{"row": failure.row, "reason": failure.reason} for failure in failed],
    }


def _line(path: Path) -> dict[str, Any]:
    import json

    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    page, rules = told["page"], told["technical"]["rules"]
    return {
        "file": path.name,
        "status": page["status"]["word"],
        "shown": page["form"],
        "withheld": page["withheld"],
        "why": why_withheld(told, sentences(told["language"])),
        "explanation_withheld": told["technical"].get("explanation_withheld", []),
        "language": told["language"],
        "red_flags": [name for name, state in {**rules["flags"], **rules["items"]}.items() if state == "present"],
        "urgency": rules["urgency"],
        "rules": {name: rules[name] for name in ("name", "version", "sha256", "approved_by", "approved_on")},
        "report_hash": told["report_hash"],
    }
