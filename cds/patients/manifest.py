"""``manifest.jsonl``: which reports of a folder are complete, with the hashes of their files.

One line of JSON each: the schema, then a line per report as it is finished, to the disk before the next is begun, so
that a run that was killed leaves a list to be trusted. Of several lines about one report the last counts. When all
are done the file is replaced by the sorted list, whose last line is ``{"finished": …}``: without it the run was
interrupted or is under way.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cds.core.errors import InputError
from cds.patients.files import storing, write_whole

NAME = "manifest.jsonl"
SCHEMA = "cds.manifest/1"


@dataclass(frozen=True)
class Entry:
    """What became of one patient: ``report`` is the files' name without extension, ``files`` maps names to sha256.

    A failed one has a ``reason`` and the ``row`` of the run's data, a complete one neither.
    """

    report: str
    status: str
    input_sha256: str
    files: Mapping[str, str] = field(default_factory=dict)
    row: int | None = None
    reason: str = ""


def completed(report: str, input_sha256: str, contents: Mapping[str, bytes]) -> Entry:
    """The entry of a report whose files are written."""
    return Entry(report, "complete", input_sha256, {name: _sha256(part) for name, part in sorted(contents.items())})


class Manifest:
    """The manifest of one folder, read where an earlier run left one; its folder must be held by this run alone.

    Raises:
        InputError: a file of this name is no manifest of ours.
        StorageError: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._entries = _read(self.path)
        self._cut_torn_line()

    def holds(self, report: str, input_sha256: str) -> bool:
        """Whether a report from these inputs is complete and its files lie in the folder unharmed."""
        entry = self._entries.get(report)
        return entry is not None and entry.input_sha256 == input_sha256 and self._unharmed(entry)

    def add(self, entry: Entry) -> None:
        """Note what became of a report, on the disk before this returns."""
        line = _line(_told(entry))
        with storing(self.path.parent):
            size = self.path.stat().st_size
            try:
                with self.path.open("ab") as file:
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                os.truncate(self.path, size)
                raise
        self._entries[entry.report] = entry

    def finish(self, asked: Iterable[str]) -> None:
        """Sort the list and close it; failures and harmed files of earlier runs are left out."""
        now = set(asked)
        kept = [e for name, e in sorted(self._entries.items()) if name in now or self._unharmed(e)]
        count = {status: sum(e.status == status for e in kept) for status in ("complete", "failed")}
        lines = [{"schema": SCHEMA}, *map(_told, kept), {"finished": count}]
        write_whole(self.path, b"".join(map(_line, lines)))

    def _unharmed(self, entry: Entry) -> bool:
        try:
            found = {name: _sha256((self.path.parent / name).read_bytes()) for name in entry.files}
        except OSError:
            return False
        return entry.status == "complete" and found == entry.files

    def _cut_torn_line(self) -> None:
        """Begin the file, or cut the line that a run was writing when it was killed."""
        if not self.path.exists():
            write_whole(self.path, _line({"schema": SCHEMA}))
            return
        with storing(self.path.parent):
            whole = self.path.read_bytes().rpartition(b"\n")[0] + b"\n"
            if len(whole) < self.path.stat().st_size:
                os.truncate(self.path, len(whole))


def _read(path: Path) -> dict[str, Entry]:
    if not path.exists():
        return {}
    with storing(path.parent):
        first, *lines = [_parsed(line) for line in path.read_bytes().split(b"\n")[:-1]] or [{}]
    if first.get("schema") != SCHEMA:
        raise InputError(
            f"{path} is no list of patients' reports of this version of cds",
            do="Name another folder with --out, or move the file away",
        )
    found = [_entry(line) for line in lines if "report" in line]
    return {entry.report: entry for entry in found if entry is not None}


def _entry(line: Mapping[str, Any]) -> Entry | None:
    """The entry of a line; None where it is no entry of ours: its report is made again."""
    names = Entry.__dataclass_fields__
    if not all(isinstance(line.get(name), str) for name in ("report", "status", "input_sha256")):
        return None
    if not isinstance(line.get("files", {}), dict) or any(Path(name).name != name for name in line.get("files", {})):
        return None
    return Entry(**{name: value for name, value in line.items() if name in names})


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:  # a damaged line: its report is made again
        return {}
    return found if isinstance(found, dict) else {}


def _told(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value not in ({}, None, "")}


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8") + b"\n"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
