"""Reads a data file by what it holds, refuses one that is not what its name says, and hashes it."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cds.core.errors import DataError, ResourceError
from cds.tabular.csv_text import read_csv_text
from cds.tabular.parquet import read_parquet

_NAMED = {".csv": "CSV", ".txt": "CSV", ".tsv": "CSV", "": "CSV", ".parquet": "Parquet", ".pq": "Parquet"}
# The first bytes by which other files are known, to say what was given instead.
_OTHERS = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"$FL": "an SPSS file",
    b"<stata_dta>": "a Stata file",
    b"%PDF": "a PDF document",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"<html": "a web page",
    b"<!doctype html": "a web page",
}


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a data file as they stand in it, the file's sha256 and its path."""

    frame: pd.DataFrame
    sha256: str
    path: Path


def read_table(path: str | Path, *, text_columns: Sequence[str] = ()) -> Table:
    """Read a CSV file (UTF-8; comma, semicolon or tab) or a Parquet file.

    Missing are empty cells, ``NA`` and ``NaN``, nothing else. Columns named in ``text_columns`` stay text as
    written; so does any column of a CSV file with numbers that begin with zeros.

    Raises
    ------
    DataError
        No such file, a file that is not what its name says, no header, duplicate column names, rows of
        different length, bytes that are not UTF-8.
    ResourceError
        The file cannot be read.
    """
    path = Path(path)
    content = _content(path)
    if not content.strip():
        raise DataError("the file is empty", where=path.name)
    if _format(path, content) == "Parquet":
        frame = read_parquet(content, text_columns, where=path.name)
    else:
        frame = read_csv_text(content, text_columns, where=path.name)
    return Table(frame, hashlib.sha256(content).hexdigest(), path)


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise DataError(f"{path} is a folder", do="Name a data file in it")
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        # Only a near name is told: a folder's other files are nobody's business.
        near = difflib.get_close_matches(path.name, [file.name for file in path.parent.glob("*")], n=1)
        raise DataError(f"there is no data file {path}", do=f"Did you mean {near[0]!r}?" if near else "") from None
    except OSError as fault:
        raise ResourceError(f"{path} cannot be read: {fault.strerror}") from None


def _format(path: Path, content: bytes) -> str:
    named = _NAMED.get(path.suffix.lower())
    if named is None:
        raise DataError(f"its name ends in {path.suffix}", where=path.name, do="Data are read from .csv and .parquet")
    parquet = content.startswith(b"PAR1")
    if parquet and named == "CSV":
        raise DataError(
            f"is named {path.suffix or 'as text'} but holds Parquet",
            where=path.name,
            do="Rename it to .parquet",
        )
    if named == "Parquet" and not parquet:
        raise DataError(
            f"is named {path.suffix} but does not hold Parquet",
            where=path.name,
            do="If it is CSV, name it .csv",
        )
    if not parquet:
        _refuse_other(path, content)
    return named


def _refuse_other(path: Path, content: bytes) -> None:
    start = content[:64].lstrip().lower()
    for magic, what in _OTHERS.items():
        if content.startswith(magic) or start.startswith(magic.lower()):
            raise DataError(f"is named as CSV but is {what}", where=path.name, do="Save it as CSV in UTF-8")
    if b"\x00" in content:
        raise DataError("is named as CSV but is no text", where=path.name, do="Save it as CSV in UTF-8")
