"""Outcomes over visits drawn: the course, observed on predicted at each visit, error along the visits, drop-out."""

from dataclasses import replace

import numpy as np
import pytest

from cds import catalog
from cds.longitudinal.trajectory import validate_trajectory
from cds.report.figure_visits import DRAWERS, MOST_PANELS
from cds.report.figures import draw_figures, drawers
from cds.report.rounding import number
from cds.report.wording import shortened
from tests.report import validation_record as made
from tests.report.boards import WORDS, assert_on_the_board, texts
from tests.studies import answered, parts
from tests.visits import WEEKS, attended, drawn_visits

PROTOCOL = made.protocol(
    time_unit="weeks", outcome={"kind": "repeated", "column": "pain", "unit": "points"},
    cohort={"patient": "id", "visit": "week"}, measures={"horizons": list(WEEKS)},
    criteria=[{"measure": "mae", "at_most": 3}],
)  # fmt: skip
RECORD = replace(
    made.record(listed=[]), protocol=PROTOCOL, definitions=catalog.measures("repeated"), curves=(), tables=()
)
SAMPLE = drawn_visits(80, 2)


def study(sample=SAMPLE, **more):
    found = answered(sample, thresholds=(), horizons=WEEKS)
    return replace(found, protocol=PROTOCOL, **more)


def curves_of(made_study):
    return {curve.name: curve for curve in parts(validate_trajectory(made_study))[1]}


CURVES = curves_of(study())


def drawn(curve, record=RECORD):
    return DRAWERS[curve.name](curve, record, name=curve.name, words=WORDS)


def test_every_curve_of_visits_has_a_drawer():
    assert set(CURVES) == {"trajectory", "trajectory_bins", "trajectory_calibration", "trajectory_errors"}
    assert set(DRAWERS) == {*CURVES, "dropout_odds"}
    assert set(DRAWERS) <= set(drawers())


@pytest.mark.parametrize("name", CURVES)
def test_it_is_whole_on_its_board_and_the_same_each_time(name):
    figure = drawn(CURVES[name])
    assert_on_the_board(figure)
    assert figure.svg == drawn(CURVES[name]).svg
    assert (figure.section, figure.title, figure.wide) == ("visits", CURVES[name].title, True)


def test_the_course_is_told_visit_by_visit():
    figure, curve = drawn(CURVES["trajectory"]), CURVES["trajectory"]
    for visit, observed, predicted in zip(*(curve.columns[c] for c in ("visit", "observed", "predicted")), strict=True):
        told = f"at {visit:g}, observed {number(observed)}, predicted {number(predicted)}"
        assert told in figure.alternative
    found = texts(figure)
    assert "Visit (weeks)" in found and "Mean value (points)" in found
    assert WORDS("figure.observed_mean", level="95%") in found and WORDS("figure.predicted_mean") in found


def test_each_visit_has_a_panel_with_its_patients():
    figure = drawn(CURVES["trajectory_bins"])
    for visit in WEEKS:
        assert WORDS("figure.visit", visit=f"{visit:g} weeks", n="80") in texts(figure)
        assert f"at {visit:g}, where " in figure.alternative
    assert "Predicted value (points) (across), observed value (points) (up)" in texts(figure)


def test_many_visits_are_cut_to_the_panels_that_fit():
    columns = CURVES["trajectory_bins"].columns
    first = columns["visit"] == WEEKS[0]
    many = {name: np.tile(values[first], 12) for name, values in columns.items()}
    many["visit"] = np.repeat(np.arange(1.0, 13), first.sum())
    figure = drawn(replace(CURVES["trajectory_bins"], columns=many))
    assert_on_the_board(figure)
    assert sum(text.startswith("At ") for text in texts(figure)) == MOST_PANELS


def test_along_the_visits_each_measure_has_a_panel_and_its_unit():
    errors = texts(drawn(CURVES["trajectory_errors"]))
    labels = CURVES["trajectory_errors"].facts["labels"]
    for name in ("mae", "rmse"):
        assert f"{labels[name]} (points)" in errors
    calibration = texts(drawn(CURVES["trajectory_calibration"]))
    assert CURVES["trajectory_calibration"].facts["labels"]["calibration_slope"] in calibration  # has no unit
    assert [text for text in errors if text in ("4", "12", "26")] == ["4", "12", "26"] * 2


def test_along_the_visits_the_first_and_last_value_are_told():
    curve = CURVES["trajectory_errors"]
    values = curve.columns["value"][curve.columns["measure"] == "mae"]
    label = curve.facts["labels"]["mae"]
    told = f"{label} (points) {number(values[0])} in 4, {number(values[-1])} in 26"
    assert told in drawn(curve).alternative


def test_drop_out_stands_among_the_missing_values_with_no_association_dashed():
    curve = curves_of(study(attendance=attended()))["dropout_odds"]
    figure = drawn(curve)
    assert_on_the_board(figure)
    assert figure.section == "missing"
    assert shortened(WORDS("figure.odds_of_missing"), 48) in texts(figure)
    assert WORDS("figure.odds_of_missing") in figure.alternative
    assert 'stroke-dasharray="6 3"' in figure.svg  # the odds ratio of 1
    assert figure.alternative.startswith(f"{curve.title}. ")


def test_weighted_visits_have_no_intervals_and_say_so():
    weighted = curves_of(study(drawn_visits(80, 2).reweight(np.full(240, 0.5))))
    figure = drawn(weighted["trajectory"], replace(RECORD, weighted=True))
    assert_on_the_board(figure)
    assert "weights" in figure.note


def test_one_visit_is_drawn_too():
    for name, curve in CURVES.items():
        one = curve.columns["visit"] == WEEKS[0]
        assert_on_the_board(drawn(replace(curve, columns={k: v[one] for k, v in curve.columns.items()}))), name


def test_constant_values_are_drawn_too():
    constant = replace(SAMPLE, observed=np.full(240, 3.0), predicted=np.full(240, 3.0), low=None, high=None,
                       interval_level=None)  # fmt: skip
    found = curves_of(study(constant))
    assert_on_the_board(drawn(found["trajectory"]))
    assert_on_the_board(drawn(found["trajectory_bins"]))


def test_a_measure_without_any_value_has_no_figure():
    curve = CURVES["trajectory_errors"]
    nothing = {**curve.columns, "value": np.full(len(curve.columns["value"]), np.nan)}
    assert drawn(replace(curve, columns=nothing)) is None


@pytest.mark.parametrize("name", CURVES)
def test_nothing_is_drawn_of_an_empty_curve(name):
    empty = replace(CURVES[name], columns={k: v[:0] for k, v in CURVES[name].columns.items()})
    assert draw_figures(replace(RECORD, curves=(empty,)), (), area="", words=WORDS) == ()
