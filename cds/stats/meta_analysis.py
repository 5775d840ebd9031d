"""Random-effects meta-analysis: the mean over sites, how much sites differ, and what to expect of a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.stats.intervals import t_quantile

MOST_STEPS = 1000
TOLERANCE = 1e-13  # of τ², in typical variances of a site
FEWEST_FOR_MEAN, FEWEST_FOR_PREDICTION = 2, 3
NARROW = 0.5  # of Q's expectation; the Hartung–Knapp error is then 0.7 times the fixed-effect one
TWO_SITES = "two sites leave no degree of freedom for a prediction interval; it needs three"


@dataclass(frozen=True)
class RandomEffects:
    """A mean over k sites on one scale, with the Hartung–Knapp standard error.

    ``prediction`` is the interval for a new site's true value; ``tau2_interval`` is Q-profile's; ``i2`` the share of
    the variance that is between sites; ``q`` and ``q_p`` Cochran's test; ``weights`` the sites' shares in the mean,
    shape (k,).
    """

    mean: float
    se: float
    low: float
    high: float
    level: float
    tau2: float
    tau2_interval: tuple[float, float]
    i2: float
    q: float
    q_p: float
    prediction: tuple[float, float] | NotEstimable
    weights: FloatArray

    @property
    def k(self) -> int:
        """The number of sites."""
        return len(self.weights)

    @property
    def narrow(self) -> bool:
        """Whether the sites agree far more closely than their own errors let expect: the interval is too hopeful."""
        return self.q < NARROW * (self.k - 1)


def random_effects(
    values: Sequence[float], variances: Sequence[float], *, level: float
) -> RandomEffects | NotEstimable:
    """Pool the sites' estimates and their variances, both on one scale, shape (k,).

    τ² by restricted maximum likelihood (0 where the likelihood falls from there), the mean's interval by Hartung and
    Knapp with k − 1 degrees of freedom, the prediction interval mean ± t₍k₋₂₎·√(τ² + se²) (Higgins, Thompson &
    Spiegelhalter 2009, doi:10.1111/j.1467-985X.2008.00552.x; Hartung & Knapp 2001, doi:10.1002/sim.1009;
    Viechtbauer 2005, doi:10.3102/10769986030003261; τ²'s interval: Viechtbauer 2007, doi:10.1002/sim.2514).

    >>> found = random_effects([0.1, 0.3, 0.8], [0.04, 0.05, 0.04], level=0.95)
    >>> round(found.mean, 4), round(found.tau2, 4)
    (0.4024, 0.0925)
    """
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if len(y) < FEWEST_FOR_MEAN:
        return NotEstimable("fewer than two sites have an estimate with a standard error")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise ValueError("site estimates must be finite and their variances positive")
    tau2 = reml(y, v)
    if isinstance(tau2, NotEstimable):
        return tau2
    k, w = len(y), 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    se = sqrt(float(w @ (y - mean) ** 2) / (k - 1) / float(w.sum()))
    half = t_quantile(level, k - 1) * se
    q = generalised_q(y, v, 0.0)
    prediction: tuple[float, float] | NotEstimable = NotEstimable(TWO_SITES)
    if k >= FEWEST_FOR_PREDICTION:
        wide = t_quantile(level, k - 2) * sqrt(tau2 + se**2)
        prediction = (mean - wide, mean + wide)
    return RandomEffects(
        mean=mean, se=se, low=mean - half, high=mean + half, level=level, tau2=tau2,
        tau2_interval=q_profile(y, v, level), i2=tau2 / (tau2 + typical_variance(v)), q=q, q_p=_chi2_p(q, k - 1),
        prediction=prediction, weights=w / w.sum(),
    )  # fmt: skip


def reml(y: FloatArray, v: FloatArray) -> float | NotEstimable:
    """τ² at the maximum of the restricted likelihood: Fisher's scoring from Hedges' estimate, steps halved at 0."""
    unit = typical_variance(v)
    tau2 = max(0.0, float(np.var(y, ddof=1) - v.mean()))
    for _ in range(MOST_STEPS):
        w = 1 / (v + tau2)
        total, squares = float(w.sum()), float(w @ w)
        residual = y - float(w @ y) / total
        trace = total - squares / total
        information = squares - 2 * float((w**3).sum()) / total + (squares / total) ** 2
        step = (float(w**2 @ residual**2) - trace) / information
        if tau2 == 0 and step <= 0:
            return 0.0
        while tau2 + step < 0:
            step = -tau2 if -step < unit * TOLERANCE or tau2 < unit * TOLERANCE else step / 2
        tau2 += step
        if abs(step) <= TOLERANCE * (unit + tau2):
            return 0.0 if tau2 <= TOLERANCE * unit else tau2
    return NotEstimable(f"the variance between sites was not found in {MOST_STEPS} steps of the likelihood")


def typical_variance(v: FloatArray) -> float:
    """Higgins and Thompson's typical variance within sites, doi:10.1002/sim.1186."""
    w = 1 / v
    return float((len(v) - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))


def generalised_q(y: FloatArray, v: FloatArray, tau2: float) -> float:
    """Σ(y − mean)²/(v + τ²); at τ² = 0 Cochran's Q."""
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)


def q_profile(y: FloatArray, v: FloatArray, level: float) -> tuple[float, float]:
    """The interval of τ² whose generalised Q lies between the quantiles of χ² with k − 1 degrees of freedom."""
    from scipy.special import chdtri

    def excess(limit: float) -> Callable[[float], float]:
        return lambda tau2: generalised_q(y, v, tau2) - limit

    tails = ((1 - level) / 2, (1 + level) / 2)  # of the upper tail
    low, high = (_root(excess(float(chdtri(len(y) - 1, tail))), typical_variance(v)) for tail in tails)
    return low, high


def _root(falling: Callable[[float], float], unit: float) -> float:
    """Where a falling function of τ² crosses 0; 0 where it starts below."""
    from scipy.optimize import brentq

    if falling(0.0) <= 0:
        return 0.0
    high = unit
    while falling(high) > 0:
        high *= 2
    return float(brentq(falling, 0.0, high, xtol=1e-14 * unit, rtol=1e-13))


def _chi2_p(statistic: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))
