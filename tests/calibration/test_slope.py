"""Calibration slope by unpenalised logistic regression."""

import numpy as np
import pytest

from cds.calibration.slope import calibration_slope, slope_details, slope_interval
from cds.core.measure import Interval, NotEstimable
from tests.samples import OUTCOME, RISK, drawn, small

LOGIT = np.log(RISK / (1 - RISK))


def risk(logit):
    return 1 / (1 + np.exp(-logit))


def test_two_risk_groups_by_hand():
    # Risks 1/5 and 4/5 (logits ∓log 4); 1/3 and 2/3 of them had the event (logits ∓log 2): slope log 2 / log 4.
    sample = small([1, 0, 0, 1, 1, 0], [0.2, 0.2, 0.2, 0.8, 0.8, 0.8])
    assert calibration_slope(sample) == pytest.approx(0.5)
    assert slope_details(sample)["intercept_with_slope"] == pytest.approx(0, abs=1e-12)


def test_it_is_that_of_glm_and_of_rms():
    # R 4.2.2, rms 6.5.0 (p, y, lp, ctl in tests/samples.py): m <- glm(y ~ lp, family = binomial, control = ctl);
    # coef(m); sqrt(vcov(m)[2, 2]); val.prob(p, y, pl = FALSE)[c("Intercept", "Slope")] agrees to 7 digits
    sample = small()
    assert calibration_slope(sample) == pytest.approx(0.444627389164, rel=1e-10)
    assert slope_details(sample)["intercept_with_slope"] == pytest.approx(-0.079680768031, rel=1e-9)
    found = slope_interval(sample, 0.444627389164, 0.95)
    assert isinstance(found, Interval)
    assert found.se == pytest.approx(0.326042276824, rel=1e-9)


def test_risks_twice_as_extreme_halve_the_slope():
    doubled = small(OUTCOME, risk(2 * LOGIT + 0.7))
    assert calibration_slope(doubled) == pytest.approx(calibration_slope(small()) / 2)


def test_slope_is_one_for_perfectly_calibrated_risks():
    sample = drawn(20_000, 1)
    value = calibration_slope(sample)
    assert isinstance(value, float)
    found = slope_interval(sample, value, 0.999)
    assert isinstance(found, Interval) and found.low < 1 < found.high


def test_reversed_risks_have_a_negative_slope():
    assert calibration_slope(small(OUTCOME, 1 - RISK)) == pytest.approx(-calibration_slope(small()))


def test_risks_of_zero_and_one_are_left_out():
    with_certainties = small(np.r_[OUTCOME, 1, 0], np.r_[RISK, 0, 1])
    assert calibration_slope(with_certainties) == pytest.approx(calibration_slope(small()))


def test_without_an_answer_there_is_a_reason():
    assert calibration_slope(small(np.zeros(24))) == NotEstimable("only one outcome class")
    assert slope_details(small(np.zeros(24))) == {}
    separated = calibration_slope(small([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.7]))
    assert isinstance(separated, NotEstimable)
    constant = calibration_slope(small([0, 1, 1, 0], np.full(4, 0.4)))
    assert isinstance(constant, NotEstimable) and "collinear" in constant.reason
