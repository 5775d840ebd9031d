"""Rows of a run by the page's horizon, another horizon, another unit."""

from cds.report.run_times import at_page_horizon, is_page_horizon, row_within
from cds.report.wording import sentences
from tests.report import survival_cases as made

SAY = sentences("en")


def row(horizon: float | None, unit: str = "days") -> dict[str, object]:
    return {} if horizon is None else {"horizon": horizon, "time_unit": unit}


def test_rows_of_the_pages_horizon_and_those_of_no_horizon_are_kept_in_order() -> None:
    rows = [row(None), row(90.0), row(365.0), row(None)]
    assert at_page_horizon(rows, made.facts()) == [rows[0], rows[2], rows[3]]


def test_a_run_at_other_times_is_cited_by_its_latest_which_it_names() -> None:
    (kept,) = at_page_horizon([row(30.0), row(180.0)], made.facts())
    assert kept == row(180.0)
    assert row_within(kept, made.facts(), SAY) == "within 180 days"
    assert row_within(row(None), made.facts(), SAY) == ""


def test_the_same_number_in_another_unit_is_another_time() -> None:
    assert is_page_horizon(row(365.0), made.facts())
    assert is_page_horizon(row(365.0, ""), made.facts())
    assert not is_page_horizon(row(365.0, "weeks"), made.facts())
