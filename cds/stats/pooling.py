"""Rubin's rules: one answer from the answers in each imputation, on the measure's scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, sqrt
from typing import Any

import numpy as np

from cds.core.measure import Estimate, Interval, NotEstimable, Result, Scale
from cds.core.study import Answer
from cds.stats.intervals import cut_at_zero, from_scale, inside_unit, is_nothing, scale_slope, t_quantile, to_scale

RULE = "Rubin's rules"


@dataclass(frozen=True)
class Pooled:
    """An estimate pooled over m imputations on one scale, with its variance's parts.

    ``df`` are Barnard and Rubin's degrees of freedom, infinite where the imputations agree exactly.
    """

    mean: float
    within: float
    between: float
    m: int
    df: float

    @property
    def variance(self) -> float:
        """within + (1 + 1/m)·between."""
        return self.within + (1 + 1 / self.m) * self.between

    @property
    def missing_information(self) -> float:
        """The share of the variance that the missing values cause: (1 + 1/m)·between / variance."""
        return (1 + 1 / self.m) * self.between / self.variance if self.variance > 0 else 0.0


def rubin(values: Sequence[float], variances: Sequence[float], *, independent: float) -> Pooled:
    """Pool estimates and their variances, both on one scale, shape (m,).

    ``independent`` is the number of independent units (patients, or sites); the complete-data degrees of freedom
    are one fewer. Rubin 1987, doi:10.1002/9780470316696; Barnard & Rubin 1999, doi:10.1093/biomet/86.4.948.

    >>> round(rubin([1.0, 1.2], [0.04, 0.05], independent=100).variance, 6)
    0.075
    """
    m, mean = len(values), float(np.mean(values))
    within, between = float(np.mean(variances)), float(np.var(values, ddof=1))
    total = within + (1 + 1 / m) * between
    complete = independent - 1
    share = (1 + 1 / m) * between / total if total > 0 else 0.0
    observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    old = inf if is_nothing(share, 1.0) else (m - 1) / share**2
    df = observed if not isfinite(old) else 1 / (1 / old + 1 / observed) if observed > 0 else 0.0
    return Pooled(mean, within, between, m, df)


def pooled_interval(found: Pooled, level: float, scale: Scale, *, method: str = RULE) -> Interval | NotEstimable:
    """mean ± t·√variance on the scale, with Barnard and Rubin's degrees of freedom, brought back."""
    if is_nothing(sqrt(found.variance), found.mean):
        return NotEstimable("zero variance in every imputation")
    if found.df <= 0:
        return NotEstimable("the missing values leave no degrees of freedom")
    half = t_quantile(level, found.df) * sqrt(found.variance)
    value, scale_se = from_scale(found.mean, scale), sqrt(found.variance)
    details = _parts(found)
    return Interval(
        from_scale(found.mean - half, scale), from_scale(found.mean + half, scale), level, method,
        scale_se / scale_slope(value, scale), scale_se, details,
    )  # fmt: skip


def pooled_wilson(values: Sequence[float], variances: Sequence[float], *, independent: float, level: float) -> Interval:
    """Wilson's interval of a proportion with the imputations' variance, every value inside (0, 1).

    With r = (1 + 1/m)·between / within and c = t²(1 + r)/n: (Q̄ + c/2 ± √(Q̄(1 − Q̄)c + c²/4)) / (1 + c). n is the mean
    p(1 − p)/variance of the imputations. Lott & Reiter 2020, doi:10.1080/00031305.2018.1473796.

    >>> interval = pooled_wilson([0.8, 0.8], [0.0016, 0.0016], independent=100, level=0.95)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.71, 0.867)
    """
    found = rubin(values, variances, independent=independent)
    n = float(np.mean([p * (1 - p) / v for p, v in zip(values, variances, strict=True)]))
    ratio = (1 + 1 / found.m) * found.between / found.within
    c = t_quantile(level, found.df) ** 2 * (1 + ratio) / n
    centre, half = found.mean + c / 2, sqrt(found.mean * (1 - found.mean) * c + c * c / 4)
    se = sqrt(found.variance)
    return Interval(
        (centre - half) / (1 + c), (centre + half) / (1 + c), level, f"{RULE}, within each: wilson", se, se,
        _parts(found),
    )  # fmt: skip


def _parts(found: Pooled) -> dict[str, Any]:
    """What a reader sees of the pooling, on the scale."""
    return {
        "imputations": found.m,
        "df": found.df,
        "within": found.within,
        "between": found.between,
        "missing_information": found.missing_information,
    }


def pooled(
    parts: Sequence[Answer],
    *,
    level: float,
    independent: float,
    is_distance: bool = False,
    is_proportion: bool = False,
) -> Answer:
    """One answer from the answers to the same request in each imputation.

    Not estimable where it is not estimable in one of them; an interval needs one in every imputation. The interval
    of a distance, which cannot be negative, is cut at 0 and says so; that of a proportion is formed on the logit scale.
    """
    result = _result(parts, level, independent)
    if is_proportion and isinstance(result, Estimate) and isinstance(result.interval, Interval):
        result = replace(result, interval=inside_unit(result.interval, result.value))
    if is_distance and isinstance(result, Estimate) and isinstance(result.interval, Interval):
        result = replace(result, interval=cut_at_zero(result.interval))
    return Answer(parts[0].request, result, parts=tuple(parts))


def _result(parts: Sequence[Answer], level: float, independent: float) -> Result:
    estimates: list[Estimate] = []
    for k, part in enumerate(parts, 1):
        if isinstance(part.result, NotEstimable):
            return NotEstimable(f"in imputation {k}: {part.result.reason}")
        estimates.append(part.result)
    scale = estimates[0].scale
    scaled = [to_scale(e.value, scale) for e in estimates]
    if not np.isfinite(scaled).all():
        return NotEstimable("the estimate lies at the edge of its range in an imputation; it cannot be pooled")
    value = from_scale(float(np.mean(scaled)), scale)
    interval = _interval(estimates, scaled, level, independent)
    n, events = round(np.mean([e.n for e in estimates])), [e.events for e in estimates]
    mean_events = None if any(e is None for e in events) else round(np.mean([e for e in events if e is not None]))
    return Estimate(value, interval, scale, n, mean_events, _details(estimates))


def _interval(
    estimates: Sequence[Estimate], scaled: Sequence[float], level: float, independent: float
) -> Interval | NotEstimable:
    variances = []
    if all(e.method == "wilson" for e in estimates):
        return _of_proportions(estimates, level, independent)
    for k, estimate in enumerate(estimates, 1):
        interval = estimate.interval
        if isinstance(interval, NotEstimable):
            return NotEstimable(interval.reason if k == 1 else f"in imputation {k}: {interval.reason}")
        if interval.scale_se is None:
            return NotEstimable(f"in imputation {k} the interval has no standard error to pool")
        variances.append(interval.scale_se**2)
    return pooled_interval(
        rubin(scaled, variances, independent=independent), level, estimates[0].scale,
        method=f"{RULE}, within each: {_methods(estimates)}",
    )  # fmt: skip


def _of_proportions(estimates: Sequence[Estimate], level: float, independent: float) -> Interval | NotEstimable:
    values, errors = [e.value for e in estimates], [e.se or 0.0 for e in estimates]
    if min(values) <= 0 or max(values) >= 1 or min(errors) <= 0:
        return NotEstimable("the proportion is 0 or 1 in an imputation; it has no variance to pool there")
    return pooled_wilson(values, [se**2 for se in errors], independent=independent, level=level)


def _methods(estimates: Sequence[Estimate]) -> str:
    return ", ".join(dict.fromkeys(str(e.method) for e in estimates))


def _details(estimates: Sequence[Estimate]) -> dict[str, Any]:
    """Numbers that every imputation gives are averaged (p-values: their median); a caveat in one holds for all."""
    first = estimates[0].details
    shared = {key for key in first if all(key in e.details for e in estimates)}
    details: dict[str, Any] = {}
    for key in first:
        values = [e.details.get(key) for e in estimates]
        if key in shared and all(v == values[0] for v in values):
            details[key] = values[0]
        elif key in shared and all(isinstance(v, int | float) for v in values):
            details[key] = _one([float(v) for v in values if isinstance(v, int | float)], key)
    for estimate in estimates:
        if estimate.details.get("descriptive"):
            details["descriptive"] = estimate.details["descriptive"]
    return details


def _one(values: list[float], key: str) -> float | int:
    """The median of p-values, the smallest of the counts that limit what can be told, the mean of all else."""
    if key == "p_value":
        return float(np.median(values))
    return int(min(values)) if key == "fewest_events" else float(np.mean(values))
