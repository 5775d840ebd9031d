"""Intervals from replicates: percentiles of the bootstrap, or leaving out one cluster at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Interval, Measure, NotEstimable, Scale
from cds.core.sample import Sample
from cds.core.study import Scheme
from cds.stats.intervals import MAX_FAILED_SHARE, from_scale, is_nothing, percentile, scale_slope, t_quantile, to_scale

FEW_SITES = 2
JACKKNIFE = "jackknife over sites"


def leave_one_out(
    sample: Sample, measure: Measure, parameters: Mapping[str, object], clusters: Sequence[BoolArray]
) -> FloatArray:
    """The measure without one cluster after the other, shape (clusters,); NaN where it is not estimable.

    A cluster that has no row in the sample is passed over: leaving it out changes nothing.
    """
    values = []
    for inside in clusters:
        if not inside.any():
            continue
        rest = sample.resample((~inside).astype(np.float64))
        value = measure.compute(rest, **parameters) if rest.total else NotEstimable("no other cluster")
        values.append(value if isinstance(value, float) else np.nan)
    return np.asarray(values, dtype=np.float64)


def replicate_interval(
    scheme: Scheme, values: FloatArray, value: float, level: float, scale: Scale
) -> Interval | NotEstimable:
    """The interval that replicates of a scheme give, on the measure's scale."""
    return percentile(values, level, scale) if scheme == "bootstrap" else jackknife(values, value, level, scale)


def jackknife(values: FloatArray, value: float, level: float, scale: Scale) -> Interval | NotEstimable:
    """Cluster-robust interval from the estimates without one cluster each, shape (k,).

    (k − 1)/k·Σ(θ₍₋ⱼ₎ − θ̄)² is the variance on the scale, and k − 1 are the degrees of freedom of its t interval: the
    delete-one-cluster jackknife, conservative with few clusters (MacKinnon, Nielsen & Webb 2023,
    doi:10.1016/j.jeconom.2022.04.001).
    """
    good, centre = values[np.isfinite(values)], to_scale(value, scale)
    failed, k = len(values) - len(good), len(good)
    if failed > MAX_FAILED_SHARE * len(values):
        return NotEstimable(f"without one of the sites the measure is not estimable, in {failed} of {len(values)}")
    if k < FEW_SITES:
        return NotEstimable("fewer than two sites")
    scaled = np.array([to_scale(float(v), scale) for v in good])
    if not (np.isfinite(scaled).all() and np.isfinite(centre)):
        return NotEstimable(f"the estimate lies at the edge of its range; no {scale}-scale interval exists")
    scale_se = float(np.sqrt((k - 1) / k * ((scaled - scaled.mean()) ** 2).sum()))
    if is_nothing(scale_se, centre):
        return NotEstimable("zero variance: every site contributes the same")
    half = t_quantile(level, k - 1) * scale_se
    details = {"sites": len(values), "df": k - 1}
    return Interval(
        from_scale(centre - half, scale), from_scale(centre + half, scale), level, JACKKNIFE,
        scale_se / scale_slope(value, scale), scale_se, details,
    )  # fmt: skip
