"""The sample of an outcome measured at several visits: several rows per patient, aligned and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cds.core.arrays import FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.outcome import OutcomeKind
from cds.core.prediction import Value
from cds.core.protocol_repeated import ResponderRule
from cds.core.sample import Sample
from cds.core.sample_kinds import ContinuousSample


@dataclass(frozen=True, eq=False, kw_only=True)
class RepeatedSample(Sample):
    """Observed and predicted values in the same unit and the visit's time, row by row; a patient has several rows.

    ``low`` and ``high`` bound each prediction at ``interval_level``, as in a continuous sample. ``baseline`` is the
    value before the first visit (NaN where it is missing), from which ``responder`` tells who improved enough.
    ``at(v)`` are the rows of one visit, ``at(None)`` all of them, as a continuous sample that keeps the patients.
    Refused are two rows of a patient at the same visit.
    """

    kind: ClassVar[OutcomeKind] = "repeated"
    observed: FloatArray
    predicted: FloatArray
    visit: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    interval_level: float | None = None
    baseline: FloatArray | None = None
    responder: ResponderRule | None = None

    def __post_init__(self) -> None:
        observed, predicted = numbers(self.observed, "outcome"), Value(self.predicted, self.low, self.high)
        visit = numbers(self.visit, "visit")
        same_length(observed=len(observed), predicted=len(predicted), visit=len(visit))
        if not len(observed):
            raise DataError("the sample has no rows")
        object.__setattr__(self, "observed", observed)
        object.__setattr__(self, "predicted", predicted.values)
        object.__setattr__(self, "visit", visit)
        object.__setattr__(self, "low", predicted.low)
        object.__setattr__(self, "high", predicted.high)
        if self.baseline is not None:
            baseline = numbers(self.baseline, "baseline", allow_missing=True)
            same_length(observed=len(observed), baseline=len(baseline))
            object.__setattr__(self, "baseline", baseline)
        self._check_shared()
        if self.patient is not None:
            pairs = np.column_stack([self.patient, visit])
            _, first, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
            refuse_rows(counts[np.ravel(first)] > 1, "a patient has several rows at the same visit,")

    def __len__(self) -> int:
        return len(self.observed)

    @property
    def analytic(self) -> bool:
        """Whether intervals hold without resampling: simple design, no weights; they are clustered by patient."""
        return self.design == "simple" and self.weights is None

    @property
    def visits(self) -> tuple[float, ...]:
        """The visits that have a row of positive weight, in order of time."""
        return self.memo("visits", lambda: tuple(np.unique(self.visit[self.weight > 0]).tolist()))

    def rows_at(self, visit: float | None) -> IntArray:
        """Row positions of one visit, or of all of them."""
        return self.rows_memo(
            ("rows_at", visit),
            lambda: frozen(np.arange(len(self)) if visit is None else np.flatnonzero(self.visit == visit)),
        )

    def at(self, visit: float | None) -> ContinuousSample:
        """The rows of one visit, or of all, as a continuous sample; a replicate's are a replicate of the full ones.

        Raises:
            DataError: nobody has a row at this visit.
        """

        def view() -> ContinuousSample:
            plain = self.rows_memo(("at", visit), lambda: self._unweighted(visit))
            rows = self.rows_at(visit)
            if self.is_replicate:
                full = self.origin.at(visit)
                return full._with_weights(self.weight[rows], origin=full)
            return plain if self.weights is None else plain._with_weights(self.weight[rows], origin=None)

        return self.memo(("at", visit), view)

    def _unweighted(self, visit: float | None) -> ContinuousSample:
        rows = self.rows_at(visit)
        if not len(rows):
            raise DataError(f"nobody was seen at visit {visit:g}")
        return ContinuousSample(
            observed=self.observed[rows],
            predicted=self.predicted[rows],
            low=None if self.low is None else self.low[rows],
            high=None if self.high is None else self.high[rows],
            interval_level=self.interval_level,
            patient=None if self.patient is None else self.patient[rows],
            design=self.design,
            shows_prevalence=self.shows_prevalence,
        )
