"""Small models whose explanations can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.model import RegisteredModel
from cds.core.model_card import DevelopmentSummary, Feature, ModelCard
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Score, Value
from cds.stats.inputs import prepare_inputs


class Formula:
    """A model that is one formula over its prepared inputs."""

    adapter = "formula"

    def __init__(self, card: ModelCard, formula: Callable[[pd.DataFrame], Prediction]) -> None:
        self.card, self.formula, self.calls = card, formula, 0

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        self.calls += 1
        return self.formula(prepare_inputs(self.card, features))


def sigmoid(log_odds: FloatArray) -> FloatArray:
    return 1 / (1 + np.exp(-log_odds))


def numbers(*names: str) -> tuple[Feature, ...]:
    return tuple(Feature(name=name, type="number") for name in names)


def registered(
    formula: Callable[[pd.DataFrame], Prediction],
    inputs: Sequence[Feature],
    background: pd.DataFrame | None,
    *,
    unit: str = "",
    development: DevelopmentSummary | None = None,
) -> RegisteredModel:
    card = ModelCard(
        name="formula",
        version="1",
        outcome="binary",
        unit=unit,
        inputs=tuple(inputs),
        development=development,
    )
    return RegisteredModel(Formula(card, formula), "0" * 64, "memory", background, background_sha256="b" * 64)


def risk_of(columns: dict[str, float], intercept: float = 0.0) -> Callable[[pd.DataFrame], Risk]:
    """A logistic model of these coefficients."""

    def formula(features: pd.DataFrame) -> Risk:
        log_odds = intercept + sum(features[name].to_numpy() * beta for name, beta in columns.items())
        return Risk(sigmoid(np.asarray(log_odds, dtype=np.float64)))

    return formula


__all__ = [
    "ClassProbabilities",
    "Formula",
    "Risk",
    "RiskByHorizon",
    "Score",
    "Value",
    "numbers",
    "registered",
    "risk_of",
    "sigmoid",
]
