"""Intervals from replicates: percentiles of the bootstrap, or leaving out one cluster at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Interval, Measure, NotEstimable, Scale
from cds.core.sample import Sample
from cds.core.study import Scheme
from cds.stats.bca import bca
from cds.stats.intervals import from_scale, is_nothing, percentile, scale_slope, t_quantile, to_scale

FEW_SITES = 2
JACKKNIFE = "jackknife over sites"
ONE_SITE = "its patients come from one site only, so the data do not show how much sites differ"
LARGEST = 500.0  # half an interval on a log or logit scale: its exponential is still a number
Asked = tuple[Measure, Mapping[str, object], float]


def present_in(sample: Sample, clusters: Sequence[BoolArray]) -> BoolArray:
    """Which clusters have a row of positive weight in the sample, shape (clusters,)."""
    return np.array([bool(sample.weight[inside].any()) for inside in clusters])


def leave_one_out(sample: Sample, asked: Sequence[Asked], clusters: Sequence[BoolArray]) -> FloatArray:
    """Numbers without one cluster after the other, shape (asked, clusters); NaN where one is not estimable.

    Each is what the analysis gives when the cluster's rows are deleted, knots included. ``asked`` holds measure,
    parameters and the value in all rows, which stays where a cluster has no row in the sample.
    """
    values = np.repeat([[value] for _, _, value in asked], len(clusters), axis=1)
    for j in np.flatnonzero(present_in(sample, clusters)):
        rest = sample.where(~clusters[j])
        for i, (measure, parameters, _) in enumerate(asked):
            found = measure.compute(rest, **parameters) if len(rest) and rest.total else None
            values[i, j] = found if isinstance(found, float) else np.nan
    return values


def replicate_interval(
    scheme: Scheme,
    values: FloatArray,
    value: float,
    level: float,
    scale: Scale,
    *,
    left_out: FloatArray | None = None,
    sites: int | None = None,
    fewest: int | None = None,
) -> Interval | NotEstimable:
    """The interval that replicates of a scheme give, on the measure's scale; BCa where ``left_out`` is given.

    ``sites`` and ``fewest`` are the jackknife's.
    """
    if scheme != "bootstrap":
        return jackknife(values, value, level, scale, sites=sites, fewest=fewest)
    return percentile(values, level, scale) if left_out is None else bca(values, value, left_out, level, scale)


def jackknife(
    values: FloatArray,
    value: float,
    level: float,
    scale: Scale,
    *,
    sites: int | None = None,
    fewest: int | None = None,
) -> Interval | NotEstimable:
    """Cluster-robust interval from the estimates without one cluster each, shape (clusters,).

    (k − 1)/k·Σ(θ₍₋ⱼ₎ − θ)² is the variance on the scale and k − 1 are the degrees of freedom of its t interval, with
    k the clusters that have patients here: ``sites``, all by default; the others leave θ as it is and add nothing. Of
    a contrast, the side with the ``fewest`` clusters gives the degrees of freedom. The estimator CV3 of MacKinnon,
    Nielsen & Webb 2023, doi:10.1016/j.jeconom.2022.04.001, which errs on the wide side when clusters are few.
    """
    k = len(values) if sites is None else sites
    df = (k if fewest is None else fewest) - 1
    if df < FEW_SITES - 1:
        return NotEstimable(ONE_SITE)
    failed = int((~np.isfinite(values)).sum())
    if failed:  # the site without which nothing remains is the one that matters most: it cannot be passed over
        return NotEstimable(f"without one of the sites the measure is not estimable, in {failed} of {k}")
    centre, scaled = to_scale(value, scale), np.array([to_scale(float(v), scale) for v in values])
    if not (np.isfinite(scaled).all() and np.isfinite(centre)):
        return NotEstimable(f"the estimate lies at the edge of its range; no {scale}-scale interval exists")
    scale_se = float(np.sqrt((k - 1) / k * ((scaled - centre) ** 2).sum()))
    if is_nothing(scale_se, centre):
        return NotEstimable("zero variance: every site contributes the same")
    half = t_quantile(level, df) * scale_se
    if scale != "identity" and half > LARGEST:
        return NotEstimable(f"the {k} sites differ so much that the interval has no end")
    low, high = from_scale(centre - half, scale), from_scale(centre + half, scale)
    details = {"sites": k, "df": df}
    return Interval(low, high, level, JACKKNIFE, scale_se / scale_slope(value, scale), scale_se, details)
