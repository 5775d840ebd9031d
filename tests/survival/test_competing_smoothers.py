"""Smoothed observed risk with competing events: its band, and where there is none."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.survival.competing_smoothers import (
    PseudoValueCurve,
    SubdistributionRisk,
    fine_gray_curve,
    pseudo_value_curve,
)
from tests.competing_samples import drawn, reference_case, times


def test_the_curve_meets_the_rows_own_values_and_its_band_holds_it():
    view = reference_case().at(365.0)
    curve = fine_gray_curve(view)
    assert isinstance(curve, SubdistributionRisk)
    assert curve.at(view.risk_now) == pytest.approx(curve.observed)
    low, high = curve.band(view.risk_now, 1.96)
    assert (low < curve.observed).all() and (curve.observed < high).all()
    assert (low > 0).all() and (high < 1).all()


def test_loess_at_the_rows_risks_is_their_value_and_what_leaves_the_range_is_counted():
    view = reference_case("other").at(6.0)
    curve = pseudo_value_curve(view)
    assert isinstance(curve, PseudoValueCurve)
    assert curve.at(view.risk_now) == pytest.approx(curve.observed)
    assert curve.truncated > 0 and curve.observed.min() == 0


def test_without_a_curve_there_is_a_reason():
    few = pseudo_value_curve(times([1, 2, 6], [1, 2, 0], [0.1, 0.2, 0.3], 5).at(5.0))
    assert isinstance(few, NotEstimable) and "too few" in few.reason
    many = pseudo_value_curve(drawn(10_001).at(7.0))
    assert isinstance(many, NotEstimable) and "10,000" in many.reason
    late = fine_gray_curve(times([2, 3], [1, 0], [0.1, 0.2], 3, entry=np.zeros(2)).at(3.0))
    assert isinstance(late, NotEstimable) and "left truncation" in late.reason
