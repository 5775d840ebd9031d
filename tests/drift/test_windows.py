"""Calendar windows follow each other without gaps and lose nobody."""

import numpy as np
import pytest

from cds.drift.windows import windows


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("length", "labels"),
    [
        ("month", ["2024-11", "2024-12", "2025-01", "2025-02"]),
        ("quarter", ["2024-Q4", "2025-Q1"]),
        ("year", ["2024", "2025"]),
    ],
)
def test_windows_are_named_and_contiguous(length, labels):
    found = windows(days("2024-11-30", "2025-02-01", "2024-12-31"), length)
    assert [w.label for w in found] == labels
    assert sum(w.patients for w in found) == 3


def test_a_window_begins_on_its_first_day():
    (only,) = windows(days("2025-05-17"), "quarter")
    assert only.start == np.datetime64("2025-04-01")


def test_the_last_day_of_a_quarter_belongs_to_it():
    first, second = windows(days("2025-03-31", "2025-04-01"), "quarter")
    assert (first.rows.tolist(), second.rows.tolist()) == ([True, False], [False, True])


def test_dates_before_1970_are_windows_too():
    assert [w.label for w in windows(days("1969-12-31", "1970-01-01"), "quarter")] == ["1969-Q4", "1970-Q1"]
