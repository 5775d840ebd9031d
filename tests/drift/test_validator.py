"""The validator is silent without dates, tells what it found, and gives a reason for what it did not draw."""

import numpy as np
import pytest

from cds.core.finding import Curve, Finding, Table
from cds.drift.validator import validate
from tests.drift.studies import dated
from tests.samples import small


def parts(study):
    found = list(validate(study))
    tables = {out.name: out for out in found if isinstance(out, Table)}
    return [o for o in found if isinstance(o, Finding)], {o.name: o for o in found if isinstance(o, Curve)}, tables


def test_without_a_declared_date_it_is_silent():
    assert list(validate(dated(100, cohort={}))) == []


def test_drift_is_found_and_dated():
    _, curves, tables = parts(dated(2000))
    assert set(curves) == {"by_window", "cusum"}
    assert list(tables) == ["drift_windows", "drift_cusum", "drift_scores", "drift_inputs"]
    doubled, halved, difference = tables["drift_cusum"].rows
    assert doubled[3].startswith("2025") and halved[3] == "none" and difference[3].startswith("2025")
    assert "Change of calibration-in-the-large per year: +0." in tables["drift_windows"].note


def test_no_two_points_of_the_drawn_path_lie_closer_than_a_smallest_cell():
    _, curves, _ = parts(dated(700))
    assert (np.diff(np.r_[0, curves["cusum"].columns["patients"]]) >= 11).all()


def test_one_window_is_said():
    _, curves, tables = parts(dated(300, days=60))
    assert "All patients fall into one window (2024-Q1)" in tables["drift_windows"].note
    assert "by_window" not in curves


def test_dates_after_the_run_are_said():
    _, _, tables = parts(dated(200, start="2200-01-01"))
    assert "200 dates lie after the day of this run" in tables["drift_windows"].note


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"weights": np.tile([0.5, 1.5], 100)}, "rows are weighted"),
        ({"design": "case_control"}, "cannot drift"),
        ({"patient": np.repeat(np.arange(100), 2)}, "several rows"),
    ],
)
def test_what_is_not_counted_one_by_one_has_no_chart_and_a_reason(changes, told):
    from tests.samples import drawn, small

    base = drawn(200, 1)
    _, curves, tables = parts(dated(200, sample=small(base.outcome, base.risk, **changes)))
    assert "cusum" not in curves and told in tables["drift_cusum"].rows[0][0]


def test_the_same_seed_gives_the_same_limits():
    one, other = (parts(dated(400))[2]["drift_cusum"].rows for _ in range(2))
    assert one == other


def test_windows_without_the_patients_at_risk_0_are_marked():
    study = dated(600)
    zeros = dated(600, sample=small(study.sample.outcome, np.where(np.arange(600) % 4 == 0, 0.0, study.sample.risk)))
    (table,) = (one for one in validate(zeros) if isinstance(one, Table) and one.name == "drift_windows")
    slope = table.header.index("Calibration slope")
    assert all("†" in row[slope] or row[slope] == "–" for row in table.rows)
    assert not any("†" in row[table.header.index("Brier score")] for row in table.rows)
    assert "flatters a bad model" in table.note
