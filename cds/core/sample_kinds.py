"""The samples of the outcome kinds other than binary: aligned and checked once, like ``BinarySample``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from cds.core.arrays import FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError, nearest
from cds.core.outcome import OutcomeKind
from cds.core.prediction import ClassProbabilities, Value
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample


@dataclass(frozen=True, eq=False, kw_only=True)
class NominalSample(Sample):
    """Category codes and the probability of each category, row by row.

    ``clip`` bounds the probabilities of measures that need a logarithm, where the protocol declares it.
    """

    kind: ClassVar[OutcomeKind] = "nominal"
    code: IntArray
    probability: FloatArray
    categories: tuple[str, ...]
    clip: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        code = np.asarray(self.code, dtype=np.int64)
        probability = ClassProbabilities(self.probability, self.categories).values
        same_length(outcome=len(code), probability=len(probability))
        if not len(code):
            raise DataError("the sample has no rows")
        refuse_rows((code < 0) | (code >= len(self.categories)), "outcome code outside the declared categories")
        object.__setattr__(self, "code", frozen(code))
        object.__setattr__(self, "probability", probability)
        self._check_shared()

    def __len__(self) -> int:
        return len(self.code)

    @property
    def class_counts(self) -> FloatArray:
        """Weighted number of rows of each category, shape (categories,)."""
        return self.memo(
            "class_counts", lambda: frozen(np.bincount(self.code, self.weight, minlength=len(self.categories)))
        )

    @property
    def smallest_class(self) -> float:
        """Weighted number of rows of the rarest category."""
        return float(self.class_counts.min())

    @property
    def outcome_class(self) -> IntArray:
        """The category's code, row by row."""
        return self.code

    def position(self, category: str) -> int:
        """The place of a category, from 0.

        Raises:
            DataError: a category that was not declared; the nearest one is named.
        """
        if category not in self.categories:
            raise DataError(f"there is no category {category!r}", do=nearest(category, self.categories))
        return self.categories.index(category)

    def one_vs_rest(self, category: str) -> BinarySample:
        """Category against all others with its own probability, as a binary sample; replicates share its order.

        Every binary measure then applies to one category at a time.
        """
        return self._view("one_vs_rest", self.position(category))

    def simulated(self, rng: np.random.Generator) -> Self:
        """The same probabilities with categories drawn from them."""
        edges = np.cumsum(self.probability, axis=1)[:, :-1]
        clone = self._with_weights(self.weight, origin=self)
        object.__setattr__(clone, "weights", self.weights)
        object.__setattr__(clone, "code", frozen((rng.random(len(self))[:, None] >= edges).sum(axis=1)))
        object.__setattr__(clone, "_rows", {})
        return clone

    def _view(self, name: str, k: int) -> BinarySample:
        """A binary view of these rows; a replicate's view is the same replicate of the full sample's view."""

        def view() -> BinarySample:
            if not self.is_replicate:
                outcome, risk = self._event_and_risk(name, k)
                shared = {"weights": self.weights, "patient": self.patient, "design": self.design, "clip": self.clip}
                return BinarySample(outcome=outcome, risk=risk, **shared)  # type: ignore[arg-type]  # mixed values
            full = self.origin._view(name, k)
            if self._rows is self.origin._rows:
                return full._with_weights(self.weight, origin=full)
            simulated = full.with_outcome(self._event_and_risk(name, k)[0])
            return simulated if self.weights is None else simulated._with_weights(self.weight, origin=full)

        return self.memo((name, k), view)

    def _event_and_risk(self, name: str, k: int) -> tuple[FloatArray, FloatArray]:
        """0/1 and its probability, under one of the views."""
        return (self.code == k).astype(np.float64), self.probability[:, k]


@dataclass(frozen=True, eq=False, kw_only=True)
class OrdinalSample(NominalSample):
    """Codes of ordered categories and the probability of each, row by row."""

    kind: ClassVar[OutcomeKind] = "ordinal"

    def up_to(self, category: str) -> BinarySample:
        """Y ≤ category with the cumulative probability, as a binary sample; the last category is certain."""
        return self._view("up_to", self.position(category))

    def _event_and_risk(self, name: str, k: int) -> tuple[FloatArray, FloatArray]:
        if name != "up_to":
            return super()._event_and_risk(name, k)
        cumulative = np.clip(self.probability[:, : k + 1].sum(axis=1), 0.0, 1.0)
        return (self.code <= k).astype(np.float64), cumulative


@dataclass(frozen=True, eq=False, kw_only=True)
class ContinuousSample(Sample):
    """Observed and predicted values in the same unit, row by row; ``low`` and ``high`` bound each prediction.

    ``interval_level`` is the share of outcomes that these bounds are meant to hold, where it is known.
    """

    kind: ClassVar[OutcomeKind] = "continuous"
    observed: FloatArray
    predicted: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    interval_level: float | None = None

    def __post_init__(self) -> None:
        observed, predicted = numbers(self.observed, "outcome"), Value(self.predicted, self.low, self.high)
        same_length(observed=len(observed), predicted=len(predicted))
        if not len(observed):
            raise DataError("the sample has no rows")
        object.__setattr__(self, "observed", observed)
        object.__setattr__(self, "predicted", predicted.values)
        object.__setattr__(self, "low", predicted.low)
        object.__setattr__(self, "high", predicted.high)
        self._check_shared()

    def __len__(self) -> int:
        return len(self.observed)
