"""A model whose predictions were fitted to new patients: recalibrated, isotonic or beta, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError, CardError
from cds.core.model import Additive, Imputing, Model, OfTrees
from cds.core.model_card import ModelCard
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.structure import Shares, Trees
from cds.models.update_file import UPDATED, Beta, Isotonic, Linear, LogOdds, LogRatios, Step

OUTCOMES = {"log_odds": "binary", "steps": "binary", "beta": "binary", "value": "continuous", "log_ratios": "nominal"}


@dataclass(frozen=True, eq=False)
class UpdatedModel:
    """A base model behind an updated card, and what is done to its predictions.

    Raises:
        CardError: a step that does not go with the card's outcome.
    """

    card: ModelCard
    base: Model
    steps: tuple[Step, ...]
    adapter: str = UPDATED

    def __post_init__(self) -> None:
        for step in self.steps:
            if self.card.outcome != OUTCOMES[step.scale]:
                raise CardError(f"an update of {OUTCOMES[step.scale]} outcomes with a card of {self.card.outcome} ones")

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        """The base model's prediction, updated; refuses what the base refuses."""
        prediction = self.base.predict(features, horizons=horizons)
        for step in self.steps:
            prediction = updated(prediction, step)
        return prediction

    @property
    def assumed_inputs(self) -> Mapping[str, Any]:
        """What the base model takes for a missing input."""
        return self.base.assumed_inputs if isinstance(self.base, Imputing) else {}

    def additive_shares(self, features: pd.DataFrame) -> Shares | None:
        """The base model's, times the slopes of the steps; None where a step is not linear on their scale."""
        found = self.base.additive_shares(features) if isinstance(self.base, Additive) else None
        slope = None if found is None else self._slope(found.scale)
        return None if found is None or slope is None else replace(found, values=slope * found.values)

    def trees(self) -> Trees | None:
        """The base model's with their leaves times the slopes of the steps; None as for additive_shares."""
        found = self.base.trees() if isinstance(self.base, OfTrees) else None
        slope = None if found is None else self._slope(found.scale)
        if found is None or slope is None:
            return None
        return replace(found, trees=tuple(replace(tree, values=slope * tree.values) for tree in found.trees))

    def _slope(self, scale: str) -> float | None:
        """The product of the steps' slopes, where all of them are linear on this scale for every prediction."""
        slope = 1.0
        for step in self.steps:
            linear = isinstance(step, Linear) or (isinstance(step, LogOdds) and step.low is None)
            if not linear or step.scale != scale or not isinstance(step, (Linear, LogOdds)):
                return None
            slope *= step.slope
        return slope


def updated(prediction: Prediction, step: Step) -> Prediction:
    """A prediction after one step.

    >>> step = LogOdds(method="intercept", intercept=0.0)
    >>> updated(Risk(np.array([0.2])), step).values
    array([0.2])
    """
    match step, prediction:
        case LogOdds(), Risk():
            p = _within(prediction.values, step.low, step.high)
            with np.errstate(divide="ignore"):
                return Risk(_expit(step.intercept + step.slope * (np.log(p) - np.log1p(-p))))
        case Isotonic(), Risk():
            return Risk(np.clip(np.interp(prediction.values, step.risk, step.observed), step.low, step.high))
        case Beta(), Risk():
            return Risk(_beta(_within(prediction.values, step.low, step.high), step))
        case Linear(), Value():
            return _linear(prediction, step)
        case LogRatios(), ClassProbabilities():
            return _log_ratios(prediction, step)
    if not isinstance(step, (LogOdds, Isotonic, Beta, Linear, LogRatios)):
        assert_never(step)
    raise ArtifactError(f"an update by {step.scale} does not apply to a {type(prediction).__name__}")


def _within(risk: FloatArray, low: float | None, high: float | None) -> FloatArray:
    return risk if low is None or high is None else np.clip(risk, low, high)


def _expit(x: FloatArray) -> FloatArray:
    from scipy.special import expit

    risk: FloatArray = expit(x)
    return risk


def _beta(p: FloatArray, step: Beta) -> FloatArray:
    from scipy.special import xlog1py, xlogy

    # xlogy: a coefficient of 0 takes no notice of a risk of exactly 0 or 1.
    return _expit(xlogy(step.a, p) - xlog1py(step.b, -p) + step.c)


def _linear(prediction: Value, step: Linear) -> Value:
    def moved(values: FloatArray | None) -> FloatArray | None:
        return None if values is None else step.intercept + step.slope * values

    values = step.intercept + step.slope * prediction.values
    return replace(prediction, values=values, low=moved(prediction.low), high=moved(prediction.high))


def _log_ratios(prediction: ClassProbabilities, step: LogRatios) -> ClassProbabilities:
    values = prediction.values
    if values.shape[1] != len(step.slopes) + 1:
        raise ArtifactError(f"the update has {len(step.slopes)} log-ratios, the model {values.shape[1] - 1}")
    with np.errstate(divide="ignore"):
        ratios = np.log(values[:, 1:]) - np.log(values[:, :1])
    linear = np.column_stack([np.zeros(len(values)), np.asarray(step.intercepts) + np.asarray(step.slopes) * ratios])
    grown = np.exp(linear - linear.max(axis=1, keepdims=True))
    return ClassProbabilities(grown / grown.sum(axis=1, keepdims=True), prediction.categories)
