"""Reads a binary outcome column: the declared values, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, row_list
from cds.core.model import level_key
from cds.core.outcome import Binary
from cds.core.protocol import BinaryOutcome


def binary_outcome(column: pd.Series, rule: BinaryOutcome, *, small_cell: int = 11) -> Binary:
    """1 where the column holds the positive value, 0 where the negative one, NaN where it is missing.

    Without a declared negative value it is the only other one. Values are compared as written: 1, 1.0 and "1"
    are the same, ``yes`` and ``Yes`` are not. A value is quoted only where ``small_cell`` rows share it.

    Raises
    ------
    DataError
        Other values than declared, with their row positions and how many rows hold them.
    """
    codes, levels = pd.factorize(column.astype(object))
    keys = [level_key(level) for level in levels]
    positive, negative = level_key(rule.positive), None if rule.negative is None else level_key(rule.negative)
    if positive == negative:
        raise DataError(f"outcome.positive and outcome.negative are both {positive!r}")
    others = [code for code, key in enumerate(keys) if key not in (positive, negative)]
    if negative is not None or len({keys[code] for code in others}) > 1:
        _refuse_others(codes, keys, others, rule, small_cell)
    table = np.array([*(float(key == positive) for key in keys), np.nan])
    return Binary(table[codes])


def refuse_missing_outcomes(outcome: Binary, column: str) -> None:
    """Refuse rows whose outcome was not observed.

    Raises
    ------
    DataError
        With the count and the row positions.
    """
    missing: FloatArray = np.isnan(outcome.event)
    if missing.any():
        raise DataError(
            f"outcome column {column!r} is missing in {int(missing.sum())} of {len(outcome)} rows, at "
            f"{row_list(np.flatnonzero(missing).tolist())}",
            do='Complete them, or write missing = "exclude" under [outcome]',
        )


def _refuse_others(
    codes: np.ndarray[tuple[int], np.dtype[np.intp]],
    keys: list[str],
    others: list[int],
    rule: BinaryOutcome,
    small_cell: int,
) -> None:
    counts = {code: int((codes == code).sum()) for code in others}
    common = [f"{keys[code]!r} in {counts[code]} rows" for code in others if counts[code] >= small_cell]
    quoted = f" ({', '.join(common)})" if common else ""
    if rule.negative is not None:
        strange = others
        what, do = "neither the declared positive nor the negative value", "Correct them or the protocol"
    else:
        # The commonest of the others is most likely the negative value; the rarer ones are what to look at.
        strange = [code for code in others if code != max(others, key=counts.__getitem__)]
        what = f"besides the positive value {len(others)} others{quoted}; the rarer ones stand"
        do, quoted = "Write negative = … under [outcome], or correct the data", ""
    rows = np.flatnonzero(np.isin(codes, strange)).tolist()
    if rows:
        raise DataError(
            f"outcome column {rule.column!r} holds {what} in {len(rows)} of {len(codes)} rows{quoted}, "
            f"at {row_list(rows)}",
            do=do,
        )
