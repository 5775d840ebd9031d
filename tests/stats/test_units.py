"""Units that are mistaken for each other."""

import pytest

from cds.stats.units import mistaken_units


def test_each_factor_turns_the_other_unit_into_the_declared_one() -> None:
    # 1.8 m, 70.8661 in and 5.90551 ft are 180 cm
    factors = dict(mistaken_units("centimetres", 120, 220))
    converted = [1.8 * factors["metres"], 70.8661 * factors["inches"], 5.90551 * factors["feet"]]
    assert converted == pytest.approx([180, 180, 180], abs=1e-3)


def test_a_scale_may_be_mistaken_for_another_scale() -> None:
    assert mistaken_units("", 0, 10) == [("a scale from 0 to 1", 10), ("a scale from 0 to 100", 0.1)]


def test_an_unknown_unit_has_no_mistakes() -> None:
    assert mistaken_units("points", 3, 7) == []
