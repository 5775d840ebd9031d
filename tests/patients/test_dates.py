"""The day of a row: a date or YYYY-MM-DD, nothing that could be read two ways."""

import datetime

import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.patients.dates import recorded_on, refuse_other_dates


@pytest.mark.parametrize(
    "day", ["2026-03-12", " 2026-03-12 ", datetime.date(2026, 3, 12), pd.Timestamp("2026-03-12 09:30")]
)
def test_dates_and_iso_dates_are_read(day: object) -> None:
    assert recorded_on(pd.Series({"recorded_on": day}, dtype=object)) == "2026-03-12"


@pytest.mark.parametrize("day", ["12/03/2026", "2026-3-12", "20260312", 20260312, "March", "2026-02-30"])
def test_anything_else_is_refused_without_the_value(day: object) -> None:
    with pytest.raises(DataError, match="column 'recorded_on' holds something other than a date") as caught:
        recorded_on(pd.Series({"recorded_on": day}, dtype=object))
    assert str(day) not in str(caught.value)


def test_where_the_first_column_is_blank_the_second_counts() -> None:
    assert recorded_on(pd.Series({"recorded_on": None, "date": "2026-03-12"})) == "2026-03-12"
    assert recorded_on(pd.Series({"recorded_on": "2026-03-12", "date": "last spring"})) == "2026-03-12"
    assert recorded_on(pd.Series({"recorded_on": " "})) == ""


def test_every_column_and_row_is_named_at_once_among_those_asked_for() -> None:
    frame = pd.DataFrame({"recorded_on": ["x", None, "2026-03-12", "y"], "date": [None, "z", "z", None]})
    with pytest.raises(DataError) as caught:
        refuse_other_dates(frame, [0, 1, 2])
    told = str(caught.value).splitlines()
    assert told[0].startswith("column 'recorded_on' holds something other than a date at row 0")
    assert told[1] == "column 'date' holds something other than a date at row 1"
    refuse_other_dates(frame, [2])
