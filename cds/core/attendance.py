"""Who was due at each visit and who was seen: every row of a cohort followed over visits, before any is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray, frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.outcome import Repeated
from cds.core.prediction import Value


@dataclass(frozen=True, eq=False, kw_only=True)
class Attendance:
    """Patient codes, visit times, predictions and whether the outcome was measured, row by row; the due visits.

    Every patient of the rows is taken to be due at every visit of ``schedule``. A patient without a row at a visit
    was missed there just as one whose row has no outcome. Refused are two rows of a patient at the same visit, and
    rows at visits outside the schedule.
    """

    patient: IntArray
    visit: FloatArray
    predicted: FloatArray
    seen: BoolArray
    schedule: tuple[float, ...]

    def __post_init__(self) -> None:
        patient = np.unique(np.asarray(self.patient, dtype=np.int64), return_inverse=True)[1]
        visit, predicted = numbers(self.visit, "visit"), numbers(self.predicted, "prediction")
        same_length(patient=len(patient), visit=len(visit), predicted=len(predicted), seen=len(self.seen))
        if not len(patient):
            raise DataError("the cohort has no rows")
        schedule = tuple(sorted(float(v) for v in self.schedule))
        refuse_rows(~np.isin(visit, schedule), "a visit is outside the schedule")
        place = patient * len(schedule) + np.searchsorted(schedule, visit)
        refuse_rows(np.bincount(place)[place] > 1, "a patient has several rows at the same visit,")
        object.__setattr__(self, "patient", frozen(patient))
        object.__setattr__(self, "visit", visit)
        object.__setattr__(self, "predicted", predicted)
        object.__setattr__(self, "seen", frozen(np.asarray(self.seen, dtype=np.bool_)))
        object.__setattr__(self, "schedule", schedule)

    @classmethod
    def of(cls, outcome: Repeated, prediction: Value, patient: IntArray, schedule: tuple[float, ...] = ()) -> Self:
        """The attendance in a cohort's rows; without a declared schedule the visits that somebody attended."""
        return cls(
            patient=patient,
            visit=outcome.visit,
            predicted=prediction.values,
            seen=outcome.observed,
            schedule=schedule or tuple(np.unique(outcome.visit).tolist()),
        )

    @property
    def patients(self) -> int:
        """How many patients were followed: all of them due at every visit."""
        return int(self.patient.max()) + 1

    def grid(self, values: FloatArray) -> FloatArray:
        """Values of the rows as a table, shape (patients, visits); NaN where a patient has no row."""
        table = np.full((self.patients, len(self.schedule)), np.nan)
        table[self.patient, np.searchsorted(self.schedule, self.visit)] = values
        return table

    @property
    def seen_grid(self) -> BoolArray:
        """Whether each patient's outcome was measured at each visit, shape (patients, visits)."""
        return np.asarray(self.grid(self.seen.astype(np.float64)) == 1)
