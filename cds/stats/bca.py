"""Bias-corrected and accelerated bootstrap intervals, the acceleration from leaving out patients."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.measure import Interval, Measure, NotEstimable, Scale
from cds.core.sample import Sample
from cds.stats.intervals import MAX_FAILED_SHARE, is_nothing, percentile

BCA = "bootstrap BCa"
MOST_BLOCKS = 200  # of patients left out in turn: with more patients than that, several leave together
MORE = "ask for more replicates, or for the percentile interval"


def patient_blocks(codes: IntArray) -> list[BoolArray]:
    """Which rows leave together: one patient each, or every 200th patient where there are more than 200."""
    _, place = np.unique(codes, return_inverse=True)
    blocks = min(int(place.max()) + 1, MOST_BLOCKS)
    return [place % blocks == k for k in range(blocks)]


def without_each_block(
    sample: Sample, measure: Measure, parameters: dict[str, object], blocks: list[BoolArray], value: float
) -> FloatArray:
    """The measure without one block of patients after the other, shape (blocks,); NaN where it is not estimable.

    ``blocks`` mark rows of this sample; a block without a row here leaves the ``value`` as it is.
    """
    found = np.full(len(blocks), value)
    for k, inside in enumerate(blocks):
        if inside.any():
            rest = sample.resample((~inside).astype(np.float64))
            left = measure.compute(rest, **parameters) if rest.total else NotEstimable("nobody else")
            found[k] = left if isinstance(left, float) else np.nan
    return found


def acceleration(left_out: FloatArray) -> float | NotEstimable:
    """a = Σdⱼ³ / (6(Σdⱼ²)^1.5) with dⱼ = θ̄₍.₎ − θ₍₋ⱼ₎. Efron 1987, doi:10.1080/01621459.1987.10478410, eq. 6.6

    Third moments of independent patients add up, so blocks of them estimate the same acceleration.
    """
    good = left_out[np.isfinite(left_out)]
    failed = len(left_out) - len(good)
    if failed > MAX_FAILED_SHARE * len(left_out):
        return NotEstimable(f"without a block of patients the measure is not estimable, {failed} of {len(left_out)}")
    d = good.mean() - good
    squares = float(d @ d)
    if is_nothing(squares**0.5, float(np.abs(good).max())):
        return NotEstimable("zero variance: no patient moves the estimate, so there is no acceleration")
    return float((d**3).sum() / (6 * squares**1.5))


def adjusted_levels(replicates: FloatArray, value: float, a: float, level: float) -> tuple[float, float] | NotEstimable:
    """The two probabilities at which the replicates' distribution is read.

    Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))) at z = ±z₁₋α/₂, z₀ = Φ⁻¹(share of replicates below the estimate, ties ½).
    """
    normal = NormalDist()
    share = float(((replicates < value) + 0.5 * (replicates == value)).mean())
    if not 0 < share < 1:
        side = "below" if share == 0 else "above"
        return NotEstimable(f"no bootstrap replicate lies {side} the estimate: the bias correction is infinite; {MORE}")
    z0, found = normal.inv_cdf(share), []
    for z in (normal.inv_cdf((1 - level) / 2), normal.inv_cdf((1 + level) / 2)):
        room = 1 - a * (z0 + z)
        if room <= 0:
            return NotEstimable(f"the acceleration ({a:.3g}) is too large for a BCa interval; {MORE}")
        found.append(normal.cdf(z0 + (z0 + z) / room))
    return found[0], found[1]


def order_statistic(ordered: FloatArray, probability: float) -> float | NotEstimable:
    """A quantile of replicates by interpolation on the normal scale between the (R + 1)p-th order statistics.

    Davison & Hinkley 1997, doi:10.1017/CBO9780511802843, eq. 5.8, as R's ``boot.ci`` reads them.
    """
    place = (len(ordered) + 1) * probability
    k = int(place)
    if k < 1 or k >= len(ordered):
        return NotEstimable(f"the BCa bound lies beyond the most extreme of {len(ordered)} replicates; {MORE}")
    if place == k:
        return float(ordered[k - 1])
    normal = NormalDist()
    low, high = (normal.inv_cdf(j / (len(ordered) + 1)) for j in (k, k + 1))
    share = (normal.inv_cdf(probability) - low) / (high - low)
    return float(ordered[k - 1] + share * (ordered[k] - ordered[k - 1]))


def bca(
    replicates: FloatArray, value: float, left_out: FloatArray, level: float, scale: Scale
) -> Interval | NotEstimable:
    """Bias-corrected and accelerated interval from bootstrap replicates and the jackknife over patients.

    A replicate that was not estimable (NaN) counts as in the percentile interval, whose standard errors it shares.
    """
    plain = percentile(replicates, level, scale)
    if isinstance(plain, NotEstimable):
        return plain
    a = acceleration(left_out)
    if isinstance(a, NotEstimable):
        return a
    good = np.sort(replicates[np.isfinite(replicates)])
    at = adjusted_levels(good, value, a, level)
    if isinstance(at, NotEstimable):
        return at
    low, high = order_statistic(good, at[0]), order_statistic(good, at[1])
    if isinstance(low, NotEstimable):
        return low
    if isinstance(high, NotEstimable):
        return high
    details = {**plain.details, "acceleration": a, "jackknife_blocks": len(left_out), "read_at": list(at)}
    return Interval(low, high, level, BCA, plain.se, plain.scale_se, details)
