"""Figures of a continuous outcome: whole, the same each time, within their frame, and told in words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pytest

from cds.calibration.continuous_curve import curves
from cds.core.finding import Curve
from cds.report.drawing import Figure
from cds.report.figure_continuous import DRAWERS
from cds.report.wording import sentences
from tests.report.validation_record import protocol
from tests.studies import answered
from tests.values import drawn_values, values

WORDS = sentences("validation_en")
SAMPLE = drawn_values(300, 2, shift=2, slope=0.8)
GROUPS = {"sex": np.where(np.arange(300) % 3 == 0, "male", "female")}


def drawn(sample=SAMPLE, groups=GROUPS) -> dict[str, Figure]:
    made = list(curves(answered(sample, groups, thresholds=()), sample))
    record = SimpleNamespace(
        curves=made, weighted=sample.weights is not None, protocol=protocol(), findings=(), tables=()
    )
    figures = {c.name: DRAWERS[c.name](c, record, name=c.name, words=WORDS) for c in made}
    return {name: figure for name, figure in figures.items() if figure is not None}


def test_every_curve_has_its_figure_and_the_smooth_line_stands_in_that_of_the_means() -> None:
    assert set(drawn()) == {
        "value_bins", "value_errors", "value_error_distribution", "interval_coverage", "value_bins_by_group"
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(DRAWERS) - {"value_smooth"}))
def test_a_figure_is_xml_with_its_alternative_and_nothing_outside_its_board(name: str) -> None:
    figure = drawn()[name]
    root = ET.fromstring(figure.svg)
    assert root[0].text == figure.alternative and "nan" not in figure.svg and "nan" not in figure.alternative
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        numbers = [float(v) for v in re.findall(r"-?\d+\.?\d*", path.attrib["d"])]
        assert min(numbers) >= -1 and max(numbers[::2]) <= width + 1 and max(numbers[1::2]) <= height + 1


def test_the_same_curves_give_the_same_bytes() -> None:
    assert {n: f.svg for n, f in drawn().items()} == {n: f.svg for n, f in drawn().items()}


def test_groups_have_their_own_section() -> None:
    found = drawn()
    assert found["value_bins_by_group"].section == "groups"
    assert {f.section for f in found.values()} == {"calibration", "groups"}


def test_hardly_any_patients_and_constants_are_drawn_all_the_same() -> None:
    for observed, predicted in (([1, 2, 3], [1, 2, 4]), ([2, 2, 2], [3, 3, 3]), ([5], [4])):
        sample = values(observed, predicted, low=np.asarray(predicted) - 1, high=np.asarray(predicted) + 1.0)
        assert "value_bins" in drawn(sample, {})


def test_weighted_figures_say_so() -> None:
    assert "sums of weights" in drawn(SAMPLE.reweight(np.full(300, 0.7)), {})["value_bins"].note


def test_intervals_of_one_width_are_not_told_as_a_range() -> None:
    assert "10.0 wide on average, whatever is predicted" in drawn()["interval_coverage"].note


def test_a_note_of_the_analysis_is_in_the_catalogues_words() -> None:
    assert "limits of agreement, between which about 95%" in drawn()["value_errors"].note
    assert isinstance(next(iter(curves(answered(SAMPLE, thresholds=()), SAMPLE))), Curve)
