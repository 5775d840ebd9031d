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
from cds.core.prediction import Risk

Design = Literal["simple", "sampling", "case_control"]
T = TypeVar("T")
RISK_ONLY = frozenset(
    {
        "ones",
        "codes",
        "one_row_each",
        "order",
        "tie_starts",
        "off_boundary",
        "all_off_boundary",
        "logit",
        "rcs_design",
    }
)


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


@dataclass(frozen=True, eq=False, kw_only=True)
class BinarySample(Sample):
    """Outcome 0/1 and the risk of 1, row by row.

    ``clip`` bounds the risks of measures that need a logit, where the protocol declares it; without it,
    risks of exactly 0 or 1 leave those measures' sample and their value is descriptive.
    """

    kind: ClassVar[OutcomeKind] = "binary"
    outcome: FloatArray
    risk: FloatArray
    clip: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        outcome = numbers(self.outcome, "outcome")
        refuse_rows(~((outcome == 0) | (outcome == 1)), "outcome must be 0 or 1, got another value")
        risk = Risk(self.risk).values
        same_length(outcome=len(outcome), risk=len(risk))
        if not len(outcome):
            raise DataError("the sample has no rows")
        if self.clip is not None and not 0 < self.clip[0] < self.clip[1] < 1:
            raise DataError("clip must be two bounds with 0 < low < high < 1")
        object.__setattr__(self, "outcome", outcome)
        object.__setattr__(self, "risk", risk)
        self._check_shared()

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def events(self) -> float:
        """Weighted number of events."""
        return self.memo("events", lambda: float(self.weight @ self.outcome))

    @property
    def event_rows(self) -> BoolArray:
        """Which rows had the event."""
        return np.asarray(self.outcome == 1)

    @property
    def smallest_class(self) -> float:
        """Weighted number of events or of non-events, whichever is smaller."""
        return min(self.events, self.total - self.events)

    def simulated(self, rng: np.random.Generator) -> BinarySample:
        """The same risks with outcomes drawn from them."""
        return self.with_outcome((rng.random(len(self)) < self.risk).astype(float))

    @property
    def outcome_class(self) -> IntArray:
        """1 for an event, else 0, row by row."""
        return self.outcome.astype(np.int64)

    @property
    def prevalence(self) -> float:
        """Weighted share of events."""
        return self.events / self.total

    @property
    def has_both_classes(self) -> bool:
        """Whether there are events and non-events."""
        return 0 < self.events < self.total

    @property
    def order(self) -> IntArray:
        """Row positions by increasing risk."""
        return self.rows_memo("order", lambda: frozen(np.argsort(self.risk, kind="stable")))

    @property
    def tie_starts(self) -> IntArray:
        """Where, in ``order``, each run of equal risks begins."""

        def starts() -> IntArray:
            ordered = self.risk[self.order]
            return frozen(np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]))

        return self.rows_memo("tie_starts", starts)

    @property
    def off_boundary(self) -> BoolArray:
        """Rows whose risk is neither 0 nor 1, or all rows where the protocol declares bounds to clip to."""
        return self.rows_memo(
            "off_boundary",
            lambda: frozen(np.full(len(self), True) if self.clip else (self.risk > 0) & (self.risk < 1)),
        )

    @property
    def on_boundary(self) -> float:
        """Weighted number of risks of exactly 0 or 1."""
        return float(self.weight[(self.risk <= 0) | (self.risk >= 1)].sum())

    @property
    def clipped(self) -> int:
        """Weighted number of risks that the declared bounds move, rounded down; 0 where none are declared."""
        if self.clip is None:
            return 0
        return int(self.weight[(self.risk < self.clip[0]) | (self.risk > self.clip[1])].sum())

    @property
    def logit_sample(self) -> BinarySample:
        """The rows that have a logit (all of them unless a risk is exactly 0 or 1), origin kept."""
        if bool(self.rows_memo("all_off_boundary", lambda: bool(self.off_boundary.all()))):
            return self

        def make() -> BinarySample:
            part = self.where(self.off_boundary)
            if self.is_replicate:
                full = self.origin.logit_sample
                same_outcome = self._rows is self.origin._rows
                object.__setattr__(part, "_origin", full)
                object.__setattr__(part, "_rows", full._rows if same_outcome else full._without_outcome())
            return part

        return self.memo("logit_sample", make)

    def with_outcome(self, outcome: FloatArray) -> BinarySample:
        """The same risks with simulated outcomes, knots frozen here: what perfect calibration would show."""
        clone = self._with_weights(self.weight, origin=self)
        object.__setattr__(clone, "weights", self.weights)
        object.__setattr__(clone, "outcome", frozen(outcome))
        object.__setattr__(clone, "_rows", self._without_outcome())
        return clone

    def _without_outcome(self) -> dict[Hashable, Any]:
        """The cached parts that depend on the risks alone."""
        return {key: value for key, value in self._rows.items() if key in RISK_ONLY}

    @property
    def logit(self) -> FloatArray:
        """log(p / (1 − p)) of every row, after declared clipping; ask it of ``logit_sample``."""

        def make() -> FloatArray:
            p = np.clip(self.risk, *self.clip) if self.clip else self.risk
            return frozen(np.log(p) - np.log1p(-p))

        return self.rows_memo("logit", make)
