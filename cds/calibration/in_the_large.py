"""Calibration-in-the-large: are risks too high or too low on average, on the logit scale?"""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.intervals import wald
from cds.stats.logistic import LogisticFit, fit_logistic, tolerance


def _fit(sample: BinarySample) -> LogisticFit | NotEstimable:
    part = sample.logit_sample

    def make() -> LogisticFit | NotEstimable:
        if not part.has_both_classes:
            return NotEstimable("only one outcome class")
        ones: FloatArray = part.rows_memo("intercept_design", lambda: np.ones((1, len(part))))
        return fit_logistic(
            ones,
            part.outcome,
            weights=part.weights,
            offset=part.logit,
            start=_start(part),
            tolerance=tolerance(part),
        )

    return part.memo("in_the_large", make)


def _start(part: BinarySample) -> FloatArray | None:
    if not part.is_replicate:
        return None
    full = _fit(part.origin)
    return None if isinstance(full, NotEstimable) else full.coefficients


def calibration_in_the_large(sample: BinarySample) -> float | NotEstimable:
    """a of logit P(y) = a + offset(logit p)."""
    fit = _fit(sample)
    return fit if isinstance(fit, NotEstimable) else float(fit.coefficients[0])


def in_the_large_interval(sample: BinarySample, value: float, level: float) -> Interval | NotEstimable:
    """Wald."""
    fit = _fit(sample)
    return fit if isinstance(fit, NotEstimable) else wald(value, level, se=fit.se(0))


CALIBRATION_IN_THE_LARGE = Measure(
    kind="binary",
    name="calibration_in_the_large",
    family="calibration",
    label="Calibration-in-the-large",
    compute=calibration_in_the_large,
    interval=in_the_large_interval,
    interval_name="Wald",
    uses_logit=True,
    ideal=0.0,
    direction="target",
    formula="a of logit P(y) = a + offset(logit p)",
    convention="slope fixed at 1; not the intercept of the slope model, which rms::val.prob prints as Intercept; its "
    "error takes the slope to be 1 and is a little too small elsewhere: where the slope is .7 a 95 % interval covers "
    "92 to 94 %",
    source="Cox 1958, doi:10.1093/biomet/45.3-4.562; Van Calster 2019, doi:10.1186/s12916-019-1466-7",
)
