"""Predictions on made-up rows, kept with a version: a library that predicts otherwise later is noticed."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError, InputError
from cds.core.model import Model
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Score, Value

CHECK = "check.json"
ROWS = 12
TOLERANCE = 1e-6


def trial_rows(card: ModelCard) -> pd.DataFrame | None:
    """Rows across the card's ranges and levels, the same for the same card; None if an input has neither."""
    columns = {feature.name: _column(feature, card, stride) for stride, feature in enumerate(card.inputs)}
    if not columns or any(column is None for column in columns.values()):
        return None
    return pd.DataFrame(columns)


def prediction_numbers(prediction: Prediction) -> FloatArray:
    """A prediction of any kind as rows × outputs."""
    match prediction:
        case Risk() | Value() | Score():
            return prediction.values.reshape(len(prediction), 1)
        case ClassProbabilities() | RiskByHorizon():
            return prediction.values


def check_bytes(model: Model) -> bytes | None:
    """The model's predictions on its trial rows; None where it has no such rows or refuses them."""
    rows = trial_rows(model.card)
    if rows is None:
        return None
    try:
        numbers = prediction_numbers(model.predict(rows))
    except InputError:
        return None
    return (json.dumps({"predictions": numbers.tolist()}) + "\n").encode()


def refuse_drift(model: Model, content: bytes) -> None:
    """Refuse a model that predicts otherwise than when it was registered.

    Raises:
        ArtifactError: the largest difference exceeds 1e-6.
    """
    rows = trial_rows(model.card)
    expected = np.asarray(json.loads(content)["predictions"], dtype=np.float64)
    if rows is None:
        return
    numbers = prediction_numbers(model.predict(rows))
    scale = np.maximum(1.0, np.abs(expected))
    if numbers.shape != expected.shape or bool((np.abs(numbers - expected) > TOLERANCE * scale).any()):
        raise ArtifactError(
            f"{model.card.identity} predicts otherwise than when it was registered",
            do="Install the library versions it was registered with, or register and validate it again",
        )


def _column(feature: Feature, card: ModelCard, stride: int) -> list[object] | None:
    # Strides that differ between inputs keep them from moving together.
    step = [(row * (2 * stride + 1)) % ROWS for row in range(ROWS)]
    if feature.levels:
        levels = list(feature.levels)
        return [levels[at % len(levels)] for at in step]
    if feature.type == "boolean":
        return [float(at % 2) for at in step]
    low_high = _range(feature, card)
    if feature.type not in ("number", "integer") or low_high is None:
        return None
    low, high = low_high
    values = [low + (high - low) * at / (ROWS - 1) for at in step]
    return [float(round(value)) if feature.type == "integer" else value for value in values]


def _range(feature: Feature, card: ModelCard) -> tuple[float, float] | None:
    if feature.range is not None:
        return feature.range
    held = card.development.inputs.get(feature.name) if card.development else None
    if held is None or held.q05 is None or held.q95 is None:
        return None
    return held.q05, held.q95
