"""Aligns what was observed with what was predicted: one sample class per outcome kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cds.core.arrays import FloatArray, IntArray
from cds.core.errors import DataError
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Ordinal, Outcome, Repeated, Survival
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Value
from cds.core.sample import Design, Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.sample_times import CompetingRisksSample, FollowUp, SurvivalSample

NEEDS = {
    "binary": "the probability of the outcome (Risk)",
    "nominal": "the probability of each category (ClassProbabilities)",
    "ordinal": "the probability of each category (ClassProbabilities)",
    "continuous": "an expected value (Value)",
    "repeated": "an expected value of a number at each visit (Value)",
    "survival": "the risk by each horizon (RiskByHorizon)",
    "competing_risks": "the risk of the cause by each horizon (RiskByHorizon)",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeRules:
    """How times to an event are analysed: see ``CompetingRisksSample`` for each of them."""

    cause: int = 1
    follow_up: FollowUp = "to_horizon"
    censoring: FloatArray | None = None
    grid: tuple[float, ...] = ()


def align(
    outcome: Outcome,
    prediction: Prediction,
    *,
    weights: FloatArray | None = None,
    patient: IntArray | None = None,
    design: Design = "simple",
    shows_prevalence: bool = True,
    clip: tuple[float, float] | None = None,
    times: TimeRules | None = None,
) -> Sample:
    """The sample of an outcome and its prediction, row by row; every outcome observed.

    Probabilities are put in the order of the outcome's categories. ``clip`` bounds what is
    put on the log scale; ``times`` says how times to an event are analysed.

    Raises:
        DataError: a prediction of another kind or of other categories than the outcome; missing outcomes.
    """
    shared: dict[str, Any] = {"weights": weights, "patient": patient, "design": design}
    shared["shows_prevalence"] = shows_prevalence
    match outcome, prediction:
        case Binary(), Risk():
            return BinarySample(outcome=outcome.event, risk=prediction.values, clip=clip, **shared)
        case Nominal(), ClassProbabilities():
            made = OrdinalSample if isinstance(outcome, Ordinal) else NominalSample
            return made(
                code=outcome.code,
                probability=_in_order(prediction, outcome.categories),
                categories=outcome.categories,
                clip=clip,
                **shared,
            )
        case Continuous(), Value():
            return ContinuousSample(
                observed=outcome.value,
                predicted=prediction.values,
                low=prediction.low,
                high=prediction.high,
                interval_level=prediction.level,
                **shared,
            )
        case Repeated(measured=Continuous()), Value():
            return _repeated(outcome, prediction, shared)
        case CompetingRisks(), RiskByHorizon():
            return _with_times(outcome, prediction, times or TimeRules(), {**shared, "clip": clip})
    raise DataError(
        f"the outcome is {outcome.kind} and needs {NEEDS.get(outcome.kind, 'its own kind of prediction')}; "
        f"the model gives {type(prediction).__name__}",
        do="Use a model that predicts the protocol's outcome",
    )


def _repeated(outcome: Repeated, prediction: Value, shared: dict[str, Any]) -> RepeatedSample:
    if not isinstance(outcome.measured, Continuous):
        raise DataError("only numbers are followed over visits here")
    return RepeatedSample(
        observed=outcome.measured.value,
        predicted=prediction.values,
        visit=outcome.visit,
        low=prediction.low,
        high=prediction.high,
        interval_level=prediction.level,
        baseline=outcome.baseline,
        responder=outcome.responder,
        **shared,
    )


def _with_times(
    outcome: CompetingRisks, prediction: RiskByHorizon, rules: TimeRules, shared: dict[str, Any]
) -> CompetingRisksSample:
    made = SurvivalSample if isinstance(outcome, Survival) else CompetingRisksSample
    return made(
        time=outcome.time,
        status=outcome.status,
        risk=prediction.values,
        horizons=prediction.horizons,
        linear_predictor=prediction.linear_predictor,
        entry=outcome.entry,
        time_unit=outcome.time_unit,
        cause=1 if isinstance(outcome, Survival) else rules.cause,
        follow_up=rules.follow_up,
        censoring=rules.censoring,
        grid=rules.grid,
        **shared,
    )


def _in_order(prediction: ClassProbabilities, categories: tuple[str, ...]) -> FloatArray:
    if set(prediction.categories) != set(categories) or len(prediction.categories) != len(categories):
        raise DataError(
            f"the outcome's categories are {', '.join(categories)}; "
            f"the predictions' are {', '.join(prediction.categories)}",
            do="Name the same categories in the protocol and in the model's card",
        )
    return prediction.values[:, [prediction.categories.index(c) for c in categories]]
