"""What a model says: one frozen class per kind of prediction, checked in its constructor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import LARGEST, FloatArray, IntArray, frozen, same_length
from cds.core.errors import DataError, PredictionError, row_list

SUM_TOLERANCE = 1e-5  # probabilities rounded to six decimals stay below it
NEARLY_ALL = 0.95  # share of rows from which a direction is no accident


def _probabilities(values: object, name: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise PredictionError(f"{name} must be numbers, got text or mixed values") from None
    bad = ~((array >= 0) & (array <= 1))
    if bad.any():
        rows = np.flatnonzero(bad if bad.ndim == 1 else bad.any(axis=1))
        said = "it is missing" if np.isnan(array[bad]).all() else "it does not"
        percent = bool(((array >= 0) & (array <= 100)).all()) and bool(np.median(array) > 1)
        do = "Are they percentages? Divide them by 100" if percent else ""
        raise PredictionError(f"{name} must lie in [0, 1]; {said} at {row_list(rows.tolist())}", do=do)
    return frozen(array)


def survival_hint(values: FloatArray) -> str:
    """A hint where columns by horizon fall in (nearly) every row and rise in (nearly) none; otherwise empty.

    >>> survival_hint(np.array([[0.9, 0.7], [0.8, 0.4]]))
    'These look like survival probabilities: risk = 1 − survival'
    """
    steps = np.diff(values, axis=1)
    falls, rises = (steps < 0).any(axis=1).mean(), (steps > 0).any(axis=1).mean()
    clear = falls >= NEARLY_ALL and rises <= 1 - NEARLY_ALL
    return "These look like survival probabilities: risk = 1 − survival" if clear else ""


@dataclass(frozen=True, eq=False)
class Risk:
    """Probability of the event, one per row, in [0, 1].

    >>> Risk(np.array([0.2, 1.02]))
    Traceback (most recent call last):
    ...
    cds.core.errors.PredictionError: risk must lie in [0, 1]; it does not at row 1
    """

    values: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _probabilities(self.values, "risk"))
        if self.values.ndim != 1:
            raise PredictionError(f"risk must have one dimension, got {self.values.ndim}")

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray) -> Risk:
        """The predictions of these rows."""
        return Risk(self.values[rows])


@dataclass(frozen=True, eq=False)
class ClassProbabilities:
    """Probability of each category (rows × categories), each row summing to 1 within 1e-5: rounding, no more."""

    values: FloatArray
    categories: tuple[str, ...]

    def __post_init__(self) -> None:
        values = _probabilities(self.values, "class probability")
        if values.ndim != 2 or values.shape[1] != len(self.categories):
            raise PredictionError(f"class probabilities must have one column per category ({len(self.categories)})")
        off = np.abs(values.sum(axis=1) - 1) > SUM_TOLERANCE
        if off.any():
            raise PredictionError(
                f"class probabilities must sum to 1 at {row_list(np.flatnonzero(off).tolist())}",
                do=f"They may be off by {SUM_TOLERANCE:g}: give them unrounded, or divide each row by its sum",
            )
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray) -> ClassProbabilities:
        """The predictions of these rows."""
        return ClassProbabilities(self.values[rows], self.categories)


@dataclass(frozen=True, eq=False)
class Value:
    """Expected value of a continuous outcome in its unit, with a prediction interval where the model gives one.

    ``level`` is the share of outcomes that the intervals are meant to hold, where it is known.
    """

    values: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    level: float | None = None

    def __post_init__(self) -> None:
        for name in ("values", "low", "high"):
            given = getattr(self, name)
            if given is None:
                continue
            array = np.asarray(given, dtype=np.float64)
            bad = ~(np.abs(array) <= LARGEST)
            if array.ndim != 1 or bad.any():
                raise PredictionError(
                    f"predicted {name} must be finite numbers within ±{LARGEST:g}, "
                    f"got others at {row_list(np.flatnonzero(bad).tolist())}"
                )
            same_length(**{"values": len(np.asarray(self.values)), name: len(array)})
            object.__setattr__(self, name, frozen(array))
        if (self.low is None) != (self.high is None):
            raise PredictionError("a prediction interval has two bounds, got one")
        if self.low is not None and self.high is not None:
            upside_down = self.low > self.high
            if upside_down.any():
                raise PredictionError(
                    "the lower bound of a prediction interval must not lie above the upper one, it does at "
                    f"{row_list(np.flatnonzero(upside_down).tolist())}"
                )
            crossed = ~((self.low <= self.values) & (self.values <= self.high))
            if crossed.any():
                raise PredictionError(
                    "a prediction interval must hold its prediction, it does not at "
                    f"{row_list(np.flatnonzero(crossed).tolist())}"
                )

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray) -> Value:
        """The predictions of these rows."""
        low = None if self.low is None else self.low[rows]
        high = None if self.high is None else self.high[rows]
        return Value(self.values[rows], low, high, self.level)


@dataclass(frozen=True, eq=False)
class RiskByHorizon:
    """Probability of the event by each horizon (rows × horizons), never decreasing in time.

    ``linear_predictor`` is the log relative hazard where the model has one.
    """

    values: FloatArray
    horizons: tuple[float, ...]
    linear_predictor: FloatArray | None = None

    def __post_init__(self) -> None:
        values = _probabilities(self.values, "risk by horizon")
        if values.ndim != 2 or values.shape[1] != len(self.horizons):
            raise PredictionError(f"risks must have one column per horizon ({len(self.horizons)})")
        if list(self.horizons) != sorted(set(self.horizons)):
            raise DataError("horizons must increase")
        falling = (np.diff(values, axis=1) < 0).any(axis=1)
        if falling.any():
            raise PredictionError(
                f"risk must not decrease with the horizon, it does at {row_list(np.flatnonzero(falling).tolist())}",
                do=survival_hint(values),
            )
        object.__setattr__(self, "values", values)
        if self.linear_predictor is not None:
            same_length(risk=len(values), linear_predictor=len(self.linear_predictor))
            object.__setattr__(self, "linear_predictor", frozen(np.asarray(self.linear_predictor, dtype=np.float64)))

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray) -> RiskByHorizon:
        """The predictions of these rows."""
        lp = None if self.linear_predictor is None else self.linear_predictor[rows]
        return RiskByHorizon(self.values[rows], self.horizons, lp)

    def at(self, horizon: float) -> Risk:
        """The risk by one horizon."""
        if horizon not in self.horizons:
            raise PredictionError(f"no risk by horizon {horizon:g}; the model has {list(self.horizons)}")
        return Risk(self.values[:, self.horizons.index(horizon)])


@dataclass(frozen=True, eq=False)
class Score:
    """Points or margins: ranks patients, is no probability; ``groups`` are the rule's risk groups if it has them."""

    values: FloatArray
    groups: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(np.asarray(self.values, dtype=np.float64)))
        if self.groups is not None:
            same_length(values=len(self.values), groups=len(self.groups))
            object.__setattr__(self, "groups", frozen(np.asarray(self.groups)))

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: IntArray) -> Score:
        """The predictions of these rows."""
        return Score(self.values[rows], None if self.groups is None else self.groups[rows])


Prediction = Risk | ClassProbabilities | Value | RiskByHorizon | Score


def stacked(parts: Sequence[Prediction]) -> Prediction:
    """Predictions of the same kind under one another, as of sites that were predicted one by one.

    Raises:
        DataError: parts of different kinds, categories or horizons.
    """
    first = parts[0]
    named = {tuple(getattr(part, "categories", ())) + tuple(getattr(part, "horizons", ())) for part in parts}
    if len({type(part) for part in parts}) > 1 or len(named) > 1:
        raise DataError("predictions of different kinds, categories or horizons cannot stand under one another")

    def joined(name: str) -> Any:
        columns = [getattr(part, name) for part in parts]
        return None if any(column is None for column in columns) else np.concatenate(columns)

    several = ("values", "low", "high", "linear_predictor", "groups")
    return replace(first, **{name: joined(name) for name in several if hasattr(first, name)})
