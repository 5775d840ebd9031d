"""The comparison's figures: every model named and drawn, nothing off the board, words for those who cannot see it."""

import xml.etree.ElementTree as ET

import numpy as np

from cds.core.finding import Curve
from cds.report.figure_comparison import DRAWERS, MOST_ROWS
from cds.report.figures import drawers
from cds.report.wording import sentences
from tests.report import validation_record as made

WORDS = sentences("validation_en")
NAMES = ("this-model@1", "the-other@2")


def draw(curve: Curve):
    return DRAWERS[curve.name](curve, made.record(), name=curve.name, words=WORDS)


def calibration() -> Curve:
    grid = np.linspace(0.05, 0.9, 11)
    columns = {"model": np.repeat(NAMES, 11), "risk": np.tile(grid, 2), "observed": np.r_[grid, grid**2]}
    return Curve("comparison_calibration", "comparison", "Calibration", columns, "Predicted risk", "Observed risk")


def decision() -> Curve:
    grid = np.linspace(0.01, 0.6, 60)
    columns = {
        "model": np.repeat(NAMES, 60), "threshold": np.tile(grid, 2),
        "net_benefit": np.r_[0.3 - grid / 2, 0.25 - grid], "treat_all": np.tile(0.3 - grid, 2),
    }  # fmt: skip
    return Curve("comparison_decision", "comparison", "Decisions", columns, "Threshold", "Net benefit")


def differences(rows: int = 3) -> Curve:
    columns = {
        "against": np.repeat("the-other@2", rows), "measure": np.array([f"Measure {k}" for k in range(rows)]),
        "kind": np.array(["difference", "ratio", "difference"] * rows)[:rows],
        "better": np.array(["higher", "target", "lower"] * rows)[:rows],
        "estimate": np.array([0.05, 0.9, -0.01] * rows)[:rows], "low": np.array([0.01, 0.8, -0.03] * rows)[:rows],
        "high": np.array([0.09, 1.1, 0.01] * rows)[:rows],
    }  # fmt: skip
    return Curve("comparison_differences", "comparison", "Differences", columns)


def test_the_drawers_are_found_by_the_names_of_their_curves() -> None:
    assert set(DRAWERS) <= set(drawers())


def test_every_model_is_named_and_spoken_of() -> None:
    for curve in (calibration(), decision()):
        figure = draw(curve)
        for name in NAMES:
            assert f">{name}</text>" in figure.svg
            assert name in figure.alternative
        assert figure.section == "comparison"


def test_nothing_is_drawn_off_the_board() -> None:
    for curve in (calibration(), decision(), differences()):
        root = ET.fromstring(draw(curve).svg)
        width, height = float(root.get("width", 0)), float(root.get("height", 0))
        for e in root.iter():
            if e.tag.endswith("text"):
                assert 0 <= float(e.get("x", -1)) <= width
                assert 0 <= float(e.get("y", -1)) <= height
            if e.tag.endswith("circle"):
                assert 0 <= float(e.get("cx", -1)) <= width


def test_differences_are_told_in_numbers() -> None:
    figure = draw(differences())
    assert "Measure 0, against the-other@2: 0.050 (0.010 to 0.090)" in figure.alternative
    assert "× 0.900 (0.800 to 1.100)" in figure.alternative


def test_more_rows_than_fit_are_counted() -> None:
    assert "4 more rows" in draw(differences(MOST_ROWS + 4)).note


def test_a_small_risk_zooms_and_says_so() -> None:
    curve = calibration()
    small = Curve(
        curve.name, curve.family, curve.title,
        {**curve.columns, "risk": curve.columns["risk"] / 10, "observed": curve.columns["observed"] / 10},
        curve.x_label, curve.y_label,
    )  # fmt: skip
    assert "axis ends at 0.1" in draw(small).svg
