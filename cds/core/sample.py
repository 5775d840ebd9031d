"""What a measure sees: outcome, prediction, weights, patients and design, aligned and checked once.

A bootstrap replicate is a sample with other weights. ``reweight`` and ``resample`` share whatever depends only
on the rows (order, ranks, logits), so a thousand replicates sort once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self, TypeVar

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.outcome import OutcomeKind

Design = Literal["simple", "sampling", "case_control"]
T = TypeVar("T")


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """What all kinds share: ``weights``, ``patient`` codes 0..P−1, ``design``.

    A weight of 2 means the row twice, a weight of 0 that it is absent; with the design ``sampling`` weights are
    relative, and the rows themselves are counted. ``origin`` is the sample that a replicate
    was drawn from: knots and starting values are frozen there. ``shows_prevalence`` is False where a case-control
    design fixed the share of events and nobody declared the true one: no absolute risk can be judged.
    """

    kind: ClassVar[OutcomeKind]
    weights: FloatArray | None = None
    patient: IntArray | None = None
    design: Design = "simple"
    shows_prevalence: bool = True
    _rows: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _memo: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _origin: Any = field(default=None, repr=False)

    def __len__(self) -> int:
        raise TypeError("a Sample of no kind has no rows")

    @property
    def events(self) -> float | None:
        """Weighted number of events; None where the outcome has none to count."""
        return None

    @property
    def event_rows(self) -> BoolArray | None:
        """Which rows had the event; None where the outcome has none to count."""
        return None

    @property
    def smallest_class(self) -> float | None:
        """Weighted size of the rarest outcome class, which limits what can be told; None without classes."""
        return None

    @property
    def outcome_class(self) -> IntArray | None:
        """The outcome class of each row, by which a case-control design draws its patients; None without classes."""
        return None

    def simulated(self, rng: np.random.Generator) -> Self:
        """The same predictions with outcomes drawn from them: what a perfectly calibrated model would show."""
        raise TypeError(f"a {self.kind} sample does not say how its outcome is distributed")

    @property
    def shown_parameters(self) -> dict[str, Any]:
        """What every finding on this sample carries among its parameters, such as the cause of interest."""
        return {}

    def _check_shared(self) -> None:
        if self.weights is not None:
            weights = numbers(self.weights, "weights")
            same_length(rows=len(self), weights=len(weights))
            refuse_rows(weights < 0, "weights must not be negative")
            if len(weights) and not weights.any():
                raise DataError("weights must not all be 0")
            if self.design == "sampling":  # their scale says nothing: they add up to the rows that have one
                weights = frozen(weights * ((weights > 0).sum() / weights.sum()))
            object.__setattr__(self, "weights", weights)
        if self.patient is not None:
            patient = np.asarray(self.patient, dtype=np.int64)
            same_length(rows=len(self), patient=len(patient))
            if len(patient) and patient.min() < 0:
                raise DataError("patient codes must be 0 or more")
            object.__setattr__(self, "patient", frozen(patient))

    @property
    def origin(self) -> Self:
        """The full sample that this replicate was drawn from, or itself."""
        return self if self._origin is None else self._origin

    @property
    def is_replicate(self) -> bool:
        """Whether this is a bootstrap replicate of another sample."""
        return self._origin is not None

    @property
    def weight(self) -> FloatArray:
        """The weights, ones where none were given."""
        if self.weights is not None:
            return self.weights
        return self.rows_memo("ones", lambda: frozen(np.ones(len(self))))

    @property
    def total(self) -> float:
        """The sum of the weights: the number of rows that the sample stands for."""
        return self.memo("total", lambda: float(len(self)) if self.weights is None else float(self.weights.sum()))

    @property
    def patient_codes(self) -> IntArray:
        """Patient codes, one row each where none were given."""
        if self.patient is not None:
            return self.patient
        return self.rows_memo("codes", lambda: frozen(np.arange(len(self))))

    @property
    def one_row_each(self) -> bool:
        """Whether every patient has one row."""
        return self.patient is None or bool(
            self.rows_memo("one_row_each", lambda: len(np.unique(self.patient_codes)) == len(self))
        )

    @property
    def analytic(self) -> bool:
        """Whether model-based intervals hold: simple design, no weights, one row per patient, no replicate."""
        return self.design == "simple" and self.weights is None and self.one_row_each

    def memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """Compute once per sample and weights: ICI, E50, E90 and Emax share one fit."""
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]  # type: ignore[no-any-return]

    def rows_memo(self, key: Hashable, make: Callable[[], T]) -> T:
        """Compute once per set of rows, whatever the weights: order, ranks, logits."""
        if key not in self._rows:
            self._rows[key] = make()
        return self._rows[key]  # type: ignore[no-any-return]

    def reweight(self, weights: FloatArray) -> Self:
        """The same rows with other weights; knots and quantiles follow the weights."""
        weights = np.asarray(weights, dtype=np.float64)
        same_length(rows=len(self), weights=len(weights))
        refuse_rows(~(weights >= 0), "weights must not be negative or missing")
        return self._with_weights(weights, origin=None)

    def resample(self, multiplicity: FloatArray) -> Self:
        """A bootstrap replicate: weights times patient multiplicities (per row), knots frozen at this sample's."""
        weights = multiplicity if self.weights is None else self.weights * multiplicity
        return self._with_weights(weights, origin=self)

    def _clone(self) -> Self:
        """A shallow copy that shares the caches, unlike a pickled one, which leaves them behind."""
        clone = object.__new__(type(self))
        vars(clone).update(vars(self))
        return clone

    def _with_weights(self, weights: FloatArray, origin: Sample | None) -> Self:
        clone = self._clone()
        object.__setattr__(clone, "weights", frozen(weights))
        object.__setattr__(clone, "_memo", {})
        object.__setattr__(clone, "_origin", origin)
        return clone

    def where(self, mask: BoolArray) -> Self:
        """The rows where ``mask`` holds: a group, those at risk at a landmark."""
        clone = self._clone()
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                object.__setattr__(clone, name, frozen(value[mask]))
        object.__setattr__(clone, "_rows", self._filter_rows(mask))
        object.__setattr__(clone, "_memo", {})
        object.__setattr__(clone, "_origin", None)
        return clone

    def _filter_rows(self, mask: BoolArray) -> dict[Hashable, Any]:
        """What is cached per row and can be filtered instead of made anew."""
        if "order" not in self._rows:
            return {}
        order: IntArray = self._rows["order"]
        kept = order[mask[order]]
        return {"order": frozen((np.cumsum(mask) - 1)[kept])}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_memo": {}, "_rows": {}}
