"""From the width of an interval to the number needed."""

from math import inf, log

import pytest

from cds.core.measure import Interval
from cds.stats.widths import number_needed, too_wide

HALF = Interval(0.6, 0.9, 0.95, "wald")


def test_the_number_goes_with_the_square_of_the_width():
    assert number_needed(100, 0.3, 0.1) == 900
    assert number_needed(100, 0.1, 0.2) == 25
    assert number_needed(7, 2.0, 2.0) == 7


def test_two_ends_are_held_against_the_whole_width():
    assert too_wide(0.8, HALF, 0.7, 0.8, "identity") == pytest.approx(3)
    assert too_wide(0.8, HALF, 0.0, 0.6, "identity") == pytest.approx(0.5)


def test_one_end_is_held_against_the_way_to_it():
    assert too_wide(0.8, HALF, 0.7, inf, "identity") == pytest.approx(2)
    assert too_wide(0.8, HALF, -inf, 0.85, "identity") == pytest.approx(2)
    assert too_wide(0.8, HALF, 0.5, inf, "identity") < 1


def test_beyond_the_only_end_no_width_helps():
    assert too_wide(0.8, HALF, 0.8, inf, "identity") == inf
    assert too_wide(0.8, HALF, -inf, 0.7, "identity") == inf


def test_a_ratio_is_measured_on_the_logarithm():
    found = too_wide(1.0, Interval(0.5, 2.0, 0.95, "wald"), 0.8, 1.25, "log")
    assert found == pytest.approx(log(4) / log(1.25 / 0.8))


def test_a_tolerance_beyond_the_scale_is_measured_as_it_stands():
    assert too_wide(1.0, Interval(0.5, 2.0, 0.95, "wald"), 0.0, 1.5, "log") == pytest.approx(1)


def test_a_tolerance_without_room_cannot_be_met_nor_one_without_ends_missed():
    assert too_wide(0.8, HALF, 0.8, 0.8, "identity") == inf
    assert too_wide(0.8, HALF, -inf, inf, "identity") == 0
