"""Prediction intervals: how many observed values they hold, and what a wide or a missed one costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_kinds import ContinuousSample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import wald, wilson
from cds.stats.least_squares import weighted_mean
from cds.stats.per_visit import each_visit

NO_INTERVALS = "the model gives no prediction intervals"
NO_LEVEL = "the level of the model's prediction intervals is not declared"


def covered(sample: ContinuousSample) -> FloatArray | NotEstimable:
    """1 where low ≤ y ≤ high, else 0, shape (n,)."""
    if sample.low is None or sample.high is None:
        return NotEstimable(NO_INTERVALS)
    return ((sample.low <= sample.observed) & (sample.observed <= sample.high)).astype(np.float64)


def interval_coverage(sample: ContinuousSample) -> float | NotEstimable:
    """Share of observed values inside their prediction interval, bounds included."""
    inside = covered(sample)
    return inside if isinstance(inside, NotEstimable) else weighted_mean(sample, inside)


def coverage_interval(sample: ContinuousSample, value: float, level: float) -> Interval | NotEstimable:
    """Wilson."""
    return wilson(round(value * len(sample)), len(sample), level)


def coverage_details(sample: ContinuousSample) -> dict[str, Any]:
    """Mean width of the intervals and the share that they are meant to hold."""
    if sample.low is None or sample.high is None:
        return {}
    nominal = {} if sample.interval_level is None else {"nominal_level": sample.interval_level}
    return {**nominal, "mean_width": weighted_mean(sample, sample.high - sample.low)}


def coverage_terms(sample: ContinuousSample) -> FloatArray | NotEstimable:
    """Inside or not, about its mean, over √(n(n − 1))."""
    inside = covered(sample)
    return inside if isinstance(inside, NotEstimable) else of_a_mean(inside)


def scores(sample: ContinuousSample) -> FloatArray | NotEstimable:
    """(h − l) + 2/α·max(l − y, 0) + 2/α·max(y − h, 0) of each row, α one minus the intervals' level; shape (n,)."""
    if sample.low is None or sample.high is None:
        return NotEstimable(NO_INTERVALS)
    if sample.interval_level is None:
        return NotEstimable(NO_LEVEL)
    low, high, y = sample.low, sample.high, sample.observed
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return (high - low) + 2 / (1 - sample.interval_level) * missed  # type: ignore[no-any-return]


def interval_score(sample: ContinuousSample) -> float | NotEstimable:
    """Mean interval score: width plus the penalty for what was missed."""
    each = scores(sample)
    return each if isinstance(each, NotEstimable) else weighted_mean(sample, each)


def score_interval(sample: ContinuousSample, value: float, level: float) -> Interval | NotEstimable:
    """value ± t·sd/√n."""
    each, n = scores(sample), len(sample)
    if isinstance(each, NotEstimable):
        return each
    if n < 2:
        return NotEstimable("fewer than two patients")
    return wald(value, level, se=float(np.std(each, ddof=1)) / n**0.5, method="student t", df=n - 1)


def score_terms(sample: ContinuousSample) -> FloatArray | NotEstimable:
    """The scores about their mean, over √(n(n − 1))."""
    each = scores(sample)
    return each if isinstance(each, NotEstimable) else of_a_mean(each)


COVERAGE = Measure(
    kind="continuous",
    name="interval_coverage",
    family="calibration",
    label="Coverage of the prediction intervals",
    compute=interval_coverage,
    interval=coverage_interval,
    interval_name="Wilson",
    is_proportion=True,
    details=coverage_details,
    ideal=None,
    direction="target",
    formula="share of y with low ≤ y ≤ high",
    convention="the ideal is the level of the prediction intervals; wide intervals cover easily, so their mean width "
    "stands beside it, and where they fail in the figure by predicted value",
    source="Gneiting 2007, doi:10.1111/j.1467-9868.2007.00587.x; Wilson 1927, doi:10.1080/01621459.1927.10502953",
)
SCORE = Measure(
    kind="continuous",
    name="interval_score",
    family="overall",
    label="Interval score",
    compute=interval_score,
    interval=score_interval,
    interval_name="Student's t: sd of the scores (n − 1) over √n",
    ideal=0.0,
    direction="lower",
    in_unit=True,
    formula="mean(high − low + 2/α·max(low − y, 0) + 2/α·max(y − high, 0)), α = 1 − the intervals' level",
    convention="proper: rewards narrow intervals that hold what they should",
    source="Winkler 1972, doi:10.1080/01621459.1972.10481224; Gneiting & Raftery 2007, "
    "doi:10.1198/016214506000001437, eq. 43",
)
COVERAGE_REPEATED = each_visit(COVERAGE, terms=coverage_terms, scale="logit")
SCORE_REPEATED = each_visit(SCORE, terms=score_terms)
