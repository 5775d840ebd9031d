"""Dates that cannot be: in the future, before 1900, after the outcome; follow-up that has not happened yet."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import BoolArray
from cds.core.finding import Finding, Severity
from cds.core.outcome import CompetingRisks
from cds.core.study import Study
from cds.dataquality.check import DataCheck
from cds.dataquality.counts import counted, of_rows

EARLIEST = "1900-01-01"
LOOKED_AT = 50  # values of a column by which it is known to hold dates
MANY = 0.05
FOLLOW_UP = "follow-up"
DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
DATES = DataCheck(
    code="DQ013",
    name="impossible_date",
    what="Dates after the day of the run (or SOURCE_DATE_EPOCH) or before 1900, in cohort.date and in any column of "
    "ISO dates; follow-up that would end after that day; a date of prediction after the date of the outcome, where the "
    "data have a column of dates named after the outcome's (a warning; blocking above 5 % of the rows, unless the "
    "protocol does not use the column).",
    source="Kahn et al., eGEMs 2016, temporal plausibility, doi:10.13063/2327-9214.1244",
)
Days = NDArray[np.str_]


def dates(study: Study) -> Iterator[Finding]:
    """A fault per column of impossible dates; a clear row where there is none, or no date."""
    columns, today = _columns(study), _today()
    found = [fault for name, days in columns.items() for fault in _impossible(study, name, days, today)]
    found += [*_before_outcome(study, columns), *_unfinished(study, today)]
    yield from found or [DATES.clear({"columns": len(columns)})]


def _today() -> datetime.date:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdecimal() and len(epoch) <= len("9999999999"):
        return datetime.datetime.fromtimestamp(int(epoch), tz=datetime.UTC).date()
    return datetime.datetime.now(tz=datetime.UTC).date()


def _columns(study: Study) -> dict[str, Days]:
    """Every column of dates as texts year-month-day, which sort as they follow each other; empty where missing."""
    found = {str(name): _days(study.cohort.features[name]) for name in study.cohort.features.columns}
    return {name: days for name, days in found.items() if days is not None}


def _days(column: pd.Series | pd.DataFrame) -> Days | None:
    if isinstance(column, pd.DataFrame):
        return None
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.asarray(column.dt.strftime("%Y-%m-%d").fillna(""), dtype=np.str_)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return None
    present = column.dropna()
    first = [str(value) for value in present.iloc[:LOOKED_AT]]
    if not first or not all(_ISO.fullmatch(value) for value in first):
        return None
    texts = column.astype(object).where(column.notna(), "").astype(str)
    read = texts.str.fullmatch(_ISO.pattern)
    return np.asarray(texts.where(read, "").str[:10], dtype=np.str_)


def _impossible(study: Study, name: str, days: Days, today: datetime.date) -> Iterator[Finding]:
    limit = (today + datetime.timedelta(days=1)).isoformat()  # it may be tomorrow elsewhere
    told = {
        f"lie after the day of this run ({today.isoformat()})": (
            days > limit,
            "day and month exchanged, planned instead of kept appointments, or a code such as 9999-12-31",
        ),
        "lie before 1900": ((days != "") & (days < EARLIEST), "a code for a missing date, or a century left out"),
    }
    for what, (rows, cause) in told.items():
        if rows.any():
            yield _fault(study, rows, f"Dates in {name!r} {what} in", f"Likely cause: {cause}. Correct them", name)


def _before_outcome(study: Study, columns: dict[str, Days]) -> Iterator[Finding]:
    """Predictions dated after the outcome, where a column of dates carries the outcome's name."""
    protocol = study.protocol
    if protocol is None or protocol.cohort.date is None or protocol.cohort.date not in columns:
        return
    outcome, made = str(getattr(protocol.outcome, "column", None) or ""), columns[protocol.cohort.date]
    outcome = outcome or str(getattr(protocol.outcome, "event", None) or getattr(protocol.outcome, "status", ""))
    for name, days in columns.items():
        if name == protocol.cohort.date or not outcome or outcome.casefold() not in name.casefold():
            continue
        late = (days != "") & (made != "") & (made > days)
        if late.any():
            yield _fault(
                study, late, f"The date of prediction ({protocol.cohort.date!r}) lies after that in {name!r} in",
                "A model is judged on what was known before the outcome: take the inputs of the earlier visit, or "
                "correct the dates", protocol.cohort.date,
            )  # fmt: skip


def _unfinished(study: Study, today: datetime.date) -> Iterator[Finding]:
    """Follow-up from the cohort's date on that would end in the future."""
    cohort, outcome = study.cohort, study.cohort.outcome
    if cohort.dates is None or not isinstance(outcome, CompetingRisks) or not study.judged_as_a_whole:
        return
    unit = DAYS.get((outcome.time_unit or "").strip().lower().rstrip("s"))
    if unit is None:
        return
    whole = np.floor(np.where(np.isfinite(outcome.time), outcome.time, 0) * unit).astype("timedelta64[D]")
    late = cohort.dates.astype("datetime64[D]") + whole > np.datetime64(today + datetime.timedelta(days=1))
    if late.any():
        yield _fault(
            study, late, f"Follow-up from {study.protocol.cohort.date if study.protocol else 'its date'!r} on would "
            "end after the day of this run in", "Likely cause: planned instead of reached follow-up, times in another "
            "unit, or wrong dates. Correct them", FOLLOW_UP,
        )  # fmt: skip


def _fault(study: Study, rows: BoolArray, what: str, do: str, about: str) -> Finding:
    count, small = int(rows.sum()), study.small_cell
    dated = None if study.protocol is None else study.protocol.cohort.date
    used = about in {FOLLOW_UP, dated}
    severity: Severity = "blocking" if used and count > MANY * len(rows) else "warning"
    sentence = f"{what} {of_rows(count, len(rows), small)}. {do}."
    return DATES.fault(severity, sentence, {"rows": counted(count, small)}, about=about)
