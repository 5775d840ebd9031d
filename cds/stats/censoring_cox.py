"""The chance of not being censored by a Cox model of the censoring times, and the error that its estimation adds."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.cox import CoxFit, fit_on_risk_sets, tolerance
from cds.stats.risk_sets import RiskSets

NO_CHANCE = "the Cox model of the censoring times leaves somebody no chance of having been followed so long"


def cox_weights(sample: CompetingRisksSample, ended: BoolArray, beyond: BoolArray) -> FloatArray | NotEstimable:
    """1/G(T−|x) where follow-up ended with an event by the horizon, 1/G(horizon|x) beyond it, else 0, shape (n,).

    G(t|x) = exp(−Λ₀(t)·e^(βᵀx)) from a Cox model of the censoring times with Efron's ties and baseline, in which rows
    with an event are at risk of a censoring tied with it: as riskRegression's Score(cens.model = "cox").
    """
    if not _anybody_censored(sample):
        return (ended | beyond).astype(np.float64)
    fit = censoring_model(sample)
    if isinstance(fit, NotEstimable):
        return fit
    with np.errstate(over="ignore"):
        weights = np.where(ended | beyond, np.exp(_hazards(sample, fit)), 0.0)
    present = sample.weight > 0
    if not np.isfinite(weights[present]).all():
        return NotEstimable(NO_CHANCE)
    return np.where(present, weights, 0.0)


def censoring_model(sample: CompetingRisksSample) -> CoxFit | NotEstimable:
    """The Cox model of the censoring times on the sample's covariates, centred at their means over the rows."""

    def make() -> CoxFit | NotEstimable:
        sets = sample.rows_memo("censoring_sets", lambda: RiskSets.of(sample.time, sample.status == 0))
        started = censoring_model(sample.origin) if sample.is_replicate else None
        start = started.coefficients if isinstance(started, CoxFit) else None
        fit = fit_on_risk_sets(
            _covariates(sample), sets, weights=sample.weights, start=start, tolerance=tolerance(sample)
        )
        if isinstance(fit, NotEstimable):
            return NotEstimable(f"the Cox model of the censoring times cannot be fitted: {fit.reason}")
        return fit

    return sample.memo("censoring_model", make)


def cox_terms(sample: CompetingRisksSample, pull: FloatArray) -> FloatArray | NotEstimable:
    """What each row adds to a value through the Cox model of censoring, shape (n,), for a sample without weights.

    ``pull`` (n,) is ∂value/∂log W of each row, W its weight. The derivative of Efron's baseline and coefficients with
    respect to the row's weight, the sum over everybody whose hazard it changes.
    """
    if not _anybody_censored(sample):
        return np.zeros(len(sample))
    fit = censoring_model(sample)
    if isinstance(fit, NotEstimable):
        return fit
    x, sets, ties = fit.covariates, fit.sets, fit.ties
    relative, times = fit.relative_hazard(x), len(sets.times)
    pulled = pull * relative
    earlier = np.searchsorted(sets.times, sample.time, side="left")
    later = np.cumsum(np.bincount(earlier, weights=pulled, minlength=times + 1)[::-1])[::-1][1:]
    later = np.where(sets.times <= horizon_of(sample), later, 0.0)
    tied = ties.share * sets.of_events(relative[sets.rows])[ties.time]
    denominator = sets.sums(relative)[ties.time] - tied
    each = later[ties.time] / denominator
    # Through the baseline: a censoring adds to it, being at risk takes from it, tied censorings by their share.
    count = sets.of_events(np.ones(len(sets.rows)))
    terms = -relative * sets.accumulated(ties.per_time(each / denominator, times))
    of_ties = relative[sets.rows] * ties.per_time(each / denominator * ties.share, times)[sets.place]
    terms[sets.rows] += (ties.per_time(each, times) / count)[sets.place] + of_ties
    # Through the coefficients.
    slope = x @ (pull * _hazards(sample, fit))
    for k, row in enumerate(x):
        values = row * relative
        met = sets.sums(values)[ties.time] - ties.share * sets.of_events(values[sets.rows])[ties.time]
        slope[k] -= each @ (met / denominator)
    return np.asarray(terms + slope @ fit.dfbeta, dtype=np.float64)


def horizon_of(sample: CompetingRisksSample) -> float:
    """The horizon that the sample looks at; TypeError where it looks at none."""
    if sample.horizon is None:
        raise TypeError("the sample looks at no horizon; use at(horizon)")
    return sample.horizon


def _hazards(sample: CompetingRisksSample, fit: CoxFit) -> FloatArray:
    """Each row's cumulative hazard of censoring just before its own time, or at the horizon where that is earlier."""
    horizon = horizon_of(sample)
    early = sample.time <= horizon
    baseline = np.where(early, fit.baseline.before(sample.time), fit.baseline.at(horizon))
    return np.asarray(baseline * fit.relative_hazard(fit.covariates), dtype=np.float64)


def _covariates(sample: CompetingRisksSample) -> FloatArray:
    """The covariates as rows, shape (k, n), less their means: a hazard far from 0 of them would overflow."""

    def centred() -> FloatArray:
        given = np.asarray(sample.censoring, dtype=np.float64)
        return np.ascontiguousarray((given - given.mean(axis=0)).T)

    return sample.rows_memo("censoring_covariates", centred)


def _anybody_censored(sample: CompetingRisksSample) -> bool:
    return bool((sample.weight[sample.status == 0] > 0).any())
