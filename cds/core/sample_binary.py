"""What a measure of a binary outcome sees: the outcome beside the risk, ordered and on the logit scale once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.outcome import OutcomeKind
from cds.core.prediction import Risk
from cds.core.sample import Sample

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
