"""Writes a run folder: complete under its final name, or not at all."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cds.core.errors import InputError, ResourceError
from cds.core.record import RunRecord
from cds.resources import data_folder
from cds.run_files import curve_files, estimates_csv, plain

RESULTS = "results.json"
MANIFEST = "manifest.json"
MANIFEST_SCHEMA = "cds.manifest/1"


def write_run_folder(
    record: RunRecord,
    out: Path,
    *,
    inputs: Mapping[str, Path],
    overwrite: bool = False,
    timings: Mapping[str, float] | None = None,
) -> Path:
    """Write results, estimates, curves, report and manifest of a run; returns the folder.

    ``inputs`` names the files that the run read (``data``, ``protocol``, ``model`` …; a folder counts as all
    its files); the manifest records their sha256. ``timings`` are seconds by step. Everything is written to a
    folder beside ``out``, brought to the disk, and renamed at the end; with ``overwrite`` an earlier run
    stays until then.

    Raises
    ------
    InputError
        ``out`` exists and is no run folder, or is one and ``overwrite`` is not given; an input changed while
        the run was under way.
    ResourceError
        The disk is full or not writable; nothing is left behind.
    """
    out = Path(os.path.abspath(out))
    refuse_occupied(out, overwrite=overwrite)
    with _plain_disk_errors(out), _partial_folder(out) as partial:
        _write_contents(record, partial, inputs, dict(timings or {}))
        _bring_to_disk(partial)
        _put_in_place(partial, out, overwrite=overwrite)
    return out


def refuse_occupied(out: Path, *, overwrite: bool = False) -> None:
    """Refuse a folder that would be overwritten unasked; call it before the work begins.

    Raises
    ------
    InputError
        ``out`` is a file or a folder that is no run folder, or a run folder and ``overwrite`` is not given.
    """
    if not out.exists() and not out.is_symlink():
        return
    if not out.is_dir() or out.is_symlink():
        raise InputError(f"{out} exists and is no folder", do="Choose another --out")
    empty = not any(out.iterdir())
    if not empty and not _is_run_folder(out):
        raise InputError(
            f"{out} exists and is no run folder, or holds files that its manifest does not list",
            do="Choose another --out; it is never overwritten",
        )
    if not empty and not overwrite:
        raise InputError(f"{out} holds a run already", do="Choose another --out, or give --overwrite to replace it")


def _is_run_folder(out: Path) -> bool:
    """Whether a folder holds a run and nothing else: every file of it stands in its manifest."""
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        listed = {MANIFEST, *manifest["outputs"]} if manifest["schema"] == MANIFEST_SCHEMA else set()
    except (OSError, ValueError, KeyError, TypeError):
        return False
    held = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir() or path.is_symlink()}
    return held <= listed


def results_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of results.json."""
    schema: dict[str, Any] = json.loads((data_folder() / "results.schema.json").read_text(encoding="utf-8"))
    return schema


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, or of a folder's relative file names and contents in sorted order."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for file_path in sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(f"{file_path.relative_to(path).as_posix()}\0{sha256_of(file_path)}\n".encode())
    return digest.hexdigest()


def _write_contents(record: RunRecord, folder: Path, inputs: Mapping[str, Path], timings: dict[str, float]) -> None:
    from cds.report.validation import write_report

    _write_json(folder / RESULTS, record.results())
    (folder / "estimates.csv").write_text(estimates_csv(record.findings), encoding="utf-8", newline="")
    (folder / "curves").mkdir()
    for name, text in curve_files(record.curves).items():
        (folder / "curves" / name).write_text(text, encoding="utf-8", newline="")
    started = time.monotonic()
    write_report(record, folder)
    timings["report"] = round(time.monotonic() - started, 3)
    _write_json(folder / MANIFEST, _manifest(record, folder, inputs, timings))


def _manifest(
    record: RunRecord, folder: Path, inputs: Mapping[str, Path], timings: Mapping[str, float]
) -> dict[str, Any]:
    # File names only: where a file lay on this machine is nobody's business.
    read = {name: {"file": path.name, "sha256": sha256_of(path)} for name, path in sorted(inputs.items())}
    for name, expected in (("data", record.data_sha256), ("protocol", record.protocol_sha256)):
        if name in read and expected and read[name]["sha256"] != expected:
            raise InputError(f"the {name} file {inputs[name].name} changed while the run was under way", do="Run again")
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "schema": MANIFEST_SCHEMA,
        "run": {
            "id": record.run_id,
            "created": record.created,
            "seed": record.seed,
            "cds": record.cds_version,
        },
        "model": {
            "name": record.model_name,
            "version": record.model_version,
            "adapter": record.adapter,
            "sha256": record.model_sha256,
        },
        "protocol": {"name": record.protocol.name, "sha256": record.protocol_sha256, "locked": record.locked},
        "inputs": read,
        "outputs": {path.relative_to(folder).as_posix(): sha256_of(path) for path in written},
        "versions": dict(sorted(record.versions.items())),
        "timings": timings,
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="")


@contextlib.contextmanager
def _partial_folder(out: Path) -> Iterator[Path]:
    out.parent.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    partial = out.parent / f".{out.name}.{os.getpid()}-{uuid.uuid4().hex[:12]}.partial"
    partial.mkdir()
    try:
        yield partial
    finally:
        # After the rename it is gone already; after any failure nothing half-written stays.
        shutil.rmtree(partial, ignore_errors=True)


def _sweep(out: Path) -> None:
    """Remove what a run into this folder left half-written when it was killed; another one under way keeps its own."""
    for left in out.parent.glob(f".{glob.escape(out.name)}.*-*.partial"):
        owner = left.name.removeprefix(f".{out.name}.").partition("-")[0]
        if owner.isdecimal() and not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's process
        return True
    return True


@contextlib.contextmanager
def _plain_disk_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise ResourceError(f"{out} could not be written: {fault.strerror or type(fault).__name__}") from fault


def _bring_to_disk(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        _fsync(path)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_in_place(partial: Path, out: Path, *, overwrite: bool) -> None:
    # Another run may have finished here meanwhile: without --overwrite the rename itself refuses a full folder.
    refuse_occupied(out, overwrite=overwrite)
    aside = out.parent / f".{out.name}.{uuid.uuid4().hex[:12]}.old"
    if overwrite and out.exists():
        out.rename(aside)
    try:
        partial.rename(out)
    except OSError:
        if aside.exists():
            aside.rename(out)
        raise
    _fsync(out.parent)
    shutil.rmtree(aside, ignore_errors=True)
