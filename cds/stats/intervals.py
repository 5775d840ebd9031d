"""Intervals: Wald on a scale, Wilson, percentiles of replicates, and quantiles of weighted rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import atanh, exp, inf, isfinite, log, sqrt, tanh
from statistics import NormalDist

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, NotEstimable, Scale

MAX_FAILED_SHARE = 0.05


def normal_quantile(level: float) -> float:
    """The two-sided standard normal quantile of a level.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    return NormalDist().inv_cdf(0.5 + level / 2)


def t_quantile(level: float, df: float) -> float:
    """The two-sided quantile of Student's t; the normal one where ``df`` is infinite.

    >>> round(t_quantile(0.95, 5), 6)
    2.570582
    """
    if not isfinite(df):
        return normal_quantile(level)
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + level / 2))


def two_sided_p(z: float) -> float:
    """Two-sided p-value of a standard normal statistic, accurate in the tails."""
    from math import erfc

    return erfc(abs(z) / sqrt(2))


def to_scale(value: float, scale: Scale) -> float:
    """The value on its pooling scale; infinite at the scale's edge."""
    if scale == "log":
        return log(value) if value > 0 else float("-inf")
    if scale == "logit":
        return log(value / (1 - value)) if 0 < value < 1 else float("inf") * (1 if value >= 1 else -1)
    if scale == "atanh":
        return atanh(value) if -1 < value < 1 else float("inf") * (1 if value >= 1 else -1)
    return value


def from_scale(value: float, scale: Scale) -> float:
    """Back from the pooling scale."""
    if scale == "log":
        return exp(value)
    if scale == "logit":
        # exp of a number far above 0 overflows; of one far below it is 0
        return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))
    if scale == "atanh":
        return tanh(value)
    return value


def scale_slope(value: float, scale: Scale) -> float:
    """d(scaled)/d(value), for the delta method."""
    if scale == "log":
        return 1 / value
    if scale == "logit":
        return 1 / (value * (1 - value))
    if scale == "atanh":
        return 1 / (1 - value * value)
    return 1.0


def is_nothing(spread: float, centre: float) -> bool:
    """Whether a spread is zero but for the rounding of the numbers that it was computed from."""
    return bool(spread <= 1e-12 * max(abs(centre), 1e-3))


def wald(
    value: float,
    level: float,
    *,
    se: float | None = None,
    scale_se: float | None = None,
    scale: Scale = "identity",
    method: str = "wald",
    df: float = inf,
) -> Interval | NotEstimable:
    """value ± z·se on the given scale, one of ``se`` and ``scale_se`` given, the other by the delta method.

    With finite ``df`` the quantile is Student's.

    A zero or undefined standard error is no interval: an AUROC of 1 in five patients is not a perfect score.
    """
    centre = to_scale(value, scale)
    if not isfinite(centre):
        return NotEstimable(f"the estimate lies at the edge of its range ({value:g}); no {scale}-scale interval exists")
    slope = scale_slope(value, scale)
    if scale_se is None:
        if se is None:
            raise ValueError("wald needs se or scale_se")
        scale_se = se * slope
    if se is None:
        se = scale_se / slope
    if not isfinite(scale_se) or is_nothing(scale_se, centre):
        return NotEstimable("zero variance: every patient contributes the same, so the data give no interval")
    half = t_quantile(level, df) * scale_se
    return Interval(from_scale(centre - half, scale), from_scale(centre + half, scale), level, method, se, scale_se)


def wilson(successes: float, total: float, level: float) -> Interval | NotEstimable:
    """Wilson's score interval for a proportion; ``se`` is the binomial one. doi:10.1080/01621459.1927.10502953"""
    if total <= 0:
        return NotEstimable("no patients in the denominator")
    z, p = normal_quantile(level), successes / total
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == total else centre + half
    return Interval(low, high, level, "wilson", sqrt(p * (1 - p) / total), details={"denominator": total})


def percentile(replicates: FloatArray, level: float, scale: Scale) -> Interval | NotEstimable:
    """Percentile bootstrap interval with type-7 quantiles.

    ``replicates`` holds NaN where a replicate was not estimable; above 5 % of them there is no interval.
    """
    good = replicates[np.isfinite(replicates)]
    failed = len(replicates) - len(good)
    if len(replicates) < 2 or len(good) < 2:
        return NotEstimable("fewer than two estimable bootstrap replicates")
    if failed > MAX_FAILED_SHARE * len(replicates):
        return NotEstimable(f"{failed} of {len(replicates)} bootstrap replicates were not estimable (limit 5 %)")
    low, high = np.quantile(good, [(1 - level) / 2, (1 + level) / 2])
    if is_nothing(high - low, high):
        return NotEstimable("zero variance: all bootstrap replicates are equal")
    scaled = np.array([to_scale(float(value), scale) for value in good]) if scale != "identity" else good
    scale_se = float(np.std(scaled, ddof=1)) if np.isfinite(scaled).all() else None
    details = {"replicates": len(replicates), "replicates_not_estimable": failed}
    return Interval(
        float(low), float(high), level, "bootstrap percentile", float(np.std(good, ddof=1)), scale_se, details
    )


def cut_at_zero(interval: Interval) -> Interval:
    """The interval of what cannot be negative, cut at 0 where it reaches below; its details then say so.

    >>> cut_at_zero(Interval(-0.1, 0.3, 0.95, "wald")).low
    0.0
    """
    if interval.low >= 0:
        return interval
    return replace(interval, low=0.0, high=max(interval.high, 0.0), details={**interval.details, "cut_at": 0.0})


def inside_unit(interval: Interval, value: float) -> Interval:
    """A proportion's interval with the same standard error, formed on the logit scale: it stays inside 0 and 1.

    logit p ± t·se / (p(1 − p)), with the degrees of freedom in the interval's details, if any. An interval without
    a standard error, and Wilson's, which stays inside by itself, come back as they are.

    >>> wide = inside_unit(Interval(0.7, 1.1, 0.95, "wald", se=0.1), 0.9)
    >>> round(wide.low, 3), round(wide.high, 3)
    (0.505, 0.988)
    """
    if interval.se is None or interval.method.endswith("wilson") or not 0 < value < 1:
        return interval
    half = t_quantile(interval.level, float(interval.details.get("df", inf))) * interval.se / (value * (1 - value))
    low, high = (from_scale(to_scale(value, "logit") + side * half, "logit") for side in (-1, 1))
    return replace(interval, low=low, high=high, method=f"{interval.method}, logit scale")


def weighted_quantiles(values: FloatArray, weights: FloatArray | None, probabilities: Sequence[float]) -> FloatArray:
    """Type-7 quantiles where an integer weight w means the value w times over.

    Fractional weights: the same formula on their cumulative sum, scaled to the number of rows with weight.

    >>> weighted_quantiles(np.array([1.0, 2.0]), np.array([1.0, 2.0]), [0.5])
    array([2.])
    """
    if weights is None:
        ordered = np.sort(values)
        position = (len(ordered) - 1) * np.asarray(probabilities)
        below = np.floor(position).astype(np.int64)
        above = np.minimum(below + 1, len(ordered) - 1)
        return ordered[below] + (position - below) * (ordered[above] - ordered[below])  # type: ignore[no-any-return]
    order = np.argsort(values)
    ordered, counts = values[order], weights[order]
    present = counts > 0
    ordered, counts = ordered[present], counts[present]
    whole = bool((counts == np.round(counts)).all())
    cumulative = np.cumsum(counts if whole else counts * (len(counts) / counts.sum()))
    if not whole:  # sums that are whole but for rounding, as with equal weights, are whole
        rounded = np.round(cumulative)
        cumulative = np.where(np.abs(cumulative - rounded) < 1e-6, rounded, cumulative)
    position = (cumulative[-1] - 1) * np.asarray(probabilities)
    floor = np.floor(position)
    last = len(ordered) - 1
    below = np.minimum(np.searchsorted(cumulative, floor, side="right"), last)
    above = np.minimum(np.searchsorted(cumulative, floor + 1, side="right"), last)
    return ordered[below] + (position - floor) * (ordered[above] - ordered[below])  # type: ignore[no-any-return]
