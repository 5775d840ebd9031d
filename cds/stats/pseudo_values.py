"""Jackknife pseudo-values: what each patient contributes to the cumulative incidence at a horizon, censored or not."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import aalen_johansen, cumulative_incidence, incidence_influence, time_places
from cds.stats.end_of_follow_up import refused_after_the_end, refused_with_entry
from cds.stats.kaplan_meier import kaplan_meier, risk_table

FEWEST = 2


def pseudo_values(sample: CompetingRisksSample) -> FloatArray | NotEstimable:
    """n·F(t) − (n − 1)·F₋ᵢ(t) of each row, F the Aalen–Johansen estimate and F₋ᵢ the one without the row's patient.

    Shape (n,); t is the sample's horizon. Their mean is close to F(t), and a regression of them on covariates
    estimates what the same regression of the (partly unseen) event indicators would. An integer weight w stands for
    w patients, of whom one is left out; where weights are not in whole numbers, also after division by their mean,
    F(t) + n·∂F(t)/∂wᵢ stands for the difference. Not estimable with delayed entry, or where no follow-up reaches t.

    Andersen, Klein & Rosthøj 2003, doi:10.1093/biomet/90.1.15; all n values come from two passes over the times.
    """

    def make() -> FloatArray | NotEstimable:
        refused = refused_with_entry(sample, "a regression of pseudo-values") or refused_after_the_end(sample)
        if refused:
            return refused
        if sample.total < FEWEST:
            return NotEstimable("fewer than two patients: nobody can be left out")
        return _pseudo_values(sample, sample.last_time if sample.horizon is None else sample.horizon)

    return sample.memo("pseudo_values", make)


def _pseudo_values(sample: CompetingRisksSample, when: float) -> FloatArray:
    weights = sample.weights
    if weights is None or _whole(weights):
        return _left_out(sample, when)
    present = weights[weights > 0]
    scaled = weights * (len(present) / present.sum())
    if _whole(np.round(scaled, 12)):
        return _left_out(sample.reweight(np.round(scaled)), when)
    return cumulative_incidence(sample, when) + sample.total * incidence_influence(sample, when)


def _whole(weights: FloatArray) -> bool:
    return bool((weights == np.round(weights)).all())


def _left_out(sample: CompetingRisksSample, when: float) -> FloatArray:
    """The exact jackknife: before patient i leaves, every risk set has one fewer; afterwards it is unchanged."""
    table, everyone = risk_table(sample), cumulative_incidence(sample, when)
    known = int(np.searchsorted(table.time, when, side="right"))
    if not known:
        return np.zeros(len(sample))
    fewer = table.at_risk[:known] - 1
    of_cause, of_any = _share(table.events[:known], fewer), np.minimum(_share(table.ended[:known], fewer), 1.0)
    free = np.concatenate([[1.0], np.cumprod(1 - of_any)])
    incidence = np.concatenate([[0.0], np.cumsum(free[:-1] * of_cause)])
    # Conditional on no event by the time that the patient leaves, what is still to come goes on without change.
    survival, curve = kaplan_meier(sample).value[:known], aalen_johansen(sample).value[:known]
    to_come = _share(everyone - curve, survival)
    place = np.minimum(time_places(sample), known - 1)
    others = fewer[place]
    cause = _share(table.events[place] - sample.is_event, others)
    ended = _share(table.ended[place] - (sample.status > 0), others)
    at_own_time = np.where(others > 0, cause + (1 - ended) * to_come[place], 0.0)
    without = np.where(sample.time > when, incidence[known], incidence[place] + free[place] * at_own_time)
    values: FloatArray = sample.total * everyone - (sample.total - 1) * without
    return values


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
