"""Mean error, and slope and intercept of observed on predicted values."""

import numpy as np
import pytest

from cds.calibration.continuous import (
    calibration_in_the_large,
    calibration_intercept,
    calibration_slope,
    in_the_large_interval,
    intercept_interval,
    slope_details,
    slope_interval,
)
from cds.core.measure import Interval, NotEstimable
from tests.values import OBSERVED, PREDICTED, values


def test_three_patients_by_hand():
    sample = values([2, 4, 9], [1, 3, 5])
    assert calibration_in_the_large(sample) == pytest.approx(2)
    assert calibration_slope(sample) == pytest.approx(7 / 4)
    assert calibration_intercept(sample) == pytest.approx(5 - 7 / 4 * 3)


def test_the_mean_error_is_that_of_rs_t_test():
    # R 4.2.2: t.test(y - p)
    found = in_the_large_interval(values(), calibration_in_the_large(values()), 0.95)
    assert isinstance(found, Interval)
    assert calibration_in_the_large(values()) == pytest.approx(0.176875, rel=1e-10)
    assert found.se == pytest.approx(0.5330258624687, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((-0.9102384137819, 1.2639884137819), rel=1e-9)


def test_slope_and_intercept_are_those_of_lm():
    # R 4.2.2: f <- lm(y ~ p); coef(summary(f)); confint(f)
    sample = values()
    slope = slope_interval(sample, calibration_slope(sample), 0.95)
    intercept = intercept_interval(sample, calibration_intercept(sample), 0.95)
    assert isinstance(slope, Interval) and isinstance(intercept, Interval)
    assert calibration_slope(sample) == pytest.approx(1.068894314545, rel=1e-10)
    assert slope.se == pytest.approx(0.1118202090199, rel=1e-10)
    assert (slope.low, slope.high) == pytest.approx((0.8405269816054, 1.297261647484), rel=1e-10)
    assert calibration_intercept(sample) == pytest.approx(-1.195069156261, rel=1e-9)
    assert intercept.se == pytest.approx(2.290933737635, rel=1e-10)
    assert (intercept.low, intercept.high) == pytest.approx((-5.8737800278444, 3.483641715322), rel=1e-9)


def test_the_error_without_equal_scatter_is_hc3():
    # R 4.2.2, sandwich 3.0: sqrt(diag(vcovHC(lm(y ~ p), type = "HC3")))
    assert slope_details(values())["se_hc3"] == pytest.approx(0.1476212892473, rel=1e-9)


def test_shifting_and_stretching_the_predictions_moves_them_as_it_should():
    sample, moved = values(), values(OBSERVED, 2 * PREDICTED + 3)
    assert calibration_slope(moved) == pytest.approx(calibration_slope(sample) / 2)
    assert calibration_in_the_large(values(OBSERVED, PREDICTED + 3)) == pytest.approx(
        calibration_in_the_large(sample) - 3
    )


def test_constant_predictions_or_outcomes_have_no_line_and_say_which():
    assert calibration_slope(values([1, 2, 3], [5, 5, 5])) == NotEstimable("every prediction is the same")
    assert calibration_intercept(values([4, 4, 4], [1, 2, 3])) == NotEstimable("every observed value is the same")
    assert calibration_slope(values([1], [2])) == NotEstimable("every prediction is the same")


def test_two_patients_have_a_line_without_an_interval():
    sample = values([1, 2], [1, 3])
    assert calibration_slope(sample) == pytest.approx(0.5)
    found = slope_interval(sample, 0.5, 0.95)
    assert isinstance(found, NotEstimable) and "no degree of freedom" in found.reason
    assert in_the_large_interval(values([1], [2]), -1.0, 0.95) == NotEstimable("fewer than two patients")


def test_equal_errors_have_no_interval():
    found = in_the_large_interval(values([2, 3, 4], [1, 2, 3]), 1.0, 0.95)
    assert isinstance(found, NotEstimable) and "zero variance" in found.reason


def test_weights_are_repeated_rows():
    rows = np.repeat(np.arange(32), np.arange(32) % 3)
    repeated = values(OBSERVED[rows], PREDICTED[rows])
    weighted = values().reweight((np.arange(32) % 3).astype(float))
    assert calibration_slope(weighted) == pytest.approx(calibration_slope(repeated))
    assert slope_details(weighted) == {}
