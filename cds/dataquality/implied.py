"""The implied concordance beside the observed one: is lower performance case mix, or the model?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.model_card import PredictionSummary
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Request, Study
from cds.stats.influence import paired_se
from cds.stats.intervals import wald
from cds.stats.prediction_summary import Scale, horizon_key, implied_concordance, summary

MEASURE, ANALYSIS, FAMILY = "implied_c", "case_mix", "dataquality"
Part = tuple[str, FloatArray, Scale, Request | None]
CLAIMED = {"auroc": ("auroc",), "uno_c": ("uno_c", "harrell_c"), "dynamic_auroc": ("auroc",)}


@dataclass(frozen=True, eq=False)
class Predicted:
    """What the model predicts of these patients (of one category, by one horizon), and of those of development.

    ``request`` asks for the observed concordance that the implied one is compared with; None where there is none.
    """

    here: PredictionSummary
    development: PredictionSummary | None
    scale: Scale
    rows: int
    request: Request | None = None
    time_unit: str = ""
    implied: Estimate | NotEstimable | None = None
    observed: Estimate | None = None
    beyond: Interval | None = None
    claimed: float | None = None

    @property
    def about(self) -> str:
        """Of which category, or by which horizon, in brackets; empty where there is one prediction."""
        if self.request is None:
            return ""
        told = self.request.category or ""
        if self.request.horizon is not None:
            told = f"by {self.request.horizon:g} {self.time_unit}".rstrip()
        return f" ({told})" if told else ""

    @property
    def what_spreads(self) -> str:
        """What the spread is of."""
        return "prediction" if self.scale == "value" else "linear predictor"

    @property
    def spread(self) -> float | None:
        """The sd of the linear predictor here, of a number that of the prediction."""
        return self.here.sd if self.scale == "value" else self.here.linear_predictor_sd

    @property
    def development_spread(self) -> float | None:
        """The same in development, where it was recorded."""
        if self.development is None:
            return None
        return self.development.sd if self.scale == "value" else self.development.linear_predictor_sd


def predicted(study: Study) -> tuple[Predicted, ...]:
    """The predictions of the study's patients, averaged over imputations; none of several landmarks at once."""
    if not study.judged_as_a_whole:
        return ()
    parts = _parts(study.sample, study)
    return tuple(_one(study, k, part) for k, part in enumerate(parts))


def _parts(sample: Sample, study: Study) -> list[Part]:
    """A sample's predictions, each with its key in the card's summary and the observed measure that belongs to it."""
    if isinstance(sample, BinarySample):
        return [("risk", sample.risk, "probability", Request("auroc"))]
    if isinstance(sample, NominalSample):
        columns = zip(sample.categories, sample.probability.T, strict=True)
        return [(name, column, "probability", Request("auroc", category=name)) for name, column in columns]
    if isinstance(sample, ContinuousSample | RepeatedSample):
        return [("value", sample.predicted, "value", None)]
    if isinstance(sample, CompetingRisksSample):
        horizon = _horizon(sample, study)
        competing = sample.kind == "competing_risks"
        request = Request("dynamic_auroc" if competing else "uno_c", horizon=horizon)
        risk, scale = sample.at(horizon).risk_now, "competing_risks" if competing else "survival"
        return [(horizon_key(horizon), risk, scale, request)]  # type: ignore[list-item]  # one of two literals
    return []


def _horizon(sample: CompetingRisksSample, study: Study) -> float:
    """The last horizon that the card has a summary of, else the last."""
    asked = [h for h in study.settings.horizons if h in sample.horizons] or list(sample.horizons)
    held = {} if study.card is None or study.card.development is None else study.card.development.predictions
    return ([h for h in asked if horizon_key(h) in held] or asked)[-1]


def _one(study: Study, k: int, part: Part) -> Predicted:
    key, values, scale, request = part
    each = [_parts(sample, study)[k][1] for sample in study.samples]
    weights = [sample.weights for sample in study.samples]
    found = [summary(v, scale, w) for v, w in zip(each, weights, strict=True)]
    implied, terms = _implied(study, each, scale)
    observed = None if request is None else _observed(study, request)
    development = None
    if study.card is not None and study.card.development is not None:
        development = study.card.development.predictions.get(key)
    return Predicted(
        here=_averaged(found),
        development=development,
        scale=scale,
        rows=len(values),
        request=request,
        time_unit=str(getattr(study.sample, "time_unit", "")),
        implied=implied,
        observed=observed,
        beyond=_beyond(study, request, implied, observed, terms),
        claimed=None if request is None else _claimed(study, request),
    )


def _averaged(found: Sequence[PredictionSummary]) -> PredictionSummary:
    """The mean of each number over imputations; the first one's where there is one."""

    def mean(name: str) -> float | None:
        known = [value for one in found if (value := getattr(one, name)) is not None]
        return float(np.mean(known)) if len(known) == len(found) else None

    names = ("sd", "linear_predictor_mean", "linear_predictor_sd", "implied_c")
    centre = mean("mean")
    return found[0].model_copy(update={"mean": centre, **{name: mean(name) for name in names}})


def _implied(
    study: Study, each: Sequence[FloatArray], scale: Scale
) -> tuple[Estimate | NotEstimable, FloatArray | None]:
    """The implied concordance, and its terms per row where they give an interval."""
    sample = study.sample
    found = [implied_concordance(v, scale, s.weights) for v, s in zip(each, study.samples, strict=True)]
    known = [one for one in found if not isinstance(one, NotEstimable)]
    if len(known) < len(found):
        return next(one for one in found if isinstance(one, NotEstimable)), None
    value = float(np.mean([one.value for one in known]))
    plain = len(found) == 1 and sample.analytic
    interval = (
        known[0].interval(study.settings.level)
        if plain
        else NotEstimable("the normal approximation is for one row per patient, unweighted and not imputed")
    )
    events = sample.events
    estimate = Estimate(value, interval, "logit", len(sample), None if events is None else round(events))
    return estimate, known[0].terms if plain else None


def _observed(study: Study, request: Request) -> Estimate | None:
    answer = study.answers.get(request)
    if answer is not None:
        return answer.result if isinstance(answer.result, Estimate) else None
    measure = study.measures.get(request.measure)
    value = None if measure is None else measure.compute(study.sample, **request.parameters)
    if not isinstance(value, float):
        return None
    return Estimate(value, NotEstimable("not asked for"), "logit", len(study.sample))


def _beyond(
    study: Study,
    request: Request | None,
    implied: Estimate | NotEstimable,
    observed: Estimate | None,
    terms: FloatArray | None,
) -> Interval | None:
    """The interval of observed − implied, from both numbers' terms on the same patients."""
    measure = None if request is None else study.measures.get(request.measure)
    if measure is None or measure.influence is None or request is None or observed is None or terms is None:
        return None
    if not isinstance(implied, Estimate):
        return None
    theirs = measure.influence(study.sample, **request.parameters)
    if isinstance(theirs, NotEstimable):
        return None
    interval = wald(observed.value - implied.value, study.settings.level, se=paired_se(theirs, terms))
    return interval if isinstance(interval, Interval) else None


def _claimed(study: Study, request: Request) -> float | None:
    claims: Mapping[str, Any] = {} if study.card is None else study.card.claims
    for name in CLAIMED[request.measure] if request.category is None else ():
        try:
            return float(claims[name])
        except (KeyError, TypeError, ValueError):
            continue
    return None


def implied_finding(study: Study, view: Predicted) -> Finding | None:
    """The implied concordance as a finding, with the observed one and their difference in its details."""
    if view.request is None:
        return None
    return Finding(
        MEASURE, FAMILY, view.implied, analysis=ANALYSIS, horizon=view.request.horizon, category=view.request.category,
        parameters=study.sample.shown_parameters, details={**numbers_of(view), "compared_with": view.request.measure},
    )  # fmt: skip


def numbers_of(view: Predicted) -> dict[str, Any]:
    """The implied, observed, claimed and development's concordance, and observed − implied with its interval."""
    implied = view.implied.value if isinstance(view.implied, Estimate) else None
    observed = None if view.observed is None else view.observed.value
    found = {
        "implied": implied,
        "observed": observed,
        "observed_minus_implied": None if implied is None or observed is None else observed - implied,
        "low": None if view.beyond is None else view.beyond.low,
        "high": None if view.beyond is None else view.beyond.high,
        "development_implied": None if view.development is None else view.development.implied_c,
        "claimed": view.claimed,
    }
    return {name: value for name, value in found.items() if value is not None}
