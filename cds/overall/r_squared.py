"""R² of the predictions as given: how much of the outcome's variation they account for, without refitting."""

from __future__ import annotations

from math import exp

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_kinds import ContinuousSample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import is_nothing, t_quantile
from cds.stats.least_squares import varies, weighted_mean
from cds.stats.per_visit import each_visit

FEWEST = 3


def unexplained(sample: ContinuousSample) -> float | NotEstimable:
    """SSE/SST: Σ(y − ŷ)² / Σ(y − ȳ)²."""
    if not varies(sample.observed, sample.weights):
        return NotEstimable("every observed value is the same: there is no variation to explain")
    errors, spread = _squares(sample)
    return weighted_mean(sample, errors) / weighted_mean(sample, spread)


def r_squared(sample: ContinuousSample) -> float | NotEstimable:
    """1 − SSE/SST: 1 is perfect, 0 no better than the mean of these patients, negative worse."""
    share = unexplained(sample)
    return share if isinstance(share, NotEstimable) else 1 - share


def r_squared_interval(sample: ContinuousSample, value: float, level: float) -> Interval | NotEstimable:
    """Delta method on log(SSE/SST), Student's t with n − 1 degrees of freedom."""
    share, n = 1 - value, len(sample)
    if n < FEWEST:
        return NotEstimable("fewer than three patients")
    if share <= 0:
        return NotEstimable("zero variance: every prediction is exact")
    terms = r_squared_influence(sample)
    if isinstance(terms, NotEstimable):
        return terms
    se = float(np.sqrt(terms @ terms))
    if is_nothing(se, share):
        return NotEstimable("zero variance: every patient contributes the same, so the data give no interval")
    factor = exp(t_quantile(level, n - 1) * se / share)
    return Interval(1 - share * factor, 1 - share / factor, level, "delta, log scale", se, se)


def r_squared_influence(sample: ContinuousSample) -> FloatArray | NotEstimable:
    """(SSE/SST)·(y − ȳ)² − (y − ŷ)² over the mean of (y − ȳ)², over √(n(n − 1))."""
    share = unexplained(sample)
    if isinstance(share, NotEstimable):
        return share
    errors, spread = _squares(sample)
    return of_a_mean((share * spread - errors) / float(spread.mean()))


def _squares(sample: ContinuousSample) -> tuple[FloatArray, FloatArray]:
    mean = weighted_mean(sample, sample.observed)
    return (sample.observed - sample.predicted) ** 2, (sample.observed - mean) ** 2


R_SQUARED = Measure(
    kind="continuous",
    name="r_squared",
    family="overall",
    label="R²",
    compute=r_squared,
    interval=r_squared_interval,
    influence=r_squared_influence,
    interval_name="delta method on log(1 − R²), Student's t with n − 1 degrees of freedom",
    ideal=1.0,
    direction="higher",
    formula="1 − Σ(y − ŷ)² / Σ(y − mean(y))²",
    convention="of the predictions as given, not refitted: not the squared correlation, and negative where the mean "
    "of these patients would predict better",
    source="Kvålseth 1985, doi:10.1080/00031305.1985.10479448; Steyerberg 2010, doi:10.1097/EDE.0b013e3181c30fb2",
)
R_SQUARED_REPEATED = each_visit(R_SQUARED, terms=r_squared_influence, scale="log of 1 − value")
