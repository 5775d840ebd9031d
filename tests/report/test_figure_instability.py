"""The figures of instability: drawn in their section, with words for those who cannot see them."""

import xml.etree.ElementTree as ET

import numpy as np

from cds.core.finding import Curve
from cds.report.figure_instability import DRAWERS, GREYS, MOST_LINES
from cds.report.wording import sentences
from tests.report import validation_record as made

WORDS = sentences("validation_en")


def curves() -> dict[str, Curve]:
    x = np.linspace(0.05, 0.9, 12)
    lines = {f"refit_{k}": x + 0.001 * k for k in range(120)}
    shared = {"x_label": "Predicted risk", "y_label": "Observed"}
    facts = {"refits": 120, "mape": 0.04, "from": 0.0, "to": 1.0, "cells": 60, "category": None}
    grid = {"original": x, "refit": x, "count": np.arange(1.0, 13.0)}
    return {
        "prediction_instability": Curve(
            "prediction_instability", "internal", "Predictions", {"original": x, "low": x - 0.05, "high": x + 0.05},
            facts=facts, **shared,
        ),
        "prediction_instability_grid": Curve("prediction_instability_grid", "internal", "G", grid, facts=facts),
        "absolute_prediction_error": Curve(
            "absolute_prediction_error", "internal", "Error", {"original": x, "error": x / 10}, **shared
        ),
        "classification_instability": Curve(
            "classification_instability", "internal", "Decisions", {"original": x, "0.2": x / 2, "0.4": x / 3}, **shared
        ),
        "calibration_instability": Curve(
            "calibration_instability", "internal", "Calibration", {"risk": x, "original": x, **lines}, **shared
        ),
        "decision_instability": Curve(
            "decision_instability", "internal", "Net benefit",
            {"threshold": x, "original": 0.3 - x / 3, "treat_all": 0.3 - x, **lines}, **shared,
        ),
    }  # fmt: skip


def drawn():
    record = made.record(curves=tuple(curves().values()))
    found = {name: DRAWERS[name](curve, record, name=name, words=WORDS) for name, curve in curves().items()}
    assert found.pop("prediction_instability_grid") is None
    return found


def test_every_figure_stands_in_its_section_and_is_told_in_words():
    for figure in drawn().values():
        assert figure.section == "instability"
        assert ET.fromstring(figure.svg).find("{http://www.w3.org/2000/svg}title").text == figure.alternative
        assert "nan" not in figure.svg
        assert any(digit in figure.alternative for digit in "0123456789")


def test_lines_beyond_a_hundred_are_left_out_and_it_is_said():
    figure = drawn()["calibration_instability"]
    assert f"{MOST_LINES} of 120 refits are drawn" in figure.note


def test_the_cloud_darkens_with_the_number_of_predictions():
    svg = drawn()["prediction_instability"].svg
    assert GREYS[0] in svg
    assert GREYS[-1] in svg
