"""Reads times to an event from the development data of a card, and reduces them to what the card carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.errors import DataError, nearest, row_list
from cds.core.model_card import ModelCard, level_key
from cds.core.outcome import CompetingRisks, Survival
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import aalen_johansen
from cds.stats.kaplan_meier import censoring_survival

TIMES = ("survival", "competing_risks")


@dataclass(frozen=True)
class FollowUp:
    """Events of interest, the end of follow-up, its median, and the share with the event by each horizon reached.

    Only ``events`` is known where the card names no time column.
    """

    events: int
    last_time: float | None = None
    median_follow_up: float | None = None
    risk_by_horizon: dict[str, float] | None = None


def follow_up(card: ModelCard, frame: pd.DataFrame) -> FollowUp | None:
    """What the development data's follow-up amounts to; None where the card names no outcome column.

    The share with the event is 1 − Kaplan–Meier, with competing risks Aalen–Johansen; horizons after the last time are
    left out. The median follow-up is that of the reverse Kaplan–Meier (Schemper & Smith 1996,
    doi:10.1016/0197-2456(96)00075-X), absent where fewer than half would have been censored.

    Raises:
        DataError: a column that is absent, times that are text or negative, codes that the card does not name.
    """
    if not card.outcome_column:
        return None
    status = _status(card, _column(frame, card.outcome_column, "outcome"))
    if not card.time_column:
        return FollowUp(int((status == 1).sum()))
    outcome = development_times(card, frame)
    rows = np.flatnonzero(outcome.observed)
    if not len(rows):
        return FollowUp(0)
    used = outcome.take(rows)
    sample = CompetingRisksSample(
        time=used.time,
        status=used.status,
        risk=np.zeros((len(used), len(card.horizons))),
        horizons=card.horizons,
        entry=used.entry,
    )
    last = float(used.time.max())
    incidence = aalen_johansen(sample)
    return FollowUp(
        events=int((used.status == 1).sum()),
        last_time=last,
        median_follow_up=_median(sample),
        risk_by_horizon={f"{h:g}": float(np.clip(incidence.at(h), 0, 1)) for h in card.horizons if h <= last},
    )


def development_times(card: ModelCard, frame: pd.DataFrame) -> CompetingRisks:
    """Times, and 1 for the event of interest, 0 for censored, larger codes for competing events; −1 where missing.

    Raises:
        DataError: see follow_up.
    """
    status = _status(card, _column(frame, card.outcome_column, "outcome"))
    time = _numbers(_column(frame, card.time_column, "time"), card.time_column)
    entry = None
    if card.entry_column:
        entry = _numbers(_column(frame, card.entry_column, "entry"), card.entry_column)
    made = Survival if card.outcome == "survival" else CompetingRisks
    return made(time, status, card.time_unit, entry)


def _median(sample: CompetingRisksSample) -> float | None:
    if sample.entry is not None:
        return None  # the time under observation begins with entry
    curve = censoring_survival(sample)
    half = np.flatnonzero(curve.value <= 0.5)
    return float(curve.time[half[0]]) if len(half) else None


def _status(card: ModelCard, held: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    keys = held.map(_key, na_action="ignore")
    positive, censored = _key(card.positive), _key(card.censored)
    missing = held.isna().to_numpy()
    others = sorted(set(keys[~missing]) - {positive, censored})
    if others and card.outcome == "survival":
        rows = row_list(np.flatnonzero(keys.isin(others).to_numpy()).tolist())
        raise DataError(
            f"the outcome column {card.outcome_column!r} holds codes other than {positive} (the event) and {censored} "
            f"(censored) at {rows}",
            do='Where another event ended follow-up, the card\'s outcome is "competing_risks"',
        )
    codes = {positive: 1, censored: 0} | {key: 2 + k for k, key in enumerate(others)}
    status = np.array([-1 if gone else codes[key] for key, gone in zip(keys, missing, strict=True)], dtype=np.int64)
    return status


def _key(value: object) -> str:
    # true, TRUE and 1 are the same code, as are false, FALSE and 0
    key = level_key(value)
    return {"true": "1", "false": "0"}.get(key.lower(), key)


def _column(frame: pd.DataFrame, name: str, what: str) -> pd.Series:
    if name not in frame:
        raise DataError(f"the data have no {what} column {name!r}", do=nearest(name, map(str, frame.columns)))
    return frame[name]


def _numbers(column: pd.Series, name: str) -> FloatArray:
    values: FloatArray = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(np.isnan(values) & column.notna().to_numpy(), f"column {name!r} must hold numbers, got text")
    _refuse(np.isinf(values), f"column {name!r} must be finite, got an infinite value")
    _refuse(values < 0, f"column {name!r} must not be negative, it is")
    return values


def _refuse(bad: BoolArray, rule: str) -> None:
    if bad.any():
        raise DataError(f"{rule} at {row_list(np.flatnonzero(bad).tolist())}")
