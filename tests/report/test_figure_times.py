"""Error over time, and risk groups' observed course beside what was predicted: drawn, told in words, on the board."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cds.report.drawing import text_width
from cds.report.figure_times import DRAWERS, brier_over_time, risk_groups
from cds.report.figures import draw_figures, drawers
from cds.report.rounding import number
from cds.survival.brier_curves import brier_curve
from cds.survival.risk_groups import risk_groups as groups_curve
from tests.report import validation_record as made
from tests.report.boards import WORDS, assert_on_the_board, texts
from tests.survival.tied import reference_competing, reference_survival, survival

RECORD = made.record(listed=[])
SAMPLE = reference_survival()
OVER_TIME = brier_curve(SAMPLE, 0.95)
GROUPS = groups_curve(SAMPLE, 0.95)


def drawn(curve):
    return DRAWERS[curve.name](curve, RECORD, name=curve.name, words=WORDS)


def of_report(*curves):
    return {f.name: f for f in draw_figures(replace(RECORD, curves=curves), (), area="", words=WORDS)}


@pytest.mark.parametrize("curve", [OVER_TIME, GROUPS], ids=["error", "groups"])
def test_it_is_whole_on_its_board_and_the_same_each_time(curve):
    figure = drawn(curve)
    assert_on_the_board(figure)
    assert figure.svg == drawn(curve).svg
    assert (figure.section, figure.title, figure.wide) == ("over_time", curve.title, True)


def test_both_are_found_by_the_name_of_their_curve():
    assert set(DRAWERS) <= set(drawers())
    found = of_report(OVER_TIME, GROUPS)
    assert [f.section for f in found.values()] == ["over_time", "over_time"]


def test_the_error_is_told_at_each_time_in_numbers():
    figure = drawn(OVER_TIME)
    for time, brier, ipa in zip(*(OVER_TIME.columns[c] for c in ("time", "brier", "ipa")), strict=True):
        told = f"at {time:g} Brier score {number(brier, 3)}, index of prediction accuracy {number(ipa, 3)}"
        assert told in figure.alternative
    assert figure.alternative.startswith("Brier score and index of prediction accuracy over time. ")


def test_both_panels_name_their_axes_and_the_key_its_lines():
    found = texts(drawn(OVER_TIME))
    assert found.count("Time (days)") == 2
    assert WORDS("figure.brier") in found and WORDS("figure.ipa") in found
    assert {WORDS("figure.model"), WORDS("figure.no_model"), WORDS("figure.interval", level="95%")} <= set(found)


def test_without_intervals_there_is_no_band_and_no_word_of_one():
    curve = brier_curve(reference_survival(weights=np.full(500, 0.5)), 0.95)
    figure = drawn(curve)
    assert_on_the_board(figure)
    assert WORDS("figure.interval", level="95%") not in texts(figure)
    assert "No band is drawn" in figure.note


def test_before_the_first_event_there_is_no_index_of_prediction_accuracy():
    curve = brier_curve(survival(np.r_[1.5, 3, 4, 5, 6], [0, 1, 1, 0, 0], np.full(5, 0.3)), 0.95)
    assert np.isnan(curve.columns["ipa"][0])
    figure = drawn(curve)
    assert_on_the_board(figure)
    assert f"at 2 Brier score 0.090, index of prediction accuracy {WORDS('number.none')}" in figure.alternative


def test_many_times_are_a_line_without_marks_and_few_of_them_are_told():
    times = np.linspace(1, 100, 60)
    columns = {"time": times, **{name: np.linspace(0.1, 0.2, 60) for name in ("brier", "low", "high", "ipa")}}
    curve = replace(OVER_TIME, columns={**columns, "brier_null": np.full(60, 0.25)})
    figure = drawn(curve)
    assert_on_the_board(figure)
    assert figure.svg.count("<circle") == 0 and drawn(OVER_TIME).svg.count("<circle") == 6
    assert figure.alternative.count("Brier score 0") == 5


def test_a_model_worse_than_none_stays_within_its_panel():
    columns = {**OVER_TIME.columns, "ipa": np.array([-0.4, -0.1, 0.02])}
    assert_on_the_board(drawn(replace(OVER_TIME, columns=columns)))


def test_each_risk_group_is_named_and_told_at_its_end():
    figure = drawn(GROUPS)
    group, observed = GROUPS.columns["group"], GROUPS.columns["observed"]
    last = max(GROUPS.facts["predicted"], key=lambda p: (p["group"], p["horizon"]))
    end = observed[group == last["group"]][-1]
    highest = WORDS("figure.highest_group")
    assert f"{highest}, observed {number(end, 2)}, predicted {number(last['mean_risk'], 2)}" in figure.alternative
    found = texts(figure)
    assert {WORDS("figure.lowest_group"), highest} <= set(found)
    assert sum(WORDS("figure.group_number", k=k) in found for k in (2, 3, 4)) == 3
    assert GROUPS.x_label in found and WORDS("figure.risk") in found


def test_the_names_of_groups_that_end_together_do_not_touch():
    columns = {**GROUPS.columns, "observed": np.full(len(GROUPS.columns["observed"]), 0.3)}
    figure = risk_groups(replace(GROUPS, columns=columns), RECORD, name="g", words=WORDS)
    names = [t for t in ET.fromstring(figure.svg).iter() if t.get("x") == "544"]
    heights = sorted(float(t.get("y")) for t in names)
    assert len(heights) == 5 and np.diff(heights).min() >= 12 - 1e-9


def test_competing_risks_are_drawn_alike():
    from cds.survival.competing_curves import risk_groups as competing_groups

    curve = competing_groups(reference_competing(), 0.95)
    assert_on_the_board(drawn(curve))
    assert WORDS("figure.highest_group") in drawn(curve).alternative


def test_equal_risks_are_one_group():
    curve = groups_curve(survival(risk=np.full(24, 0.3)), 0.95)
    figure = drawn(curve)
    assert_on_the_board(figure)
    assert WORDS("figure.lowest_group") in texts(figure)


@pytest.mark.parametrize("curve", [OVER_TIME, GROUPS], ids=["error", "groups"])
def test_nothing_is_drawn_of_an_empty_curve(curve):
    empty = replace(curve, columns={name: np.array([]) for name in curve.columns})
    assert of_report(empty) == {}


def test_a_single_time_is_drawn():
    columns = {name: values[:1] for name, values in OVER_TIME.columns.items()}
    assert_on_the_board(brier_over_time(replace(OVER_TIME, columns=columns), RECORD, name="b", words=WORDS))


LONG = "weeks since the first visit to the general practitioner for this episode of pain"


@pytest.mark.parametrize("curve", [OVER_TIME, GROUPS], ids=["error", "groups"])
@pytest.mark.parametrize("unit", ["weeks since the first visit to the practice", LONG, "x" * 300])
def test_a_long_time_unit_is_neither_cut_by_the_board_nor_runs_into_the_other_panel(curve, unit):
    figure = drawn(replace(curve, x_label=f"Time ({unit})"))
    assert_on_the_board(figure)
    boxes = []
    for text in ET.fromstring(figure.svg).iter("{http://www.w3.org/2000/svg}text"):
        if text.get("text-anchor") == "middle" and "transform" not in text.attrib:
            half = text_width(text.text or "", float(text.get("font-size"))) / 2
            boxes.append((float(text.get("y")), float(text.get("x")) - half, float(text.get("x")) + half))
    boxes.sort()
    assert all(a[0] != b[0] or a[2] <= b[1] + 1 for a, b in pairwise(boxes))


def test_a_long_time_unit_is_written_in_two_lines():
    found = texts(drawn(replace(OVER_TIME, x_label=f"Time ({LONG})")))
    assert f"Time ({LONG})" not in found
    assert sum(part.startswith("Time (weeks since") for part in found) == 2
    assert sum(part.endswith("episode of pain)") for part in found) == 2


def test_a_group_whose_line_ends_early_is_drawn_and_the_note_says_so():
    entry, time = np.r_[0.0, np.full(9, 3), np.zeros(10)], np.r_[2.0, np.full(9, 9.0), np.arange(1.0, 11)]
    status, risk = np.r_[np.ones(10), np.arange(10) % 2], np.repeat([0.2, 0.6], 10)
    figure = drawn(groups_curve(survival(time, status, risk, horizons=(9.0,), entry=entry), 0.95))
    assert_on_the_board(figure)
    assert "1 line ends early, where everyone then at risk had had an event" in figure.note
