"""The observed risk by each horizon in the development data, for outcomes that take time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.errors import DataError, nearest
from cds.core.model import ModelCard, level_key
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import cumulative_incidence


def observed_risks(card: ModelCard, frame: pd.DataFrame) -> tuple[int | None, dict[str, float]]:
    """Patients with the event, and the share with it by each horizon that follow-up reaches.

    Aalen–Johansen, which is 1 − Kaplan–Meier where nothing competes. Rows whose follow-up or its end is missing are
    left out. None and nothing where the card names no ``time_column`` and ``outcome_column``.

    Raises:
        DataError: a named column is absent, times are no numbers or negative, or entry does not come before the end.
    """
    if not (card.time_column and card.outcome_column):
        return None, {}
    time, entry = _numbers(frame, card.time_column), None
    ended = _column(frame, card.outcome_column)
    there = ~time.isna() & ~ended.isna()
    if card.entry_column:
        entry = _numbers(frame, card.entry_column)
        there &= ~entry.isna()
    if not there.any():
        return None, {}
    keys = ended[there].map(level_key)
    status = np.select([keys == level_key(card.positive), keys == level_key(card.censored)], [1, 0], default=2)
    if card.outcome == "survival" and (status == 2).any():
        raise DataError(
            f"the outcome column {card.outcome_column!r} holds more than the card's positive and censored",
            do='Is there a competing event? Then outcome = "competing_risks"',
        )
    sample = CompetingRisksSample(
        time=time[there].to_numpy(dtype=np.float64),
        status=status.astype(np.int64),
        risk=np.zeros((int(there.sum()), len(card.horizons))),
        horizons=card.horizons,
        entry=None if entry is None else entry[there].to_numpy(dtype=np.float64),
    )
    last = float(sample.time.max())
    # Sums may pass 1 by rounding.
    reached = {f"{h:.15g}": min(cumulative_incidence(sample, h), 1.0) for h in card.horizons if h <= last}
    return int((status == 1).sum()), reached


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        raise DataError(f"the data have no column {name!r}", do=nearest(name, [str(c) for c in frame.columns]))
    return frame[name]


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    held = _column(frame, name)
    values = pd.to_numeric(held, errors="coerce").astype(np.float64)
    bad = int((values.isna() & held.notna()).sum())
    if bad:
        raise DataError(f"column {name!r} must hold numbers: {bad} of {len(held)} rows do not fit")
    return values
