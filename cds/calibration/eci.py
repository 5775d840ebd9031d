"""Estimated calibration index: the mean squared distance to the loess curve, times 100."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.measure import Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.smoothing import smooth


def eci(sample: BinarySample, *, scaled: bool = False) -> float | NotEstimable:
    """100·mean((p − o)²), o by direct loess; ``scaled`` divides by the same of a model that predicts the prevalence."""
    curve = smooth(sample, "loess")
    if isinstance(curve, NotEstimable):
        return curve
    weights = curve.sample.weights
    value = 100 * float(np.average((curve.sample.risk - curve.observed) ** 2, weights=weights))
    if not scaled:
        return value
    null = float(np.average((curve.sample.prevalence - curve.observed) ** 2, weights=weights))
    return value / 100 / null if null > 0 else NotEstimable("the loess curve is flat at the prevalence")


def scaled_eci(sample: BinarySample) -> dict[str, Any]:
    """The other convention, beside the number."""
    value = eci(sample, scaled=True)
    return (
        {"smoother": "loess"}
        if isinstance(value, NotEstimable)
        else {"smoother": "loess", "relative_to_null_model": value}
    )


ECI = Measure(
    kind="binary",
    name="eci",
    family="calibration",
    label="Estimated calibration index",
    compute=eci,
    details=scaled_eci,
    is_distance=True,
    ideal=0.0,
    direction="lower",
    formula="100·mean((p − o(p))²)",
    convention="o by loess (span .75, degree 2, direct), whatever the protocol's smoother; the convention that "
    "divides by the null model's variance is in the details; replicates evaluate loess at 41 points joined linearly",
    source="Van Hoorde 2015, doi:10.1016/j.jbi.2014.12.016",
)
