"""Units that are mistaken for each other."""

import pytest

from cds.stats.units import likely_unit, mistaken_units


def test_each_factor_turns_the_other_unit_into_the_declared_one() -> None:
    # 1.8 m, 70.8661 in and 5.90551 ft are 180 cm
    factors = dict(mistaken_units("centimetres", 120, 220))
    converted = [1.8 * factors["metres"], 70.8661 * factors["inches"], 5.90551 * factors["feet"]]
    assert converted == pytest.approx([180, 180, 180], abs=1e-3)


def test_a_scale_may_be_mistaken_for_another_scale() -> None:
    assert mistaken_units("", 0, 10) == [("a scale from 0 to 1", 10), ("a scale from 0 to 100", 0.1)]


def test_an_unknown_unit_has_no_mistakes() -> None:
    assert mistaken_units("points", 3, 7) == []


def test_a_median_far_from_developments_is_explained_by_the_nearest_unit_or_by_none() -> None:
    kilograms = (55.0, 75.0, 100.0)
    assert likely_unit("kg", (121, 165, 220), kilograms, (-1, 0)) == ("pounds", 0.45359237)
    assert likely_unit("kg", (66, 90, 120), kilograms, (-1, 0)) is None  # heavier, inside development's quantiles
    assert likely_unit("kg", (164, 165, 166), kilograms, (-1, 0)) is None  # too narrow for the same people in pounds
    assert likely_unit("", (2, 5, 8), (20, 50, 80), (0, 100)) == ("a scale from 0 to 10", 10.0)
    assert likely_unit("", (0, 0, 8), (20, 50, 80), (0, 100)) is None  # a median of 0 is 0 in every unit
