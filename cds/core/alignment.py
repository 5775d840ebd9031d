"""Aligns what was observed with what was predicted: one sample class per outcome kind."""

from __future__ import annotations

from typing import Any

from cds.core.arrays import FloatArray, IntArray
from cds.core.errors import DataError
from cds.core.outcome import Binary, Continuous, Nominal, Ordinal, Outcome
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.sample import BinarySample, Design, Sample
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample

NEEDS = {
    "binary": "the probability of the outcome (Risk)",
    "nominal": "the probability of each category (ClassProbabilities)",
    "ordinal": "the probability of each category (ClassProbabilities)",
    "continuous": "an expected value (Value)",
}


def align(
    outcome: Outcome,
    prediction: Prediction,
    *,
    weights: FloatArray | None = None,
    patient: IntArray | None = None,
    design: Design = "simple",
    shows_prevalence: bool = True,
    clip: tuple[float, float] | None = None,
) -> Sample:
    """The sample of an outcome and its prediction, row by row; every outcome observed.

    Probabilities are put in the order of the outcome's categories. ``clip`` bounds what is
    put on the log scale.

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
    raise DataError(
        f"the outcome is {outcome.kind} and needs {NEEDS.get(outcome.kind, 'its own kind of prediction')}; "
        f"the model gives {type(prediction).__name__}",
        do="Use a model that predicts the protocol's outcome",
    )


def _in_order(prediction: ClassProbabilities, categories: tuple[str, ...]) -> FloatArray:
    if set(prediction.categories) != set(categories) or len(prediction.categories) != len(categories):
        raise DataError(
            f"the outcome's categories are {', '.join(categories)}; "
            f"the predictions' are {', '.join(prediction.categories)}",
            do="Name the same categories in the protocol and in the model's card",
        )
    return prediction.values[:, [prediction.categories.index(c) for c in categories]]
