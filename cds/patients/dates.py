"""Reads the day a row was recorded: an ISO date or a date, and nothing that could be read two ways."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pandas as pd

from cds.core.errors import DataError, all_at_once, row_list

DATE_COLUMNS = ("recorded_on", "date")
_DO = "Write YYYY-MM-DD, such as 2026-03-12"


def recorded_on(row: pd.Series) -> str:
    """The day of a row as YYYY-MM-DD: of ``recorded_on``, else of ``date``; empty where both are blank.

    Raises:
        DataError: something other than a date or YYYY-MM-DD; the value is not quoted.
    """
    for name in DATE_COLUMNS:
        value = row.get(name)
        if value is None or pd.isna(value) or not str(value).strip():
            continue
        day = _iso(value)
        if not day:
            raise DataError(f"column {name!r} holds something other than a date", do=_DO)
        return day
    return ""


def refuse_other_dates(frame: pd.DataFrame, rows: Sequence[int]) -> None:
    """Refuse dates that could be read two ways, in these rows, before any page is written.

    Raises:
        DataError: naming each column and its rows.
    """
    bad: dict[str, list[int]] = {}
    for position in rows:
        row = frame.iloc[position]
        try:
            recorded_on(row)
        except DataError as fault:
            bad.setdefault(fault.what, []).append(position)
    if bad:
        raise all_at_once([DataError(f"{what} at {row_list(places)}", do=_DO) for what, places in bad.items()])


def _iso(value: Any) -> str:
    if isinstance(value, datetime.datetime):  # a pandas Timestamp is one too
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = str(value).strip()
    try:
        # The standard library also reads 20260312 and 2026-W11-4, which nobody means by a date here.
        return text if datetime.date.fromisoformat(text).isoformat() == text else ""
    except ValueError:
        return ""
