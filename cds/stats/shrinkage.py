"""Partial pooling: what each of several estimates becomes when all of them are looked at together."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.stats.meta_analysis import reml, typical_variance

FEWEST = 3
NODES = 200
TOO_FEW = "fewer than three groups have an estimate with a standard error: how much they vary cannot be told from two"


@dataclass(frozen=True, eq=False)
class Shrunken:
    """Each estimate drawn toward the mean of all, on their scale, shape (k,).

    ``own`` is the weight of the group's own estimate, τ²/(τ² + variance), and ``mean`` the mean of all, both averaged
    over what the data tell of τ. ``blup`` and ``blup_se`` take τ² as known, at its restricted maximum likelihood
    ``tau2``.
    """

    values: FloatArray
    se: FloatArray
    own: FloatArray
    mean: float
    blup: FloatArray
    blup_se: FloatArray
    tau2: float


def shrink(values: Sequence[float], variances: Sequence[float]) -> Shrunken | NotEstimable:
    """Partially pooled values of k ≥ 3 groups from estimates and their variances on one scale, shape (k,).

    For a known τ² the best linear unbiased prediction is own·y + (1 − own)·mean with own = τ²/(τ² + v) and the
    variance own·v + (1 − own)²·se(mean)². Of few groups τ² is known badly, and its best estimate is often 0, which
    would draw every group onto the mean and give the smallest the narrowest interval; so prediction and variance are
    averaged over τ by its restricted likelihood (a flat prior on τ). Robinson 1991, doi:10.1214/ss/1177011926;
    Gelman 2006, doi:10.1214/06-BA117A.

    >>> found = shrink([0.1, 0.3, 0.8], [0.04, 0.05, 0.04])
    >>> found.blup.round(3).tolist()
    [0.191, 0.336, 0.68]
    """
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if len(y) < FEWEST:
        return NotEstimable(TOO_FEW)
    tau2 = reml(y, v)
    if isinstance(tau2, NotEstimable):
        return tau2
    blup, variance, *_ = predictions(y, v, np.array([tau2]))
    share, nodes = _posterior(y, v)
    predicted, conditional, own, mean, _ = predictions(y, v, nodes)
    centre = share @ predicted
    spread = share @ (conditional + (predicted - centre) ** 2)
    return Shrunken(
        centre, np.sqrt(spread), share @ own, float(share @ mean), blup[0], np.sqrt(variance[0]), tau2
    )  # fmt: skip


def predictions(
    y: FloatArray, v: FloatArray, tau2: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Predictions, their variances and own weights, shape (m, k), mean and log likelihood, shape (m,), for m given τ².

    The likelihood is the restricted one, up to a constant.
    """
    w = 1 / (v + tau2[:, None])
    total = w.sum(axis=1)
    mean = (w @ y) / total
    own = tau2[:, None] * w
    predicted = own * y + (1 - own) * mean[:, None]
    variance = own * v + (1 - own) ** 2 / total[:, None]
    likelihood = 0.5 * (np.log(w).sum(axis=1) - np.log(total) - (w * (y - mean[:, None]) ** 2).sum(axis=1))
    return predicted, variance, own, mean, likelihood


def _posterior(y: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights and values of τ², shape (NODES,): Gauss–Legendre on u with τ = s·u/(1 − u), s a typical error."""
    u, weights = _legendre()
    tau = sqrt(typical_variance(v)) * u / (1 - u)
    likelihood = predictions(y, v, tau**2)[-1]
    share = weights / (1 - u) ** 2 * np.exp(likelihood - likelihood.max())
    return share / share.sum(), tau**2


@functools.cache
def _legendre() -> tuple[FloatArray, FloatArray]:
    """Nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights / 2
