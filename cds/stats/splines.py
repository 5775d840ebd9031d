"""Restricted cubic splines in Harrell's truncated-power form."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.stats.intervals import weighted_quantiles

FIVE_KNOTS = (0.05, 0.275, 0.5, 0.725, 0.95)
SMALL_SAMPLE = 100
FIFTH = 4


def five_knots(values: FloatArray, weights: FloatArray | None) -> FloatArray:
    """Five knots at the .05 .275 .5 .725 .95 quantiles; with n < 100 the outer ones at the fifth smallest and largest.

    Harrell, Regression Modeling Strategies, 2nd ed., table 2.3 (doi:10.1007/978-3-319-19425-7). Knots that
    coincide, as with few distinct risks, are given once.
    """
    knots = weighted_quantiles(values, weights, FIVE_KNOTS)
    total = _rows(values, weights)
    if 2 * FIFTH < total < SMALL_SAMPLE:
        at = [FIFTH / (total - 1), 1 - FIFTH / (total - 1)]
        knots[[0, -1]] = weighted_quantiles(values, weights, at)
    return np.unique(knots)


def _rows(values: FloatArray, weights: FloatArray | None) -> float:
    """How many rows there are: integer weights repeat rows, others (sampling weights) do not."""
    if weights is None:
        return len(values)
    whole = bool((weights == np.round(weights)).all())
    return float(weights.sum()) if whole else float((weights > 0).sum())


def restricted_cubic(x: FloatArray, knots: FloatArray) -> FloatArray:
    """The spline's covariates as rows: x and k − 2 nonlinear terms, shape (k − 1, n), scaled by (t_k − t_1)².

    >>> restricted_cubic(np.array([0.0, 2.0, 4.0]), np.array([0.0, 1.0, 2.0]))
    array([[0. , 2. , 4. ],
           [0. , 1.5, 4.5]])
    """
    first, before_last, last = knots[0], knots[-2], knots[-1]
    scale = (last - first) ** 2

    def cubed(knot: float) -> FloatArray:
        return np.maximum(x - knot, 0.0) ** 3

    tail, before = cubed(last), cubed(before_last)
    rows = [x]
    for knot in knots[:-2]:
        term = (
            cubed(knot)
            - before * (last - knot) / (last - before_last)
            + tail * (before_last - knot) / (last - before_last)
        )
        rows.append(term / scale)
    return np.ascontiguousarray(np.stack(rows))
