"""Rows in bins of a value, none of them so small that it would show single patients."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.stats.intervals import weighted_quantiles

TENTHS = 10


def bins(values: FloatArray, weights: FloatArray | None, *, fewest: int, most: int = TENTHS) -> list[IntArray]:
    """Row positions by quantile bins of ``values``, from low to high; equal values stay together.

    There are at most ``most`` bins, each of at least ``fewest`` rows with weight where there are that many: fewer
    bins where the rows are few, and a bin that ties leave too small joins the one below it (the first, the one above).
    """
    present = np.flatnonzero(np.ones(len(values), dtype=bool) if weights is None else weights > 0)
    count = max(1, min(most, len(present) // max(fewest, 1)))
    inner = np.linspace(0, 1, count + 1)[1:-1].tolist()
    edges = np.unique(weighted_quantiles(values, weights, inner)) if inner else np.empty(0)
    place = np.searchsorted(edges, values[present], side="left")
    found = [present[place == k] for k in range(len(edges) + 1)]
    joined: list[IntArray] = []
    for rows in found:
        if joined and (len(rows) < fewest or len(joined[-1]) < fewest):
            joined[-1] = np.concatenate([joined[-1], rows])
        else:
            joined.append(rows)
    return [rows for rows in joined if len(rows)]
