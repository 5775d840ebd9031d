"""Calibration along a number drawn: curve, interval, ideal, and where the patients lie."""

from dataclasses import replace

import numpy as np

from cds.core.finding import Curve
from cds.report.drawing import Figure
from cds.report.figure_along import DRAWERS, calibration_along
from cds.report.figures import drawers
from cds.report.validation import CATALOGUE
from cds.report.wording import sentences
from tests.report.validation_record import record

WORDS = sentences(CATALOGUE)
AGE = np.linspace(20, 80, 101)


def curve(*, banded: bool = True) -> Curve:
    value = (AGE - 50) / 100
    bound = np.full(101, 0.2 if banded else np.nan)
    return Curve(
        "calibration_along", "fairness", "Calibration along age",
        {"value": AGE, "difference": value, "low": value - bound, "high": value + bound},
        x_label="Age (years)", y_label="Observed against predicted (log-odds)", note="pointwise 95% interval",
        facts={"of": "age", "ideal": 0.0, "marks": [26.0, 50.0, 74.0]},
    )  # fmt: skip


def drawn(of: Curve) -> Figure:
    return calibration_along(of, record(), name="calibration_along-age", words=WORDS)


def test_it_stands_with_the_groups_and_says_its_ends_in_words() -> None:
    figure = drawn(curve())
    assert (figure.section, figure.title) == ("groups", "Calibration along age")
    assert (
        "at 20, −0.30 (−0.50 to −0.10); at 50, 0.00 (−0.20 to 0.20); at 80, 0.30 (0.10 to 0.50)" in figure.alternative
    )
    assert all(word in figure.svg for word in ("Age (years)", "log-odds", "95% interval", "ideal"))


def test_without_an_interval_none_is_promised() -> None:
    figure = drawn(curve(banded=False))
    assert "interval" not in figure.svg.replace("pointwise 95% interval", "")
    assert "at 20, −0.30;" in figure.alternative


def test_a_level_curve_is_drawn_too() -> None:
    flat = replace(curve(), columns={**curve().columns, "difference": np.zeros(101)})
    assert "<svg" in drawn(flat).svg


def test_the_report_finds_the_drawer() -> None:
    assert set(DRAWERS) <= set(drawers())
