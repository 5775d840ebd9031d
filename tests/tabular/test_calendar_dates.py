"""Dates as data files write them: the day that was written counts, and what is no date is refused with its rows."""

import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.tabular.columns import calendar_dates


@pytest.mark.parametrize(
    "written",
    [
        ["2024-01-01", "2024-07-02"],
        ["20240101", "20240702"],
        [20240101, 20240702],
        ["2024-01-01 23:59", "2024-07-02 00:01:30"],
        ["2024-01-01T10:00:00Z", "2024-07-02T10:00:00Z"],
        ["2024-01-01T00:30:00+01:00", "2024-07-02T23:30:00.25-0200"],
        pd.to_datetime(["2024-01-01", "2024-07-02"]),
        pd.to_datetime(["2024-01-01", "2024-07-02"]).tz_localize("Europe/Paris"),
    ],
)
def test_the_written_day_is_read(written):
    found = calendar_dates(pd.DataFrame({"seen": written}), "seen")
    assert found.astype(str).tolist() == ["2024-01-01", "2024-07-02"]


@pytest.mark.parametrize("wrong", ["soon", "", None, "2024-13-01", "01/02/2024", 45000])
def test_what_is_no_date_is_refused_with_its_row(wrong):
    frame = pd.DataFrame({"seen": pd.Series(["2024-01-01", wrong], dtype=object)})
    with pytest.raises(DataError, match="'seen' holds no date at row 1"):
        calendar_dates(frame, "seen")


def test_without_a_column_there_are_no_dates():
    assert calendar_dates(pd.DataFrame({"seen": ["x"]}), None) is None
