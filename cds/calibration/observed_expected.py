"""Observed over expected: how many events happened for each that was predicted."""

from __future__ import annotations

import numpy as np

from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.intervals import wald
from cds.stats.per_category import each_category


def observed_expected(sample: BinarySample) -> float | NotEstimable:
    """mean(y) / mean(p)."""
    expected = float(sample.weight @ sample.risk)
    if expected <= 0:
        return NotEstimable("no events are expected: every risk is 0")
    return sample.events / expected


def ratio_interval(sample: BinarySample, value: float, level: float) -> Interval | NotEstimable:
    """On the log scale, se of log r = sd(y − r·p) / (√n·ȳ); the binomial √((1 − ȳ)/Σy) stands in the details."""
    if sample.events == 0:
        return NotEstimable("no events were observed")
    n, residual = len(sample), sample.outcome - value * sample.risk
    if n < 2:
        return NotEstimable("fewer than two patients")
    log_se = float(np.std(residual, ddof=1)) / (n**0.5 * sample.prevalence)
    interval = wald(value, level, scale_se=log_se, scale="log", method="wald on log, ratio variance")
    binomial = wald(value, level, scale_se=((1 - sample.prevalence) / sample.events) ** 0.5, scale="log")
    if isinstance(interval, NotEstimable) or isinstance(binomial, NotEstimable):
        return interval
    details = {"low_binomial": binomial.low, "high_binomial": binomial.high}
    return Interval(interval.low, interval.high, level, interval.method, interval.se, interval.scale_se, details)


OBSERVED_EXPECTED = Measure(
    kind="binary",
    name="observed_expected",
    family="calibration",
    label="Observed / expected events",
    compute=observed_expected,
    interval=ratio_interval,
    interval_name="Wald on the log scale, se of log r = sd(y − r·p) / (√n·mean(y))",
    scale="log",
    ideal=1.0,
    direction="target",
    formula="r = mean(y) / mean(p)",
    convention="the common binomial error √((1 − mean(y))/Σy) ignores that risks explain outcomes; its interval is in "
    "the details",
    source="Debray 2017, doi:10.1136/bmj.i6460; delta method of a ratio of means",
)
OBSERVED_EXPECTED_NOMINAL, OBSERVED_EXPECTED_ORDINAL = each_category(
    OBSERVED_EXPECTED, label="Observed / expected number of patients"
)
