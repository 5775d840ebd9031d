"""The largest size decides."""

from cds.planning.plan import Plan, Row, level_and_size_faults, row_of
from cds.planning.targets import Target


def test_the_row_that_asks_for_most_patients_decides() -> None:
    rows = (Row("a", None, 0.1, 100, 10), Row("b", 0.2, 0.1, 300, 30), Row("c", None, None, None, None))
    plan = Plan(kind="binary", level=0.95, rows=rows)
    assert plan.largest is rows[1]
    record = plan.record()
    assert (record["patients"], record["events"], record["decided_by"]) == (300, 30, "b at 0.2")
    assert Plan(kind="binary", level=0.95, rows=rows[2:]).record()["patients"] is None


def test_a_row_holds_the_size_its_events_and_the_width_asked_about() -> None:
    row = row_of(Target("auroc", 0.5), lambda n: 10 / n, 0.31, 40)
    assert (row.patients, row.events, row.width) == (20, 7, 0.25)


def test_level_size_and_expectation_are_checked_together() -> None:
    told = [str(fault) for fault in level_and_size_faults(1.0, 3, 0.0)]
    assert len(told) == 3
    assert level_and_size_faults(0.95, None, 1.0) == []
