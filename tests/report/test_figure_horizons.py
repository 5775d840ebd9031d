"""Calibration and decision curves of several horizons stand side by side; one horizon is a figure as ever."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cds.report.figure_horizons import of_several_horizons, panels
from cds.report.figures import draw_figures
from cds.survival.calibration_curve import calibration_curve
from cds.survival.decision_curve import decision_curve
from cds.survival.risk_groups import tenths
from tests.report import validation_record as made
from tests.report.boards import WORDS, assert_on_the_board, texts
from tests.survival.tied import reference_survival

SAMPLE = reference_survival()
HORIZONS = SAMPLE.horizons
SPANS = ["90 days", "180 days", "365 days"]
CALIBRATION = [calibration_curve(SAMPLE, h, 0.95) for h in HORIZONS]
TENTHS = [tenths(SAMPLE, h, 0.95) for h in HORIZONS]
DECISION = [decision_curve(SAMPLE, h, (0.3,), 0.95) for h in HORIZONS]
RECORD = replace(made.record(listed=[]), curves=(*CALIBRATION, *TENTHS, *DECISION))


def of_report(*curves):
    return {f.name: f for f in draw_figures(replace(RECORD, curves=curves), (), area="", words=WORDS)}


def tenths_of(curve):
    return next((t for t in TENTHS if t.facts["horizon"] == curve.facts["horizon"]), None)


def test_curves_that_come_once_per_horizon_are_found_by_name():
    found = of_several_horizons(RECORD.curves)
    assert {name: [c.facts["of"] for c in mine] for name, mine in found.items()} == {
        "calibration": SPANS, "decision": SPANS
    }  # fmt: skip


def test_a_single_horizon_and_curves_of_groups_are_no_panels():
    alone = [CALIBRATION[0], DECISION[0], TENTHS[0]]
    of_groups = [replace(c, attribute="sex", group="f") for c in CALIBRATION]
    assert of_several_horizons([*alone, *of_groups]) == {}
    assert of_several_horizons(made.curves()) == {}  # without a horizon


@pytest.mark.parametrize(
    ("curves", "title"),
    [
        (CALIBRATION, WORDS("figure.calibration_by_horizon")),
        (DECISION, WORDS("figure.decision_by_horizon")),
    ],
    ids=["calibration", "decision"],
)
def test_there_is_one_panel_per_horizon_each_named_and_told(curves, title):
    figure = panels(curves, tenths_of, RECORD, name="p", words=WORDS)
    assert_on_the_board(figure)
    assert figure.title == title and figure.alternative.startswith(f"{title}. ")
    for span in SPANS:
        assert span in texts(figure) and span in figure.alternative


def test_calibration_panels_say_who_is_in_them_and_their_axes():
    figure = panels(CALIBRATION, tenths_of, RECORD, name="p", words=WORDS)
    assert figure.section == "calibration"
    assert WORDS("figure.group_axes") in texts(figure) and WORDS("figure.tenths") in texts(figure)
    for curve in CALIBRATION:
        assert WORDS("figure.counts", n=curve.facts["n"], events=curve.facts["events"]) in texts(figure)
    assert figure.svg.count("<circle") == 31  # ten in each panel and one in the key


def test_panels_without_tenths_have_no_points():
    figure = panels(CALIBRATION, lambda _: None, RECORD, name="p", words=WORDS)
    assert "<circle" not in figure.svg and WORDS("figure.tenths") not in texts(figure)


def test_decision_panels_tell_net_benefit_at_the_thresholds():
    figure = panels(DECISION, tenths_of, RECORD, name="p", words=WORDS)
    assert figure.section == "decisions"
    assert figure.alternative.count("At 0.3: model") == 3


def test_the_report_draws_panels_once_and_no_figure_for_each_horizon():
    found = of_report(*RECORD.curves)
    assert [(f.name, f.section) for f in found.values()] == [("calibration", "calibration"), ("decision", "decisions")]
    assert found["calibration"].svg.count("<circle") == 31


def test_with_one_horizon_the_figure_is_the_usual_one_with_its_tenths():
    found = of_report(CALIBRATION[1], TENTHS[0], TENTHS[1])
    assert list(found) == ["calibration"]
    assert found["calibration"].title == CALIBRATION[1].title
    assert found["calibration"].svg.count("<circle") == 11


def of_twelve(curves):
    """Twelve horizons of a name, the 30th day first and the 360th last."""
    days = [30.0 * k for k in range(1, 13)]
    return [replace(curves[1], facts={**curves[1].facts, "horizon": d, "of": f"{d:g} days"}) for d in days]


@pytest.mark.parametrize("curves", [CALIBRATION, DECISION], ids=["calibration", "decision"])
def test_of_more_than_nine_horizons_those_with_a_criterion_are_drawn_and_the_rest_is_counted(curves):
    protocol = SimpleNamespace(criteria=(SimpleNamespace(horizon=360.0),), measures=RECORD.protocol.measures)
    record = SimpleNamespace(protocol=protocol, weighted=False)
    figure = panels(of_twelve(curves), lambda _: None, record, name="p", words=WORDS)
    assert_on_the_board(figure)
    drawn = [t for t in texts(figure) if t.endswith(" days")]
    assert drawn == [f"{30 * k} days" for k in (*range(1, 9), 12)]
    assert figure.note.endswith("3 further horizons are not drawn.") and "smaller groups" not in figure.note
    one_more = panels(of_twelve(curves)[:10], lambda _: None, record, name="p", words=WORDS)
    assert one_more.note.endswith("1 further horizon is not drawn.")


def test_where_net_benefit_cannot_be_estimated_the_panels_say_so():
    ended = {**DECISION[2].columns, "model": np.full(len(DECISION[2].columns["model"]), np.nan)}
    figure = panels([*DECISION[:2], replace(DECISION[2], columns=ended)], tenths_of, RECORD, name="p", words=WORDS)
    assert_on_the_board(figure)
    assert "At 0.3: the model’s net benefit cannot be estimated, treat all " in figure.alternative
    assert figure.alternative.count("At 0.3: model") == 2


def test_empty_curves_are_not_drawn():
    empty = [replace(c, columns={name: np.array([]) for name in c.columns}) for c in DECISION[:1]]
    assert of_report(*empty) == {}
