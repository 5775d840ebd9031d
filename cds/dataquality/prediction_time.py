"""Inputs that are dated after the moment of prediction, on their card or in the data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.finding import Finding
from cds.core.model_card import Feature
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import counted, of_rows
from cds.stats.recorded import recorded

DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LATER = re.compile(
    r"([+−-]?\d+(?:\.\d+)?)\s*(days?|weeks?|months?|years?)?(?:\s+(after|before)(?:\s+(.+))?)?", re.IGNORECASE
)
LATE = DataCheck(
    code="DQ020",
    name="input_after_prediction",
    what="Inputs that are known only after the moment of prediction: the card's observed_at lies after its "
    "time_origin, where both are dates, or times from the same event; or the column that observed_on names holds, in "
    "rows with a value, a date after cohort.date or a time after 0 or the row's landmark (blocking). Columns that "
    "cannot be compared are said (info).",
    source="Moons et al., PROBAST, Ann Intern Med 2019;170:W1, signalling questions 2.2 and 2.3, doi:10.7326/M18-1377",
)


@dataclass(frozen=True)
class _When:
    """A time in days from an event; of a bare number in the card's own unit. A date has its own event."""

    time: float
    unit: str
    event: str


def input_after_prediction(study: Study) -> Iterator[Finding]:
    """A fault per input that comes too late; a clear row where none does, or no input is dated."""
    if study.card is None:
        yield LATE.not_run(NO_CARD)
        return
    dated = [f for f in study.card.inputs if f.observed_at or f.observed_on]
    found = [fault for feature in dated for fault in (*_by_card(study, feature), *_by_column(study, feature))]
    yield from found or [LATE.clear({"dated_inputs": len(dated)})]


def _by_card(study: Study, feature: Feature) -> Iterator[Finding]:
    origin = study.card.time_origin if study.card is not None else ""
    origin = origin or (study.protocol.time_zero if study.protocol is not None else "")
    if not study.judged_as_a_whole or not is_later(feature.observed_at, origin):
        return  # landmarks move the moment of prediction; they refuse what comes after them
    named = origin or "the moment of prediction"
    sentence = (
        f"{feature.title}: the card says that it is observed at {feature.observed_at!r}, after {named!r}, when the "
        "prediction is made. Predict from what is known then, or move the moment of prediction."
    )
    yield LATE.fault("blocking", sentence, {"observed_at": feature.observed_at}, about=feature.name)


def is_later(observed: str, origin: str) -> bool:
    """Whether a time lies after the origin, where both are dates or times from one event; False where unknown.

    >>> is_later("14", "first consultation"), is_later("6 months after birth", "birth"), is_later("birth", "birth")
    (True, True, False)
    >>> is_later("2024-05-02", "2024-05-01"), is_later("2 weeks", "1 month"), is_later("6 weeks after surgery", "birth")
    (True, False, False)
    """
    if _DATE.fullmatch(observed.strip()) and _DATE.fullmatch(origin.strip()):
        return observed.strip() > origin.strip()
    seen, made = _when(observed), _when(origin)
    if seen is None:
        return False
    if made is None:  # the origin is an event: a time counts from it
        return seen.time > 0 and seen.event in ("", origin.strip().casefold())
    comparable = seen.event == made.event or not (seen.event and made.event)
    return comparable and bool(seen.unit) == bool(made.unit) and seen.time > made.time


def _when(text: str) -> _When | None:
    found = _LATER.fullmatch(text.strip())
    if found is None or _DATE.fullmatch(text.strip()):
        return None
    number, unit, side, event = found.groups(default="")
    unit = unit.lower().rstrip("s")
    time = float(number.replace("−", "-")) * DAYS.get(unit, 1.0) * (-1 if side.lower() == "before" else 1)
    return _When(time, unit, event.strip().casefold())


def _by_column(study: Study, feature: Feature) -> Iterator[Finding]:
    column, features = feature.observed_on, study.cohort.features
    if not column or feature.name not in features:
        return
    if column not in features or isinstance(features[column], pd.DataFrame):
        yield _not_compared(feature, f"the data have no column {column!r}, which the card names as its date")
        return
    present = ~recorded(feature, features[feature.name]).isna().to_numpy(dtype=bool)
    when = features[column]
    if pd.api.types.is_numeric_dtype(when.dtype):
        late = when.to_numpy(dtype=np.float64, na_value=np.nan) > _moment(study)
        yield from _late(study, feature, late & present, "the moment of prediction")
        return
    if study.cohort.dates is None:
        yield _not_compared(
            feature, f"{column!r} holds dates, and the protocol names no cohort.date, that of prediction"
        )
        return
    days = _days(when)
    unread = np.isnat(days) & when.notna().to_numpy(dtype=bool)
    if unread.any():
        told = of_rows(int(unread.sum()), len(unread), study.small_cell)
        yield _not_compared(feature, f"{column!r} must hold dates such as 2026-11-20, it does not in {told}")
    late = days > study.cohort.dates.astype("datetime64[D]")
    named = "the date of prediction"
    if study.protocol is not None and study.protocol.cohort.date:
        named += f" ({study.protocol.cohort.date!r})"
    yield from _late(study, feature, late & present, named)


def _moment(study: Study) -> FloatArray | float:
    """The time of prediction in each row: its landmark, else 0."""
    if study.judged_as_a_whole or study.cohort.visits is None:
        return 0.0
    return study.cohort.visits


def _days(column: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Dates by day, NaT where a value is missing or is no date such as 2026-11-20."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.asarray(column.to_numpy(dtype="datetime64[ns]"), dtype="datetime64[D]")
    texts = (
        column.astype(object).where(column.notna(), "").astype(str).str.strip().str.extract(r"^(\d{4}-\d{2}-\d{2})")[0]
    )
    return np.asarray(pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce"), dtype="datetime64[D]")


def _late(study: Study, feature: Feature, late: BoolArray, than: str) -> Iterator[Finding]:
    if not late.any():
        return
    count, small = int(late.sum()), study.small_cell
    sentence = (
        f"{feature.title}: dated ({feature.observed_on!r}) after {than} in {of_rows(count, len(late), small)}: it was "
        "not known when the prediction was to be made. Take its last value before, or leave it empty there."
    )
    details = {"rows": counted(count, small), "of": len(late)}
    yield LATE.fault("blocking", sentence, details, about=feature.name)


def _not_compared(feature: Feature, why: str) -> Finding:
    return LATE.fault(
        "info", f"{feature.title}: when it was observed cannot be checked: {why}.", {}, about=feature.name
    )
