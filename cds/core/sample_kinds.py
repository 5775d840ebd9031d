"""The samples of the outcome kinds other than binary: aligned and checked once, like ``BinarySample``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from cds.core.arrays import FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.outcome import OutcomeKind
from cds.core.prediction import ClassProbabilities, Value
from cds.core.sample import Sample


@dataclass(frozen=True, eq=False, kw_only=True)
class NominalSample(Sample):
    """Category codes and the probability of each category, row by row."""

    kind: ClassVar[OutcomeKind] = "nominal"
    code: IntArray
    probability: FloatArray
    categories: tuple[str, ...]

    def __post_init__(self) -> None:
        code = np.asarray(self.code, dtype=np.int64)
        probability = ClassProbabilities(self.probability, self.categories).values
        same_length(outcome=len(code), probability=len(probability))
        refuse_rows((code < 0) | (code >= len(self.categories)), "outcome code outside the declared categories")
        object.__setattr__(self, "code", frozen(code))
        object.__setattr__(self, "probability", probability)
        self._check_shared()

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, eq=False, kw_only=True)
class OrdinalSample(NominalSample):
    """Codes of ordered categories and the probability of each, row by row."""

    kind: ClassVar[OutcomeKind] = "ordinal"


@dataclass(frozen=True, eq=False, kw_only=True)
class ContinuousSample(Sample):
    """Observed and predicted values in the same unit, row by row."""

    kind: ClassVar[OutcomeKind] = "continuous"
    observed: FloatArray
    predicted: FloatArray

    def __post_init__(self) -> None:
        observed, predicted = numbers(self.observed, "outcome"), Value(self.predicted).values
        same_length(observed=len(observed), predicted=len(predicted))
        object.__setattr__(self, "observed", observed)
        object.__setattr__(self, "predicted", predicted)
        self._check_shared()

    def __len__(self) -> int:
        return len(self.observed)


@dataclass(frozen=True, eq=False, kw_only=True)
class CompetingRisksSample(Sample):
    """Follow-up, its end (0 censored, else a cause) and the risk of ``cause`` by each horizon, row by row."""

    kind: ClassVar[OutcomeKind] = "competing_risks"
    time: FloatArray
    status: IntArray
    risk: FloatArray
    horizons: tuple[float, ...]
    horizon: float | None = None
    cause: int = 1
    entry: FloatArray | None = None
    linear_predictor: FloatArray | None = None

    def __post_init__(self) -> None:
        same_length(time=len(self.time), status=len(self.status), risk=len(self.risk))
        self._check_shared()

    def __len__(self) -> int:
        return len(self.time)

    def at(self, horizon: float) -> Self:
        """The same sample, looking at one horizon."""
        if horizon not in self.horizons:
            raise DataError(f"no risk by horizon {horizon:g}; there are {list(self.horizons)}")
        clone = self._clone()
        object.__setattr__(clone, "horizon", horizon)
        object.__setattr__(clone, "_memo", {})
        return clone


@dataclass(frozen=True, eq=False, kw_only=True)
class SurvivalSample(CompetingRisksSample):
    """Follow-up, whether the event ended it, and the risk by each horizon, row by row."""

    kind: ClassVar[OutcomeKind] = "survival"
