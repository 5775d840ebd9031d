"""Sensitivity, specificity and predictive values at a threshold: descriptive."""

from __future__ import annotations

from functools import partial
from typing import Literal

from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.intervals import wilson

Rate = Literal["sensitivity", "specificity", "ppv", "npv"]


def counts(sample: BinarySample, threshold: float) -> dict[str, float]:
    """Weighted true and false positives and negatives, positive when p ≥ t."""

    def make() -> dict[str, float]:
        flagged = sample.rows_memo(("flagged", threshold), lambda: (sample.risk >= threshold).astype(float))
        hits = sample.rows_memo(("hits", threshold), lambda: flagged * sample.outcome)
        tp, positive = float(sample.weight @ hits), float(sample.weight @ flagged)
        return {
            "tp": tp,
            "fp": positive - tp,
            "fn": sample.events - tp,
            "tn": sample.total - positive - sample.events + tp,
        }

    return sample.memo(("counts", threshold), make)


def fraction(rate: Rate, sample: BinarySample, threshold: float) -> tuple[float, float]:
    """Numerator and denominator of a rate."""
    c = counts(sample, threshold)
    return {
        "sensitivity": (c["tp"], c["tp"] + c["fn"]),
        "specificity": (c["tn"], c["tn"] + c["fp"]),
        "ppv": (c["tp"], c["tp"] + c["fp"]),
        "npv": (c["tn"], c["tn"] + c["fn"]),
    }[rate]


EMPTY = {
    "sensitivity": "no events",
    "specificity": "no non-events",
    "ppv": "nobody at or above the threshold",
    "npv": "nobody below the threshold",
}


def _rate(rate: Rate, sample: BinarySample, threshold: float) -> float | NotEstimable:
    numerator, denominator = fraction(rate, sample, threshold)
    return numerator / denominator if denominator > 0 else NotEstimable(EMPTY[rate])


def _interval(
    rate: Rate, sample: BinarySample, value: float, level: float, threshold: float
) -> Interval | NotEstimable:
    return wilson(*fraction(rate, sample, threshold), level)


def _measure(rate: Rate, label: str, formula: str) -> Measure:
    return Measure(
        kind="binary",
        name=rate,
        family="utility",
        label=label,
        compute=partial(_rate, rate),
        interval=partial(_interval, rate),
        interval_name="Wilson",
        parameters=("threshold",),
        is_proportion=True,
        needs_prevalence=rate in ("ppv", "npv"),  # sensitivity and specificity stay within an outcome class
        ideal=1.0,
        direction="higher",
        formula=formula,
        convention="positive when p ≥ t; descriptive; with sites, intervals and the mean over sites on the logit "
        "scale, a site where it is 0 or 1 with ½ added to both counts",
        source="Wilson 1927, doi:10.1080/01621459.1927.10502953; Van Calster 2025, doi:10.1016/j.landig.2025.100916",
    )


SENSITIVITY = _measure("sensitivity", "Sensitivity", "TP / (TP + FN)")
SPECIFICITY = _measure("specificity", "Specificity", "TN / (TN + FP)")
PPV = _measure("ppv", "Positive predictive value", "TP / (TP + FP)")
NPV = _measure("npv", "Negative predictive value", "TN / (TN + FN)")
