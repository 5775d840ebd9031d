"""Brier score at a horizon and its scaled form, the index of prediction accuracy, weighted for censoring."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import cumulative_incidence
from cds.stats.censoring_weights import censoring_assumption, censoring_weights, weighted_influence
from cds.stats.intervals import wald

SOURCE = (
    "Graf et al. 1999, doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5; "
    "Gerds & Schumacher 2006, doi:10.1002/bimj.200610301"
)
IPA_SOURCE = "Kattan & Gerds 2018, doi:10.1186/s41512-018-0029-2"


def brier(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """Σ W·(1{T ≤ t with the event} − r)² / n, W = 1/G(T−) after an event by t, 1/G(t) beyond t, else 0."""
    sample = sample.at(horizon)

    def make() -> float | NotEstimable:
        weights = censoring_weights(sample)
        if isinstance(weights, NotEstimable):
            return weights
        return float((sample.weight * weights) @ squared_errors(sample)) / sample.total

    return sample.memo("brier", make)


def squared_errors(sample: CompetingRisksSample) -> FloatArray:
    """(1{event by the sample's horizon} − risk)², shape (n,), whether or not it is known."""
    return sample.rows_memo("squared_errors", lambda: (sample.happened - sample.risk_now) ** 2)


def brier_influence(sample: CompetingRisksSample, horizon: float) -> FloatArray | NotEstimable:
    """What each row adds to the error: through its own squared error, and through everybody's censoring weights."""
    sample = sample.at(horizon)
    weights = censoring_weights(sample)
    if isinstance(weights, NotEstimable):
        return weights
    return weighted_influence(sample, sample.weight * weights * squared_errors(sample) / sample.total)


def brier_interval(sample: CompetingRisksSample, value: float, level: float, horizon: float) -> Interval | NotEstimable:
    """Wald, with the standard error from the influence function."""
    return interval_by_influence(brier_influence(sample, horizon), value, level)


def interval_by_influence(terms: FloatArray | NotEstimable, value: float, level: float) -> Interval | NotEstimable:
    """Wald, with the root of the terms' sum of squares as the standard error."""
    if isinstance(terms, NotEstimable):
        return terms
    return wald(value, level, se=float(np.sqrt(terms @ terms)), method="influence function")


def brier_null(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """The Brier score of predicting everybody the observed risk: Kaplan–Meier's, or Aalen–Johansen's with causes."""
    sample = sample.at(horizon)

    def make() -> float | NotEstimable:
        weights = censoring_weights(sample)
        if isinstance(weights, NotEstimable):
            return weights
        weights = sample.weight * weights
        cases, observed = float(weights @ sample.happened), cumulative_incidence(sample, horizon)
        others = float(weights.sum()) - cases
        return (cases * (1 - observed) ** 2 + others * observed**2) / sample.total

    return sample.memo("brier_null", make)


def ipa(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """1 − brier / brier of the observed risk: 1 is perfect, 0 no better than it, negative worse."""
    sample = sample.at(horizon)
    score, null = brier(sample, horizon), brier_null(sample, horizon)
    if isinstance(score, NotEstimable):
        return score
    if isinstance(null, NotEstimable):
        return null
    if not sample.events > 0:
        return NotEstimable(f"nobody had the event by {sample.span}: there is nothing to explain")
    return 1 - score / null if null > 0 else NotEstimable(f"everybody had the event by {sample.span}")


def brier_details(sample: CompetingRisksSample, horizon: float | None = None) -> dict[str, Any]:
    """The assumption about censoring."""
    return {"censoring": censoring_assumption(sample)}


def _ipa_details(sample: CompetingRisksSample, horizon: float) -> dict[str, Any]:
    null = brier_null(sample, horizon)
    shown = {} if isinstance(null, NotEstimable) else {"brier_null": null}
    return {**brier_details(sample), **shown}


BRIER = Measure(
    kind="survival",
    name="brier",
    family="overall",
    label="Brier score",
    compute=brier,
    interval=brier_interval,
    influence=brier_influence,
    interval_name="Wald from the influence function, the estimated censoring weights included",
    parameters=("horizon",),
    details=brier_details,
    ideal=0.0,
    direction="lower",
    formula="Σ W·(1{T ≤ t with the event} − r)² / n, W = 1/G(T−) after an event by t, 1/G(t) where T > t, else 0",
    convention="the denominator is n; events leave before censorings tied with them (not where a Cox model gives the "
    "weights, as in riskRegression); "
    "as riskRegression::Score(conservative = FALSE)",
    source=SOURCE,
)
IPA = Measure(
    kind="survival",
    name="ipa",
    family="overall",
    label="Index of prediction accuracy (scaled Brier score)",
    compute=ipa,
    parameters=("horizon",),
    details=_ipa_details,
    ideal=1.0,
    direction="higher",
    formula="1 − brier / brier of the Kaplan–Meier risk",
    convention="the reference is the Kaplan–Meier risk in these data, under the same censoring weights",
    source=IPA_SOURCE,
)
BRIER_COMPETING = replace(BRIER, kind="competing_risks")
IPA_COMPETING = replace(
    IPA,
    kind="competing_risks",
    formula="1 − brier / brier of the Aalen–Johansen risk",
    convention="the reference is the Aalen–Johansen risk of the cause in these data, under the same censoring weights",
)
