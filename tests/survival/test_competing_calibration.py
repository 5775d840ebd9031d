"""Calibration slope and calibration-in-the-large with competing events."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.survival.calibration_at_horizon import calibration_slope as of_survival
from cds.survival.competing_calibration import (
    CALIBRATION_IN_THE_LARGE,
    CALIBRATION_SLOPE,
    calibration_in_the_large,
    calibration_slope,
)
from tests.competing_samples import FINE_GRAY_CASES, R, drawn, reference_case, repeated, times, without_competing

BOTH = ((CALIBRATION_SLOPE, "slope"), (CALIBRATION_IN_THE_LARGE, "in_the_large"))


def risk(cloglog):
    return 1 - np.exp(-np.exp(cloglog))


def test_two_groups_by_hand():
    # Nobody is censored. Of four with risk 1/4 two have the event, of four with 1/2 three: log log of 1/2 and of 1/4.
    sample = times([1, 1, 9, 1, 1, 1, 1, 9], [1, 1, 0, 2, 1, 1, 1, 0], [0.25] * 4 + [0.5] * 4, 5)
    expected = (np.log(np.log(4)) - np.log(np.log(2))) / (np.log(np.log(2)) - np.log(np.log(4 / 3)))
    assert calibration_slope(sample, 5.0) == pytest.approx(expected)


def test_equal_risks_have_a_calibration_in_the_large_by_hand():
    sample = times([1, 1, 9, 9], [1, 2, 0, 0], [0.5] * 4, 5)
    assert calibration_in_the_large(sample, 5.0) == pytest.approx(np.log(np.log(4 / 3)) - np.log(np.log(2)))


@pytest.mark.parametrize("case", R)
@pytest.mark.parametrize(("measure", "name"), BOTH)
def test_value_and_robust_error_are_those_of_geese(case, measure, name):
    sample = reference_case(case)
    horizon = sample.horizons[0]
    value = measure.compute(sample, horizon=horizon)
    found = measure.interval(sample, value, 0.95, horizon=horizon)
    assert isinstance(found, Interval)
    assert (value, found.se) == pytest.approx(R[case][name], rel=1e-7)
    terms = measure.influence(sample, horizon=horizon)
    assert np.sqrt(terms @ terms) == pytest.approx(found.se)


@pytest.mark.parametrize("case", FINE_GRAY_CASES)
def test_the_slope_of_fine_gray_stands_beside(case):
    sample = reference_case(case)
    details = CALIBRATION_SLOPE.details(sample, horizon=sample.horizons[0])
    assert details["slope_fine_gray"] == pytest.approx(R[case]["slope_fine_gray"], rel=1e-8)
    assert details["follow_up_fine_gray"] == "to_horizon"


def test_without_another_event_the_slope_beside_is_that_of_survival():
    competing, survival = without_competing()
    beside = CALIBRATION_SLOPE.details(competing, horizon=9.0)["slope_fine_gray"]
    assert beside == pytest.approx(of_survival(survival, 9.0))


def test_risks_twice_as_extreme_halve_the_slope():
    sample = reference_case()
    cloglog = np.log(-np.log(1 - sample.risk[:, 0]))
    extreme = times(sample.time, sample.status, risk(2 * cloglog + 0.4), 365)
    assert calibration_slope(extreme, 365.0) == pytest.approx(calibration_slope(sample, 365.0) / 2)


def test_the_other_event_as_censoring_would_show():
    sample = reference_case()
    only = times(sample.time, np.where(sample.status == 1, 1, 0), sample.risk[:, 0], 365)
    assert calibration_in_the_large(only, 365.0) > calibration_in_the_large(sample, 365.0) + 0.1


@pytest.mark.parametrize("measure", [CALIBRATION_SLOPE, CALIBRATION_IN_THE_LARGE])
def test_weights_of_two_equal_doubled_rows(measure):
    sample, weights = drawn(200), np.arange(200) % 3
    weighted = measure.compute(sample.reweight(weights), horizon=7.0)
    assert weighted == pytest.approx(measure.compute(repeated(sample, weights), horizon=7.0))
    assert measure.compute(sample.reweight(np.full(200, 0.3)), horizon=7.0) == pytest.approx(
        measure.compute(sample, horizon=7.0)
    )


def test_a_replicate_starts_from_the_full_fit_and_ends_where_a_fit_of_its_own_does():
    sample, weights = drawn(200), np.arange(200) % 3.0
    replicate = calibration_slope(sample.resample(weights), 7.0)
    assert replicate == pytest.approx(calibration_slope(sample.reweight(weights), 7.0), rel=1e-4)


def test_risks_of_zero_and_one_are_left_out_and_told():
    sample = drawn(200)
    certain = np.where(np.arange(200) == 5, 1.0, np.where(np.arange(200) == 9, 0.0, sample.risk[:, 0]))
    found = times(sample.time, sample.status, certain, 7)
    assert isinstance(calibration_slope(found, 7.0), float)
    assert CALIBRATION_SLOPE.details(found, horizon=7.0)["left_out"] == 2
    assert "descriptive" in CALIBRATION_IN_THE_LARGE.details(found, horizon=7.0)


@pytest.mark.parametrize("measure", [CALIBRATION_SLOPE, CALIBRATION_IN_THE_LARGE])
def test_without_an_answer_there_is_a_reason(measure):
    def reason(*args, **more):
        found = measure.compute(times(*args, **more), horizon=5.0)
        assert isinstance(found, NotEstimable)
        assert isinstance(measure.influence(times(*args, **more), horizon=5.0), NotEstimable)
        return found.reason

    assert "no follow-up reaches" in reason([1, 2], [1, 2], [0.1, 0.2], 5)
    assert "left truncation" in reason([6, 7], [1, 2], [0.1, 0.2], 5, entry=np.array([0.0, 1.0]))
    assert reason([6, 7], [1, 2], [0.1, 0.2], 5) == "no events by 5"
    assert "0 or 1" in reason([1, 7], [1, 2], [0.0, 1.0], 5)
    assert "fewer than two" in reason([7], [1], [0.4], 5)
    assert CALIBRATION_SLOPE.details(times([6, 7], [1, 2], [0.1, 0.2], 5), horizon=5.0) == {}


def test_risks_that_are_all_alike_have_no_slope():
    found = calibration_slope(times([1, 2, 7, 7], [1, 2, 0, 0], [0.3] * 4, 5), 5.0)
    assert isinstance(found, NotEstimable) and "alike" in found.reason
