"""Observed over expected events, with the ratio's own variance."""

import numpy as np
import pytest

from cds.calibration.observed_expected import observed_expected, ratio_interval
from cds.core.measure import Interval, NotEstimable
from tests.samples import OUTCOME, RISK, drawn, small


def test_four_patients_by_hand():
    assert observed_expected(small([1, 1, 0, 0], [0.7, 0.4, 0.3, 0.2])) == pytest.approx(2 / 1.6)


def test_the_intervals_are_those_of_r():
    # R 4.2.2 (p, y in tests/samples.py): r <- mean(y) / mean(p); se <- sd(y - r * p) / (sqrt(24) * mean(y));
    # r * exp(c(-1, 1) * qnorm(.975) * se); r * exp(c(-1, 1) * qnorm(.975) * sqrt((1 - mean(y)) / sum(y)))
    value = observed_expected(small())
    assert value == pytest.approx(1.00917431193, rel=1e-11)
    found = ratio_interval(small(), 1.0091743119266, 0.95)
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((0.6559723020223, 1.5525545647473), rel=1e-10)
    binomial = (found.details["low_binomial"], found.details["high_binomial"])
    assert binomial == pytest.approx((0.65324962212785, 1.55902545880571), rel=1e-10)


def test_halving_every_risk_doubles_it():
    assert observed_expected(small(OUTCOME, RISK / 2)) == pytest.approx(2 * 1.0091743119266)


def test_the_ratios_error_is_smaller_than_the_binomial_where_risks_explain_outcomes():
    sample = drawn(2000, 2, slope=1)
    value = observed_expected(sample)
    assert isinstance(value, float)
    found = ratio_interval(sample, value, 0.95)
    assert isinstance(found, Interval)
    assert found.details["low_binomial"] < found.low < found.high < found.details["high_binomial"]


def test_without_an_answer_there_is_a_reason():
    assert observed_expected(small([1, 0], [0, 0])) == NotEstimable("no events are expected: every risk is 0")
    assert ratio_interval(small([0, 0], [0.1, 0.2]), 0.0, 0.95) == NotEstimable("no events were observed")
    assert ratio_interval(small([1], [0.2]), 5.0, 0.95) == NotEstimable("fewer than two patients")


def test_risks_that_are_the_outcomes_have_no_variance():
    found = ratio_interval(small([1, 0, 1], [1.0, 0.0, 1.0]), 1.0, 0.95)
    assert isinstance(found, NotEstimable) and "zero variance" in found.reason


def test_no_events_give_zero_without_an_interval():
    assert observed_expected(small(np.zeros(24))) == 0
