"""Coverage of prediction intervals, and what they cost."""

import numpy as np
import pytest

from cds.calibration.prediction_interval import (
    coverage_details,
    coverage_interval,
    interval_coverage,
    interval_score,
    score_interval,
)
from cds.core.measure import Interval, NotEstimable
from tests.values import bounded, values


def test_four_patients_by_hand_bounds_included():
    sample = values([1, 2, 6, 9], [2, 2, 3, 8], low=[1, 1, 1, 6], high=[3, 2, 5, 9], interval_level=0.8)
    assert interval_coverage(sample) == pytest.approx(3 / 4)
    # Widths 2, 1, 4, 3; the third misses by 1, which costs 2/.2
    assert interval_score(sample) == pytest.approx((2 + 1 + 4 + 3 + 10) / 4)
    assert coverage_details(sample) == {"nominal_level": 0.8, "mean_width": pytest.approx(2.5)}


def test_they_are_those_of_r():
    # R 4.2.2: inside <- y >= p - 4 & y <= p + 4; mean(inside); prop.test(sum(inside), 32, correct = FALSE)
    sample = bounded()
    found = coverage_interval(sample, interval_coverage(sample), 0.95)
    assert interval_coverage(sample) == pytest.approx(0.84375)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((0.6824585040247, 0.9313557971749), rel=1e-9)
    # is <- 8 + 2/.1 * pmax(p - 4 - y, 0) + 2/.1 * pmax(y - p - 4, 0); mean(is); t.test(is)$stderr
    score = score_interval(sample, interval_score(sample), 0.95)
    assert interval_score(sample) == pytest.approx(13.375, rel=1e-10)
    assert isinstance(score, Interval) and score.se == pytest.approx(2.908552461166, rel=1e-9)


def test_without_intervals_there_is_a_reason():
    assert interval_coverage(values()) == NotEstimable("the model gives no prediction intervals")
    assert interval_score(values()) == NotEstimable("the model gives no prediction intervals")
    assert coverage_details(values()) == {}
    unnamed = values([1, 2], [1, 2], low=np.zeros(2), high=np.full(2, 3.0))
    assert interval_coverage(unnamed) == 1.0
    assert interval_score(unnamed) == NotEstimable("the level of the model's prediction intervals is not declared")
    assert "nominal_level" not in coverage_details(unnamed)


def test_wider_intervals_cover_more():
    assert interval_coverage(bounded(1)) < interval_coverage(bounded(4)) < interval_coverage(bounded(50)) == 1
