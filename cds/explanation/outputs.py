"""What of a prediction can be explained: its outputs (event, class, horizon) and their spaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.explanation import Space
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Score, Value

PROBABILITY_SPACES: tuple[Space, ...] = ("probability", "log_odds")
VALUE_SPACES: tuple[Space, ...] = ("value",)


@dataclass(frozen=True, eq=False)
class Outputs:
    """A prediction as rows × outputs; ``names`` are the event, classes, horizons, value or score.

    ``horizons`` are those of risks by horizon, one per output; empty for other predictions.
    """

    names: tuple[str, ...]
    values: FloatArray
    probability: bool
    horizons: tuple[float, ...] = ()

    @property
    def spaces(self) -> tuple[Space, ...]:
        """The spaces that these outputs can be explained in, the printed one first."""
        return PROBABILITY_SPACES if self.probability else VALUE_SPACES

    def horizon(self, name: str) -> float | None:
        """The horizon of this output; None where it has none."""
        return self.horizons[self.names.index(name)] if self.horizons else None


def outputs_of(prediction: Prediction) -> Outputs:
    """The outputs of a prediction, one column each.

    >>> outputs_of(Risk(np.array([0.25]))).names
    ('event',)
    """
    if isinstance(prediction, Risk):
        return Outputs(("event",), prediction.values[:, None], True)
    if isinstance(prediction, ClassProbabilities):
        return Outputs(prediction.categories, prediction.values, True)
    if isinstance(prediction, RiskByHorizon):
        # 15 digits: two horizons never share a name.
        names = tuple(f"{horizon:.15g}" for horizon in prediction.horizons)
        return Outputs(names, prediction.values, True, prediction.horizons)
    if isinstance(prediction, Value):
        return Outputs(("value",), prediction.values[:, None], False)
    if isinstance(prediction, Score):
        return Outputs(("score",), prediction.values[:, None], False)
    assert_never(prediction)


def in_space(values: FloatArray, space: Space) -> FloatArray:
    """Values in a space; the log-odds of a risk of exactly 0 or 1 are infinite.

    >>> in_space(np.array([0.5, 1.0]), "log_odds").tolist()
    [0.0, inf]
    """
    if space != "log_odds":
        return values
    with np.errstate(divide="ignore"):
        log_odds: FloatArray = np.log(values) - np.log1p(-values)
    return log_odds
