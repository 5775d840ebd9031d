"""Critical values that hold for several contrasts with one reference group at once (single-step max-t)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cds.core.arrays import FloatArray
from cds.stats.intervals import normal_quantile

REACH = 9.0  # of the shared reference, in its standard deviations
STEPS = 5  # of the integration, per standard deviation of the narrowest contrast given the reference
NARROWEST = 0.01


def dunnett_quantile(correlations: Sequence[float], level: float) -> float:
    """c with P(max |Z_k| ≤ c) = level for normal contrasts that share the reference.

    ``correlations[k]`` is se(reference) / se(contrast k): the contrasts correlate as ρ_j·ρ_k, so the probability is
    one integral over the reference, by the trapezoidal rule with steps that a nearly certain contrast narrows.
    Dunnett 1955, doi:10.1080/01621459.1955.10501294.

    >>> round(dunnett_quantile([0.0], 0.95), 6)
    1.959964
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    if len(correlations) == 1:
        return normal_quantile(level)
    rho = np.asarray(correlations, dtype=np.float64)[:, None]
    spread = np.maximum(np.sqrt(1 - rho * rho), NARROWEST)
    half = int(np.ceil(REACH * STEPS / float(spread.min())))
    reference = np.arange(-half, half + 1) * (REACH / half)
    density = np.exp(-(reference**2) / 2)
    density, shift = density / density.sum(), rho * reference / spread

    def excess(c: float) -> float:
        inside = ndtr(c / spread + shift) - ndtr(-c / spread + shift)
        return float(density @ inside.prod(axis=0)) - level

    # Between the quantile of one contrast and Bonferroni's of all.
    low, high = normal_quantile(level), normal_quantile(1 - (1 - level) / len(correlations))
    return float(brentq(excess, low - 1e-6, high + 1e-6, xtol=1e-12, rtol=1e-13))


def max_t_quantile(replicates: FloatArray, level: float) -> float:
    """The level quantile of max_k |d*_k − mean| / se_k over bootstrap replicates (contrasts × replicates)."""
    good = replicates[:, np.isfinite(replicates).all(axis=0)]
    centred = good - good.mean(axis=1, keepdims=True)
    statistic = np.abs(centred / good.std(axis=1, ddof=1, keepdims=True)).max(axis=0)
    return float(np.quantile(statistic, level))
