"""Whether several independent estimates differ by more than their standard errors let expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from cds.core.measure import NotEstimable
from cds.stats.meta_analysis import generalised_q, q_profile, reml, typical_variance

FEWEST = 2


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q of k estimates with its test, and how much they differ beyond their errors.

    ``df2`` is infinite where Q is referred to χ² with ``df`` degrees of freedom; where the standard errors rest on
    few units it is the second degrees of freedom of Welch's F. ``tau2`` is by restricted maximum likelihood, its
    interval Q-profile's at the level asked for, ``i2`` the share of the variance beyond the errors.
    """

    q: float
    df: int
    df2: float
    p_value: float
    i2: float | None
    tau2: float | None
    tau2_interval: tuple[float, float]


def heterogeneity(
    values: Sequence[float], variances: Sequence[float], *, level: float, df: Sequence[float] | None = None
) -> Heterogeneity:
    """Q = Σ w(y − ȳ_w)² with w = 1/variance, of estimates and variances on one scale, shape (k,), k ≥ 2.

    With Welch's correction where ``df``, the degrees of freedom of each variance, is finite anywhere:
    F = Q/(k − 1) / (1 + 2(k − 2)/(k² − 1)·Σ(1 − w/W)²/df) on k − 1 and (k² − 1)/(3·Σ(1 − w/W)²/df) degrees of
    freedom. Cochran 1954, doi:10.2307/3001666; Welch 1951, doi:10.1093/biomet/38.3-4.330.

    >>> round(heterogeneity([0.1, 0.3, 0.8], [0.04, 0.05, 0.04], level=0.95).q, 4)
    6.4464

    Raises:
        ValueError: fewer than two estimates, one that is not finite, or a variance that is not positive.
    """
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if len(y) < FEWEST or not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise ValueError("heterogeneity needs two or more finite estimates with positive variances")
    k, q = len(y), generalised_q(y, v, 0.0)
    share = (1 / v) / (1 / v).sum()
    units = np.full(k, inf) if df is None else np.asarray(df, dtype=np.float64)
    lack = float(((1 - share) ** 2 / units).sum())
    df2 = (k * k - 1) / (3 * lack) if lack > 0 else inf
    tau2 = reml(y, v)
    estimated = None if isinstance(tau2, NotEstimable) else tau2
    i2 = None if estimated is None else estimated / (estimated + typical_variance(v))
    return Heterogeneity(q, k - 1, df2, _p_value(q, k, lack, df2), i2, estimated, q_profile(y, v, level))


def _p_value(q: float, k: int, lack: float, df2: float) -> float:
    from scipy.special import chdtrc, fdtrc

    if not isfinite(df2):
        return float(chdtrc(k - 1, q))
    return float(fdtrc(k - 1, df2, q / (k - 1) / (1 + 2 * (k - 2) / (k * k - 1) * lack)))
