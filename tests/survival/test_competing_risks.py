"""Observed over expected with competing events."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.survival.calibration_at_horizon import observed_expected as of_survival
from cds.survival.competing_risks import (
    OBSERVED_EXPECTED,
    observed_expected,
    observed_expected_influence,
    observed_expected_interval,
)
from tests.competing_samples import drawn, reference_case, repeated, slopes, times, without_competing
from tests.samples import EXPECTED


def test_four_patients_by_hand():
    # By 3 the cumulative incidence is 1/4 + 3/4·2/3·1/2 = 1/2; the mean risk is .4.
    assert observed_expected(times([1, 2, 3, 4], [1, 2, 1, 0], [0.1, 0.7, 0.3, 0.5], 3), 3.0) == pytest.approx(1.25)


def test_value_and_interval_are_those_of_r():
    expected = EXPECTED["competing"]["observed_expected"]
    value = observed_expected(reference_case(), 365.0)
    assert value == pytest.approx(expected["estimate"], rel=1e-10)
    found = observed_expected_interval(reference_case(), value, 0.95, 365.0)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((expected["low"], expected["high"]), rel=1e-10)
    terms = observed_expected_influence(reference_case(), 365.0)
    assert np.sqrt(terms @ terms) == pytest.approx(found.se)


def test_without_another_event_it_is_that_of_survival():
    competing, survival = without_competing()
    assert observed_expected(competing, 9.0) == pytest.approx(of_survival(survival, 9.0))


def test_the_influence_is_the_derivative_of_the_incidence_over_the_mean_risk():
    sample = drawn()
    mean = sample.risk.mean()
    expected = slopes(lambda s: observed_expected(s, 7.0) * (s.weight @ s.risk[:, 0] / s.total) / mean, sample)
    assert observed_expected_influence(sample, 7.0) == pytest.approx(expected, abs=1e-8)


def test_weights_of_two_equal_doubled_rows():
    weights = np.arange(60) % 3
    weighted = observed_expected(drawn().reweight(weights), 7.0)
    assert weighted == pytest.approx(observed_expected(repeated(drawn(), weights), 7.0))


def test_delayed_entry_is_told():
    late = times([2, 3, 4], [1, 2, 0], [0.5] * 3, 3, entry=np.array([0.0, 2.0, 0]))
    assert observed_expected(late, 3.0) == pytest.approx(1.0)  # one of the two at risk at 2
    assert "entered" in OBSERVED_EXPECTED.details(late, horizon=3.0)["delayed_entry"]


def test_without_an_answer_there_is_a_reason():
    short = times([1, 2], [1, 2], [0.1, 0.2], 5)
    assert isinstance(observed_expected(short, 5.0), NotEstimable)
    assert isinstance(observed_expected_influence(short, 5.0), NotEstimable)
    assert OBSERVED_EXPECTED.details(short, horizon=5.0) == {}
    none = times([6, 6], [0, 2], [0.0, 0.0], 5)
    assert observed_expected(none, 5.0) == NotEstimable("no events are expected: every risk is 0")
    quiet = times([6, 6], [0, 2], [0.1, 0.1], 5)
    assert observed_expected(quiet, 5.0) == 0
    assert observed_expected_interval(quiet, 0.0, 0.95, 5.0) == NotEstimable("no events by 5")
