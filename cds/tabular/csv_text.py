"""Reads CSV text: comma, semicolon or tab, nothing guessed that the file does not say, every row complete."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import pandas as pd

from cds.core.errors import DataError, row_list

MISSING = ("", "NA", "NaN")
# A number that begins with a zero is a code: 007, 0123, but not 0, 0.5 or 0,5.
_CODE = re.compile(rb'(?:^|[,;\t"\n])[+-]?0[0-9]', re.MULTILINE)
_DECIMAL_COMMA = re.compile(rb'(?:^|[;\t\n])"?[+-]?[0-9]*,[0-9]+"?(?=[;\t\r\n]|$)', re.MULTILINE)
_DECIMAL_POINT = re.compile(rb'(?:^|[;\t\n])"?[+-]?[0-9]*\.[0-9]+"?(?=[;\t\r\n]|$)', re.MULTILINE)
_PYTHON_LOGICAL = ("True", "False", *MISSING)  # only these read back as they were written


_DATE = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})")  # no column is called a day
_VALUES = {"yes", "no", "true", "false"}


def read_csv_text(content: bytes, text_columns: Sequence[str], *, where: str) -> pd.DataFrame:
    """Read the bytes of a CSV file; ``where`` names it in messages.

    Numbers with a decimal comma are read where semicolons or tabs separate the columns and no decimal point occurs.
    TRUE and FALSE stay text as written; only Python's True and False become logical values.

    Raises
    ------
    DataError
        Bytes that are not UTF-8, an unclosed quote, duplicate or no column names, rows of different length.
    """
    text = _decoded(content, where)
    separator = _separator(text)
    header = _checked_header(text, separator, where)
    as_text = {name: str for name in text_columns if name in header}
    frame = _parsed(text, separator, _decimal(content, separator), as_text)
    read = [str(name) for name in frame if name not in as_text]
    kept = _columns_of_words(text, separator, [name for name in read if _logical(frame[name])])
    if _CODE.search(content):
        kept += _columns_of_codes(text, separator, [name for name in read if _whole(frame[name])])
    if kept:
        frame = _parsed(text, separator, _decimal(content, separator), {**as_text, **dict.fromkeys(kept, str)})
    return frame


def _parsed(text: str, separator: str, decimal: str, as_text: dict[str, type[str]]) -> pd.DataFrame:
    # The stubs do not know a mapping to the class str.
    return pd.read_csv(  # type: ignore[call-overload,no-any-return]
        io.StringIO(text),
        sep=separator,
        decimal=decimal,
        dtype=as_text,
        keep_default_na=False,
        na_values=list(MISSING),
        index_col=False,
        low_memory=False,
        float_precision="round_trip",  # a risk of 17 digits is the same number here and elsewhere
    )


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise DataError(f"line {line} is not UTF-8 text", where=where, do="Save the file as CSV in UTF-8") from None


def _separator(text: str) -> str:
    header = text.lstrip("\r\n").split("\n", 1)[0]
    outside = re.sub(r'"[^"]*"', "", header)
    return max(",;\t", key=outside.count)  # of equals the first


def _decimal(content: bytes, separator: str) -> str:
    commas = separator != "," and _DECIMAL_COMMA.search(content) and not _DECIMAL_POINT.search(content)
    return "," if commas else "."


def _checked_header(text: str, separator: str, where: str) -> list[str]:
    try:
        # pandas would fill short rows and take a long row's first field for an index, both silently.
        rows = (row for row in csv.reader(io.StringIO(text), delimiter=separator, strict=True) if row)
        header = next(rows, [])
        lengths = [len(row) for row in rows]
    except csv.Error as fault:
        raise DataError(f"is not readable as CSV: {fault}", where=where, do="Is a quote left open?") from None
    values = sum(_is_number(name) or name.strip().lower() in _VALUES for name in header)
    if not any(name.strip() for name in header) or 2 * values > len(header) or any(map(_DATE.match, header)):
        # Not quoted: without a header, its "names" are a patient's values.
        raise DataError("has no column names in its first line", where=where, do="Add a line that names the columns")
    twice = [place for place, name in enumerate(header, start=1) if name and header.count(name) > 1]
    if twice:
        told = ", ".join(map(str, twice))
        raise DataError(
            f"has columns of the same name: the columns {told} from the left", where=where, do="Rename them"
        )
    ragged = [row for row, length in enumerate(lengths) if length != len(header)]
    if ragged:
        raise DataError(
            f"the number of fields is not the header's {len(header)} at {row_list(ragged)}",
            where=where,
            do="Is a separator missing, or a comma not in quotes?" + _decimal_comma_hint(lengths, separator, header),
        )
    return header


def _decimal_comma_hint(lengths: Sequence[int], separator: str, header: Sequence[str]) -> str:
    if separator != "," or max(lengths) <= len(header):
        return ""
    return " Decimal commas need semicolons between the columns, or points in their place"


def _whole(column: pd.Series) -> bool:
    """Whether it was read as whole numbers, which codes with leading zeros are mistaken for."""
    return column.dtype.kind in "iuf" and bool((column.dropna() % 1 == 0).all())


def _is_number(name: str) -> bool:
    return re.fullmatch(r"\s*[+-]?[0-9]+([.,][0-9]+)?\s*", name) is not None


def _columns_of_codes(text: str, separator: str, names: list[str]) -> list[str]:
    raw = _as_written(text, separator, names)
    return [name for name in names if raw[name].str.match(r"[+-]?0[0-9]").any()]


def _logical(column: pd.Series) -> bool:
    """Whether it was read as logical values, whose spelling is then lost."""
    present = column.dropna()
    return len(present) > 0 and str(present.iloc[0]) in ("True", "False")


def _columns_of_words(text: str, separator: str, names: list[str]) -> list[str]:
    raw = _as_written(text, separator, names)
    return [name for name in names if not raw[name].isin(_PYTHON_LOGICAL).all()]


def _as_written(text: str, separator: str, names: list[str]) -> pd.DataFrame:
    if not names:
        return pd.DataFrame()
    return pd.read_csv(
        io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, usecols=names, index_col=False
    )
