"""Figures: the same bytes each time, whole under missing values, a text that says what is shown."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from cds.calibration.curve import calibration_curve
from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.core.sample_binary import BinarySample
from cds.core.study import OVERALL
from cds.report.criteria_view import criterion_rows
from cds.report.drawing import Board, Figure, Frame, Scale
from cds.report.figures import draw_figures
from cds.report.wording import sentences
from cds.utility.decision_curve import decision_curve
from tests.report import validation_record as made

WORDS = sentences("validation_en")


def drawn(record: RunRecord) -> dict[str, Figure]:
    figures = draw_figures(record, criterion_rows(record, WORDS), area="AUROC 0.73 (0.69 to 0.77)", words=WORDS)
    return {figure.name: figure for figure in figures}


def test_every_figure_is_xml_with_a_title_and_nothing_from_outside() -> None:
    for figure in drawn(made.record()).values():
        root = ET.fromstring(figure.svg)
        assert root[0].tag.endswith("title")
        assert root[0].text == figure.alternative
        assert not {e.tag.split("}")[1] for e in root.iter()} - {"svg", "title", "path", "rect", "circle", "text"}


def test_the_same_curves_give_the_same_bytes() -> None:
    first, second = drawn(made.record()), drawn(made.record())
    assert [f.svg for f in first.values()] == [f.svg for f in second.values()]


def test_text_stays_text_in_the_packaged_font() -> None:
    svg = drawn(made.record())["decision"].svg
    assert ">treat all</text>" in svg
    assert 'font-family="IBM Plex Sans' in svg


def test_every_drawn_point_lies_on_the_board() -> None:
    for figure in drawn(made.record()).values():
        root = ET.fromstring(figure.svg)
        width, height = float(root.get("width", 0)), float(root.get("height", 0))
        for e in root.iter():
            if e.tag.endswith("circle"):
                assert 0 <= float(e.get("cx", -1)) <= width
                assert 0 <= float(e.get("cy", -1)) <= height
            if e.tag.endswith("path"):
                flat = e.get("d", "").replace("M", " ").replace("L", " ").replace("Z", "").split()
                xs, ys = [float(v) for v in flat[::2]], [float(v) for v in flat[1::2]]
                assert min(xs) >= -0.5
                assert max(xs) <= width + 0.5
                assert min(ys) >= -0.5
                assert max(ys) <= height + 0.5


def test_a_line_breaks_where_a_value_is_missing() -> None:
    board = Board(100, 100)
    Frame(board, Scale(0, 1, 0, 100), Scale(0, 1, 100, 0)).line(
        [0, 0.2, 0.4, 0.6, 0.8, 1], [0, 0.2, np.nan, 0.6, 0.8, 1]
    )
    assert board.shapes[0].count("M") == 2


def test_interval_columns_may_be_absent_or_missing() -> None:
    bare = [
        Curve(
            c.name,
            c.family,
            c.title,
            {k: v for k, v in c.columns.items() if k not in ("low", "high")},
            attribute=c.attribute,
            group=c.group,
            facts=c.facts,
        )
        for c in made.curves()
    ]
    holed = [
        Curve(
            c.name,
            c.family,
            c.title,
            {k: v * np.nan if k in ("low", "high") else v for k, v in c.columns.items()},
            attribute=c.attribute,
            group=c.group,
            facts=c.facts,
        )
        for c in made.curves()
    ]
    for curves in (bare, holed):
        figures = drawn(made.record(curves=tuple(curves)))
        assert len(figures) == 7
        assert not any("nan" in f.svg for f in figures.values())


@pytest.mark.parametrize("name", ["calibration", "calibration_tenths", "risk_distribution", "decision", "roc"])
def test_a_curve_without_rows_is_left_out(name: str) -> None:
    curves = [
        Curve(c.name, c.family, c.title, {k: v[:0] for k, v in c.columns.items()}) if c.name == name else c
        for c in made.curves(groups=False)
    ]
    assert (name in drawn(made.record(curves=tuple(curves)))) is False


def test_no_bar_of_the_distribution_hides_who_it_counts() -> None:
    figure = drawn(made.record())["risk_distribution"]
    elements = list(ET.fromstring(figure.svg).iter())
    bars = [e for e in elements if e.tag.endswith("rect")]
    told = [e for e in elements if e.tag.endswith("text") and "the outcome (n" in (e.text or "")]
    top = min(float(e.attrib["y"]) for e in bars)
    bottom = max(float(e.attrib["y"]) + float(e.attrib["height"]) for e in bars)
    assert len(told) == 2
    assert all(not top < float(e.attrib["y"]) < bottom + 10 for e in told)


def test_an_unknown_curve_is_drawn_as_lines() -> None:
    curve = Curve(
        "drift", "dataquality", "Mean risk by month", {"month": np.arange(5.0), "risk": np.linspace(0.2, 0.3, 5)}
    )
    figure = drawn(made.record(curves=(curve,)))["drift"]
    assert figure.section == "other"
    assert figure.alternative == "Mean risk by month. risk runs from 0.200 to 0.300."


def test_at_most_nine_groups_are_drawn_and_the_rest_is_said() -> None:
    base = made.curves(groups=False)[0]
    curves = [
        Curve(
            "calibration",
            "fairness",
            "",
            base.columns,
            attribute="site",
            group=f"site {i}",
            facts={"n": 100 + i, "events": 30},
        )
        for i in range(12)
    ]
    figure = drawn(made.record(curves=tuple(curves)))["calibration_site"]
    assert figure.note == "3 smaller groups are not drawn."
    assert figure.svg.count(">site ") == 9


def test_two_attributes_with_alike_names_get_files_of_their_own() -> None:
    base = made.curves(groups=False)[0]
    curves = [
        Curve("calibration", "fairness", "", base.columns, attribute=a, group="x", facts={"n": 100, "events": 30})
        for a in ("a/b", "a b")
    ]
    assert {"calibration_a_b", "calibration_a_b_2"} <= set(drawn(made.record(curves=tuple(curves))))


def labels(figure: Figure) -> list[str]:
    return [e.text or "" for e in ET.fromstring(figure.svg).iter() if e.tag.endswith("text")]


def small(height: float = 0.02) -> Curve:
    risk = np.linspace(0.01, 0.12, 101)
    columns = {"risk": risk, "observed": risk, "low": risk - 0.005, "high": risk + height}
    return Curve("calibration", "calibration", "C", columns, facts={"n": 900, "events": 60})


def test_calibration_axes_run_from_0_to_1_with_every_tick() -> None:
    figures = drawn(made.record())
    for name, axes in (("calibration", 2), ("calibration_sex", 4)):
        told = labels(figures[name])
        assert all(told.count(tick) >= axes for tick in ("0.2", "0.4", "0.6", "0.8", "1"))


def test_where_all_risks_are_small_the_axes_end_early_and_say_so() -> None:
    figure = drawn(made.record(curves=(small(),)))["calibration"]
    assert "predicted risk (axis ends at 0.15)" in labels(figure)
    assert "both axes end at 0.15, not at 1" in figure.note
    assert "upper edge" not in figure.note


def test_a_band_that_goes_on_above_the_axis_has_a_sign() -> None:
    figure = drawn(made.record(curves=(small(0.3),)))["calibration"]
    assert "▲ at the upper edge" in figure.note
    # the only closed path besides the band is the triangle
    assert figure.svg.count("Z") == 2


def test_the_key_names_a_band_only_where_one_is_drawn() -> None:
    (curve,) = (c for c in made.curves() if c.name == "calibration" and c.group is None)
    bare = replace(curve, columns={k: v for k, v in curve.columns.items() if k not in ("low", "high")})
    assert "95% interval" in labels(drawn(made.record(curves=(curve,)))["calibration"])
    assert "95% interval" not in labels(drawn(made.record(curves=(bare,)))["calibration"])


@pytest.mark.parametrize("weights", [None, np.tile([1.0, 1.5], 100)])
@pytest.mark.parametrize("smoother", ["rcs", "lowess"])
def test_every_part_of_the_analysis_notes_has_plain_words(smoother: str, weights: np.ndarray | None) -> None:
    rng = np.random.default_rng(1)
    risk = rng.uniform(0.05, 0.9, 200)
    sample = BinarySample(
        outcome=(rng.random(200) < risk).astype(float),
        risk=risk,
        weights=weights,
        design="simple" if weights is None else "sampling",
    )
    curves = (calibration_curve(sample, smoother, 0.95, OVERALL), decision_curve(sample, (0.2,), 0.95))
    for curve in (c for c in curves if isinstance(c, Curve)):
        for part in curve.note.split("; "):
            assert WORDS.get(f"curve_note.{part}", "") != ""


def test_a_risk_at_which_the_curve_has_no_value_is_not_told() -> None:
    risk = np.linspace(0.2, 1, 5)
    columns = {"risk": risk, "observed": np.r_[risk[:-1], np.nan]}
    curve = Curve("calibration", "calibration", "C", columns, facts={"n": 900, "events": 60})
    alternative = drawn(made.record(curves=(curve,)))["calibration"].alternative
    assert "nan" not in alternative and "at 0.8, 0.80" in alternative and "at 1, " not in alternative


def test_a_decision_curve_without_any_estimate_says_so() -> None:
    threshold = np.linspace(0.01, 0.5, 50)
    columns = {"threshold": threshold, "model": np.full(50, np.nan), "treat_all": 0.3 - threshold / 2}
    curve = Curve("decision", "utility", "D", columns)
    alternative = drawn(made.record(curves=(curve,)))["decision"].alternative
    assert "nan" not in alternative
    assert "the model’s net benefit cannot be estimated, treat all 0." in alternative
