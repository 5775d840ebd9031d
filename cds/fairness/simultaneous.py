"""Critical values that hold for several contrasts with one reference group at once (single-step max-t)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from math import erf, sqrt

import numpy as np

from cds.core.arrays import FloatArray
from cds.stats.intervals import normal_quantile

NODES = 200


@functools.cache
def _nodes() -> tuple[FloatArray, FloatArray]:
    """Gauss–Hermite nodes and weights for an expectation over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()


def dunnett_quantile(correlations: Sequence[float], level: float) -> float:
    """c with P(max |Z_k| ≤ c) = level for normal contrasts that share the reference.

    ``correlations[k]`` is se(reference) / se(contrast k): the contrasts correlate as ρ_j·ρ_k, so the probability is
    one integral over the reference. Dunnett 1955, doi:10.1080/01621459.1955.10501294.

    >>> round(dunnett_quantile([0.0], 0.95), 6)
    1.959964
    """
    if len(correlations) == 1:
        return normal_quantile(level)
    nodes, weights = _nodes()

    def coverage(c: float) -> float:
        inside = np.ones(NODES)
        for rho in correlations:
            spread = sqrt(1 - rho * rho)
            inside = inside * (_normal((c + rho * nodes) / spread) - _normal((-c + rho * nodes) / spread))
        return float(weights @ inside)

    low, high = 0.0, 20.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if coverage(middle) < level else (low, middle)
    return (low + high) / 2


def max_t_quantile(replicates: FloatArray, level: float) -> float:
    """The level quantile of max_k |d*_k − mean| / se_k over bootstrap replicates (contrasts × replicates)."""
    good = replicates[:, np.isfinite(replicates).all(axis=0)]
    centred = good - good.mean(axis=1, keepdims=True)
    statistic = np.abs(centred / good.std(axis=1, ddof=1, keepdims=True)).max(axis=0)
    return float(np.quantile(statistic, level))


def _normal(x: FloatArray) -> FloatArray:
    return np.array([0.5 * (1 + erf(value / sqrt(2))) for value in x])
