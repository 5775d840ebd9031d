"""Weights by the inverse probability of not being censored, and what estimating that probability adds to an error."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import time_places
from cds.stats.censoring_cox import cox_terms, cox_weights, horizon_of
from cds.stats.end_of_follow_up import refused_with_entry, refused_without_anyone_beyond
from cds.stats.influence import of_a_mean
from cds.stats.kaplan_meier import censoring_survival, risk_table

WEIGHTING = "weighting by the inverse probability of not being censored"


def censoring_assumption(sample: CompetingRisksSample) -> str:
    """What the weights take for granted about censoring, in words."""
    if sample.censoring is None:
        return "censoring is independent of everything; G is its Kaplan–Meier estimate"
    count = sample.censoring.shape[1]
    given = "the covariate" if count == 1 else f"the {count} covariates"
    return f"censoring is independent of the event given {given} of a Cox model of the censoring times, which gives G"


def censoring_weights(sample: CompetingRisksSample) -> FloatArray | NotEstimable:
    """Each row's weight at the sample's horizon, shape (n,), to be multiplied by the sample's own weights.

    1/G(T−) where any event ended follow-up by the horizon, 1/G(horizon) beyond it, 0 where censored by then. G is the
    chance of not being censored: reverse Kaplan–Meier, events leaving before censorings tied with them, or a Cox
    model where the sample has covariates of censoring. Refused with delayed entry and where nobody is followed beyond
    the horizon. Gerds & Schumacher 2006, doi:10.1002/bimj.200610301.
    """

    def make() -> FloatArray | NotEstimable:
        refused = refused_with_entry(sample, WEIGHTING) or refused_without_anyone_beyond(sample)
        if refused is not None:
            return refused
        if sample.censoring is not None:
            return cox_weights(sample, ended(sample), beyond(sample))
        left = censoring_survival(sample)
        before = np.concatenate([[left.start], left.value[:-1]])
        inverse = np.divide(1.0, before, out=np.zeros(len(before)), where=before > 0)
        now = 1 / float(left.at(horizon_of(sample)))
        return np.where(beyond(sample), now, np.where(ended(sample), inverse[time_places(sample)], 0.0))

    return sample.memo("censoring_weights", make)


def weighted_influence(sample: CompetingRisksSample, pull: FloatArray) -> FloatArray | NotEstimable:
    """What each row adds to the error of a value made with the weights, the estimation of G included, shape (n,).

    ``pull`` (n,) is ∂value/∂log W of each row, W its censoring weight. A row counts through its own weight and through
    everybody's G: by Kaplan–Meier Σ over u of B(u)/Y(u)·(dNᵢ(u) − Yᵢ(u)·dΛ(u)), N counting censorings and B(u) the
    pull of the rows whose weight a censoring at u changes. For a sample without weights. The squares sum to the
    squared standard error, as riskRegression's Score(conservative = FALSE). Graf et al. 1999,
    doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5; Blanche et al. 2013,
    doi:10.1002/sim.5958.
    """
    if sample.censoring is None:
        through: FloatArray | NotEstimable = _kaplan_meier_terms(sample, pull)
    else:
        through = cox_terms(sample, pull)
    return through if isinstance(through, NotEstimable) else of_a_mean(len(sample) * (pull + through))


def ended(sample: CompetingRisksSample) -> BoolArray:
    """Rows whose follow-up any event ended by the sample's horizon."""
    return sample.rows_memo("ended", lambda: (sample.status > 0) & (sample.time <= horizon_of(sample)))


def beyond(sample: CompetingRisksSample) -> BoolArray:
    """Rows followed beyond the sample's horizon."""
    return sample.rows_memo("beyond", lambda: sample.time > horizon_of(sample))


def _kaplan_meier_terms(sample: CompetingRisksSample, pull: FloatArray) -> FloatArray:
    table, place = risk_table(sample), time_places(sample)
    own = np.bincount(place, weights=pull, minlength=len(table.time))
    later = np.where(table.time <= horizon_of(sample), own.sum() - np.cumsum(own), 0.0)
    share = later / table.at_risk
    met = np.cumsum(share * table.censored / table.at_risk)
    terms: FloatArray = np.where(sample.status == 0, share[place], 0.0) - met[place]
    return terms
