"""Who was due at each visit and who was seen."""

import numpy as np
import pytest

from cds.core.attendance import Attendance
from cds.core.errors import DataError
from cds.core.outcome import Continuous, Repeated
from cds.core.prediction import Value
from tests.visits import attended


def test_a_patient_without_a_row_was_missed_like_one_whose_row_has_no_outcome():
    outcome = Repeated(Continuous(np.array([3.0, np.nan, 5.0]), ""), np.array([4.0, 12.0, 4.0]))
    found = Attendance.of(outcome, Value(np.array([2.0, 2.5, 6.0])), np.array([7, 7, 9]))
    assert found.schedule == (4, 12) and found.patients == 2
    assert found.seen_grid.tolist() == [[True, False], [True, False]]
    table = found.grid(found.predicted)
    assert table[0].tolist() == [2.0, 2.5] and table[1, 0] == 6.0 and np.isnan(table[1, 1])


def test_a_declared_visit_that_nobody_attended_is_due():
    outcome = Repeated(Continuous(np.array([3.0]), ""), np.array([4.0]))
    found = Attendance.of(outcome, Value(np.array([2.0])), np.array([0]), (4.0, 12.0))
    assert found.seen_grid.tolist() == [[True, False]]


def test_visits_outside_the_schedule_and_doubled_rows_are_refused():
    with pytest.raises(DataError, match="outside the schedule at rows"):
        attended(schedule=(4.0, 12.0))
    with pytest.raises(DataError, match="several rows at the same visit, at rows 0, 1"):
        Attendance(
            patient=np.array([0, 0]), visit=np.array([4.0, 4]), predicted=np.array([1.0, 2]),
            seen=np.array([True, True]), schedule=(4.0,),
        )  # fmt: skip
