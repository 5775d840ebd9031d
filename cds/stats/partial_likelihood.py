"""Efron's log partial likelihood of a Cox regression, its derivatives, and the hazard that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.stats.risk_sets import RiskSets, Ties


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """The partial likelihood's pieces at one β, the covariates standardised.

    ``step`` is dΛ per event time and ``tied`` the part of it that those with an event there do not meet; ``mean`` are
    the covariates' means (k, terms) over the risk set of each term, ``hazard`` each term's part of dΛ.
    """

    value: float
    score: FloatArray
    information: FloatArray
    step: FloatArray
    tied: FloatArray
    mean: FloatArray
    hazard: FloatArray
    denominator: FloatArray
    events: float


def partial_likelihood(
    beta: FloatArray, x: FloatArray, sets: RiskSets, weights: FloatArray | None, ties: Ties
) -> PartialLikelihood:
    """Efron's log partial likelihood, its derivatives and the hazard's steps at β.

    Second derivatives are summed over rows with the hazard that each has met, not over risk sets.
    """
    times, rows, share = len(sets.times), sets.rows, ties.share
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        linear = beta @ x
        risk = np.exp(linear) if weights is None else weights * np.exp(linear)
        denominator = sets.sums(risk)[ties.time] - share * sets.of_events(risk[rows])[ties.time]
        hazard = ties.weight / denominator
        mean = np.empty((len(x), len(ties.time)))
        for k, row in enumerate(x):
            values = row * risk
            mean[k] = (sets.sums(values)[ties.time] - share * sets.of_events(values[rows])[ties.time]) / denominator
        of_events = linear[rows] if weights is None else weights[rows] * linear[rows]
        value = float(of_events.sum() - ties.weight @ np.log(denominator))
        step, tied = ties.per_time(hazard, times), ties.per_time(hazard * share, times)
        met = sets.accumulated(step)
        met[rows] -= tied[sets.place]
        score = x[:, rows] @ (np.ones(len(rows)) if weights is None else weights[rows]) - mean @ ties.weight
        information = (x * (risk * met)) @ x.T - (mean * ties.weight) @ mean.T
    return PartialLikelihood(value, score, information, step, tied, mean, hazard, denominator, float(ties.weight.sum()))
