"""Calibration slope: are risks too extreme (below 1) or too timid (above 1)?"""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.intervals import wald
from cds.stats.logistic import LogisticFit, fit_logistic, tolerance


def slope_fit(sample: BinarySample) -> LogisticFit | NotEstimable:
    """logit P(y) = a + b·logit p, unpenalised: coefficients (a, b)."""
    part = sample.logit_sample

    def make() -> LogisticFit | NotEstimable:
        if not part.has_both_classes:
            return NotEstimable("only one outcome class")
        design = part.rows_memo("slope_design", lambda: np.vstack([np.ones(len(part)), part.logit]))
        return fit_logistic(design, part.outcome, weights=part.weights, start=_start(part), tolerance=tolerance(part))

    return part.memo("slope", make)


def _start(part: BinarySample) -> FloatArray | None:
    if not part.is_replicate:
        return None
    full = slope_fit(part.origin)
    return None if isinstance(full, NotEstimable) else full.coefficients


def calibration_slope(sample: BinarySample) -> float | NotEstimable:
    """b of logit P(y) = a + b·logit p."""
    fit = slope_fit(sample)
    return fit if isinstance(fit, NotEstimable) else float(fit.coefficients[1])


def slope_interval(sample: BinarySample, value: float, level: float) -> Interval | NotEstimable:
    """Wald."""
    fit = slope_fit(sample)
    return fit if isinstance(fit, NotEstimable) else wald(value, level, se=fit.se(1))


def slope_details(sample: BinarySample) -> dict[str, Any]:
    """The intercept that goes with the slope."""
    fit = slope_fit(sample)
    return {} if isinstance(fit, NotEstimable) else {"intercept_with_slope": float(fit.coefficients[0])}


CALIBRATION_SLOPE = Measure(
    kind="binary",
    name="calibration_slope",
    family="calibration",
    label="Calibration slope",
    compute=calibration_slope,
    interval=slope_interval,
    interval_name="Wald",
    details=slope_details,
    uses_logit=True,
    needs_prevalence=False,
    ideal=1.0,
    direction="target",
    formula="b of logit P(y) = a + b·logit p",
    convention="maximum likelihood without penalty",
    source="Cox 1958, doi:10.1093/biomet/45.3-4.562; Van Calster 2019, doi:10.1186/s12916-019-1466-7",
)
