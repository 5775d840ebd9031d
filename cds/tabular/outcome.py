"""Reads a binary outcome column: the declared values, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cds.core.errors import DataError, row_list
from cds.core.model_card import level_key
from cds.core.outcome import Binary
from cds.core.protocol import BinaryOutcome

MOST_QUOTED = 6
_NO_EVENT = {"1": "0", "true": "false", "yes": "no", "y": "n"}  # what stands where nobody had the event
_AFFIRMATIVE = ("yes", "y", "true", "1", "positive", "event", "case")
_HIDDEN = "Rarer values are not shown, to protect patients"


def binary_outcome(column: pd.Series, rule: BinaryOutcome, *, small_cell: int = 11) -> Binary:
    """1 where the column holds the positive value, 0 where the negative one, NaN where it is missing.

    Without a declared negative value it is the only other one. Values are compared as written: 1, 1.0 and "1"
    are the same, ``yes`` and ``Yes`` are not; a declared ``true`` is also TRUE. A value is quoted only where
    ``small_cell`` rows share it.

    Raises
    ------
    DataError
        Other values than declared, with their row positions and how many rows hold them; or a column that never
        holds the positive value and does not show that nobody had the event.
    """
    keys = column.map(lambda value: _key(value, rule), na_action="ignore")
    counts = {str(key): int(count) for key, count in keys.value_counts().items()}
    positive, negative = level_key(rule.positive), None if rule.negative is None else level_key(rule.negative)
    if positive == negative:
        raise DataError(f"outcome.positive and outcome.negative are both {positive!r}")
    others = {key: count for key, count in counts.items() if key not in (positive, negative)}
    if negative is None and others and positive not in counts and not _nobody(positive, others):
        raise _never(rule, others, small_cell)
    if negative is not None or len(others) > 1:
        _refuse_others(keys, others, rule, small_cell)
    event = np.where(keys == positive, 1.0, 0.0)
    event[keys.isna().to_numpy()] = np.nan
    return Binary(event)


def _key(value: object, rule: BinaryOutcome) -> str:
    key = level_key(value)
    # A protocol's true is no text, so it stands for every spelling that a file has for it.
    return key.capitalize() if isinstance(rule.positive, bool) and key.lower() in ("true", "false") else key


def _nobody(positive: str, others: Mapping[str, int]) -> bool:
    """Whether the column says by itself that nobody had the event: no for yes, 0 for 1."""
    return [key.casefold() for key in others] == [_NO_EVENT.get(positive.casefold())]


def _never(rule: BinaryOutcome, others: Mapping[str, int], small_cell: int) -> DataError:
    likely = [key for key in _common(others, small_cell) if key.strip().casefold() in _AFFIRMATIVE]
    such = f', such as positive = "{likely[0]}"' if likely else ', as positive = "…"'
    return DataError(
        f"outcome column {rule.column!r} never holds {level_key(rule.positive)}; it holds {_held(others, small_cell)}",
        do=f"Write the value that means the event under [outcome]{such}; if nobody had it, write negative too",
    )


def _common(counts: Mapping[str, int], small_cell: int) -> list[str]:
    return [key for key, count in counts.items() if count >= small_cell]


def _held(counts: Mapping[str, int], small_cell: int) -> str:
    common = _common(counts, small_cell)
    rare = len(counts) - len(common)
    told = [f"{key!r} in {counts[key]} rows" for key in common[:MOST_QUOTED]]
    more = len(common) - MOST_QUOTED
    told += [f"{more} more"] if more > 0 else []
    told += [f"{rare} rarer value{'s' if rare > 1 else ''}, not shown to protect patients"] if rare else []
    return ", ".join(told)


def _refuse_others(keys: pd.Series, others: Mapping[str, int], rule: BinaryOutcome, small_cell: int) -> None:
    common = [f"{key!r} in {others[key]} rows" for key in _common(others, small_cell)]
    quoted = f" ({', '.join(common)})" if common else ""
    if rule.negative is not None:
        strange = list(others)
        what, do = "neither the declared positive nor the negative value", "Correct them or the protocol"
    else:
        # The commonest of the others is most likely the negative value; the rarer ones are what to look at.
        strange = [key for key in others if key != max(others, key=others.__getitem__)]
        what = f"besides the positive value {len(others)} others{quoted}; the rarer ones stand"
        do, quoted = "Write negative = … under [outcome], or correct the data", ""
    rows = np.flatnonzero(keys.isin(strange)).tolist()
    if rows:
        hidden = f". {_HIDDEN}" if len(common) < len(others) else ""
        raise DataError(
            f"outcome column {rule.column!r} holds {what} in {len(rows)} of {len(keys)} rows{quoted}, "
            f"at {row_list(rows)}",
            do=f"{do}{hidden}",
        )
