"""Calibration-in-the-large: the intercept with the slope fixed at 1."""

import numpy as np
import pytest

from cds.calibration.in_the_large import calibration_in_the_large, in_the_large_interval
from cds.core.measure import Interval, NotEstimable
from tests.samples import OUTCOME, RISK, small


def test_equal_risks_by_hand():
    # Risk .5 for all, three of four had the event: logit(.75) − logit(.5).
    assert calibration_in_the_large(small([1, 1, 1, 0], np.full(4, 0.5))) == pytest.approx(np.log(3))


def test_it_is_that_of_glm_with_an_offset():
    # R 4.2.2 (p, y, lp, ctl in tests/samples.py): m <- glm(y ~ offset(lp), family = binomial, control = ctl);
    # coef(m); sqrt(vcov(m))
    value = calibration_in_the_large(small())
    assert value == pytest.approx(0.0231817493938, rel=1e-9)
    found = in_the_large_interval(small(), 0.0231817493938, 0.95)
    assert isinstance(found, Interval)
    assert found.se == pytest.approx(0.481270645957, rel=1e-9)


def test_shifting_every_logit_shifts_it_back():
    logit = np.log(RISK / (1 - RISK)) + 0.4
    shifted = calibration_in_the_large(small(OUTCOME, 1 / (1 + np.exp(-logit))))
    assert shifted == pytest.approx(0.0231817493938 - 0.4, rel=1e-9)


def test_at_the_estimate_as_many_events_are_expected_as_observed():
    value = calibration_in_the_large(small())
    assert isinstance(value, float)
    logit = np.log(RISK / (1 - RISK)) + value
    assert (1 / (1 + np.exp(-logit))).sum() == pytest.approx(OUTCOME.sum())


def test_one_class_has_a_reason():
    assert calibration_in_the_large(small(np.ones(24))) == NotEstimable("only one outcome class")
    assert in_the_large_interval(small(np.ones(24)), 0.0, 0.95) == NotEstimable("only one outcome class")
