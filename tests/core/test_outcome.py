"""Outcomes refuse what they are not, with row positions, and cannot be changed."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from cds.core.errors import DataError
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Ordinal, Repeated, Survival

ROWS = np.array([2, 0])


def test_a_binary_outcome_is_zero_one_or_missing():
    found = Binary(np.array([0, 1, np.nan]))
    assert len(found) == 3
    assert found.take(ROWS).event[1] == 0 and np.isnan(found.take(ROWS).event[0])
    with pytest.raises(DataError, match="must be 0 or 1, got another value at rows 1, 3"):
        Binary(np.array([0, 2, 1, 0.5]))


def test_outcomes_and_their_arrays_are_frozen():
    found = Binary(np.array([0.0, 1]))
    with pytest.raises(FrozenInstanceError):
        found.event = np.zeros(2)  # type: ignore[misc]  # that is the point
    with pytest.raises(ValueError, match="read-only"):
        found.event[0] = 1


@pytest.mark.parametrize("kind", [Nominal, Ordinal])
def test_categories_are_codes_into_names(kind):
    found = kind(np.array([0, 2, -1]), ("a", "b", "c"))
    assert found.take(ROWS).code.tolist() == [-1, 0] and isinstance(found.take(ROWS), kind)
    with pytest.raises(DataError, match="outside the declared categories at row 1"):
        kind(np.array([0, 3]), ("a", "b", "c"))
    for names in [("a",), ("a", "a")]:
        with pytest.raises(DataError, match="at least two different names"):
            kind(np.array([0]), names)


def test_a_continuous_outcome_is_a_number_in_a_unit():
    found = Continuous(np.array([1, np.nan, 3]), "points")
    assert found.take(ROWS).value[0] == 3 and found.take(ROWS).unit == "points"
    with pytest.raises(DataError, match="infinite"):
        Continuous(np.array([np.inf]), "points")


def test_follow_up_is_not_negative_and_entry_comes_first():
    found = CompetingRisks(np.array([3.0, 4, 5]), np.array([0, 1, 2]), "days", np.array([0.0, 1, 2]))
    taken = found.take(ROWS)
    assert taken.status.tolist() == [2, 0] and taken.entry is not None and taken.entry.tolist() == [2, 0]
    with pytest.raises(DataError, match="time must not be negative at row 1"):
        CompetingRisks(np.array([1.0, -1]), np.array([0, 1]), "days")
    with pytest.raises(DataError, match="status must be 0"):
        CompetingRisks(np.array([1.0]), np.array([-2]), "days")
    with pytest.raises(DataError, match="entry must come before the end of follow-up at row 0"):
        CompetingRisks(np.array([1.0]), np.array([1]), "days", np.array([1.0]))
    with pytest.raises(DataError, match="time has 2, status has 1"):
        CompetingRisks(np.array([1.0, 2]), np.array([1]), "days")


def test_follow_up_without_a_time_or_an_end_was_not_observed():
    found = CompetingRisks(np.array([np.nan, 4, 5]), np.array([1, -1, 2]), "days")
    assert found.observed.tolist() == [False, False, True]


def test_survival_refuses_a_competing_events_code():
    assert len(Survival(np.array([1.0, 0]), np.array([1, 0]), "days")) == 2
    with pytest.raises(DataError, match="other codes are competing events at row 1"):
        Survival(np.array([1.0, 2]), np.array([1, 2]), "days")


def test_visits_are_aligned_with_the_outcome():
    found = Repeated(Continuous(np.array([1.0, 2, 3]), "points"), np.array([0.0, 6, 12]))
    assert found.take(ROWS).visit.tolist() == [12, 0]
    with pytest.raises(DataError, match="outcome has 1, visit has 2"):
        Repeated(Continuous(np.array([1.0]), "points"), np.array([0.0, 6]))
