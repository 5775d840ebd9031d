"""Predicted and observed trajectories over visits."""

from dataclasses import replace

import numpy as np
import pytest

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.finding import Curve, Table
from cds.core.protocol import MeasuresSection
from cds.core.study import Study
from cds.longitudinal.trajectory import bins_by_visit, mean_trajectory, validate_trajectory
from cds.stats.estimation import answer
from tests.visits import OBSERVED, PREDICTED, VISIT, WEEKS, attended, drawn_visits, visits


def study(sample, **more) -> Study:
    import pandas as pd

    n = len(sample)
    return Study(
        cohort=Cohort(patients=sample.patient_codes.astype(str), features=pd.DataFrame(index=range(n))),
        samples=(sample,),
        measures=catalog.measures("repeated"),
        settings=MeasuresSection(replicates=20, horizons=(4.0, 12.0)),
        **more,
    )


def told(of, kind):
    return {item.name: item for item in validate_trajectory(of) if isinstance(item, kind)}


def test_means_and_intervals_at_each_visit_are_those_of_t_test():
    # R 4.2.2 (y, p and v: see tests/visits.py): t.test(y[v == 4]); mean(p[v == 4])
    curve = mean_trajectory(visits(), WEEKS, 0.95, "points", "weeks")
    assert curve.columns["visit"].tolist() == list(WEEKS) and curve.columns["n"].tolist() == [9, 10, 12]
    for k, week in enumerate(WEEKS):
        assert curve.columns["observed"][k] == pytest.approx(OBSERVED[week == VISIT].mean())
        assert curve.columns["predicted"][k] == pytest.approx(PREDICTED[week == VISIT].mean())
    assert (curve.columns["low"][0], curve.columns["high"][0]) == pytest.approx(
        (2.72524442067, 4.60808891267), rel=1e-10
    )
    assert (curve.x_label, curve.y_label) == ("Visit (weeks)", "Mean value (points)")


def test_the_bins_of_a_visit_hold_its_patients():
    sample = drawn_visits(200, seed=1)
    curve = bins_by_visit(sample, WEEKS, 0.95, 11)
    for week in WEEKS:
        here = curve.columns["visit"] == week
        assert here.sum() == 5 and curve.columns["n"][here].sum() == 200
        assert (np.diff(curve.columns["predicted"][here]) > 0).all()
    weighted = curve.columns["n"] @ curve.columns["observed"] / curve.columns["n"].sum()
    assert weighted == pytest.approx(sample.observed.mean())


def test_calibration_and_error_along_the_visits_are_the_measures_own():
    sample = drawn_visits(200, seed=2)
    answered = answer(study(sample), jobs=1)
    curves = told(answered, Curve)
    calibration, errors = curves["trajectory_calibration"], curves["trajectory_errors"]
    assert set(calibration.columns["measure"]) == {"calibration_in_the_large", "calibration_slope"}
    measure = answered.measures["mae"]
    for k, (name, week) in enumerate(zip(errors.columns["measure"], errors.columns["visit"], strict=True)):
        if name == "mae":  # week 26 was not asked for in the protocol
            value = measure.compute(sample, horizon=week)
            assert errors.columns["value"][k] == value
            assert errors.columns["low"][k] == measure.interval(sample, value, 0.95, horizon=week).low
    assert errors.columns["n"].tolist() == [200.0] * 6


def test_nothing_is_drawn_of_a_visit_with_few_patients():
    assert told(study(visits()), Curve)["trajectory"].columns["visit"].tolist() == [26]  # 9, 10 and 12 patients
    few = visits().where(VISIT == 4)
    assert set(told(study(few), Curve)) == set()


def test_weighted_rows_are_drawn_without_intervals_at_undeclared_visits():
    sample = drawn_visits(100, seed=3).reweight(np.tile([1.0, 2.0, 1.0], 100))
    curves = told(study(sample), Curve)
    assert np.isnan(curves["trajectory"].columns["low"]).all()
    assert np.isnan(curves["trajectory_errors"].columns["low"]).all()
    assert "no interval is drawn" in curves["trajectory"].note


def test_responders_are_a_table_with_counts_and_agreement():
    sample = drawn_visits(200, seed=4)
    baseline = np.random.default_rng(4).normal(9, 1, 200)[sample.patient_codes]
    ruled = replace(sample, baseline=baseline, responder=visits().responder, _rows={}, _memo={})
    table = told(study(ruled), Table)["responders"]
    assert [row[0] for row in table.rows] == ["4", "12", "26"] and table.rows[0][1] == "200"
    responded = int((1 - sample.observed[::3] / baseline[::3] >= 0.3).sum())
    assert table.rows[0][2].startswith(f"{responded} (")
    assert "a decrease of 30 % or more from baseline" in table.note and "Secondary" in table.note
    assert "×" in told(study(visits()), Table)["responders"].rows[0][2]


def test_drop_out_is_told_where_attendance_is_known():
    assert "dropout" not in told(study(visits()), Table)
    assert {"dropout", "dropout_by_prediction", "dropout_odds"} <= set(
        told(study(visits(), attendance=attended()), Table)
    )


def test_other_outcomes_have_no_trajectory():
    from tests.values import values

    assert list(validate_trajectory(study(values()))) == []
