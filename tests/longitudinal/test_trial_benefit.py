"""Calibration for benefit: by hand, R's lm, and a model that is right."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.longitudinal.trial_benefit import (
    IN_THE_LARGE,
    SLOPE,
    benefit_large,
    benefit_slope,
    large_interval,
    slope_interval,
)
from tests.longitudinal.trials import ARM, BASE, NAN, RISK, Y, simulated, trial

LEVEL = 0.95
BENEFIT = np.column_stack([0.1 + 0.3 * BASE + 0.05 * RISK, np.full(24, NAN)])  # of therapy; none for the placebo


def test_half_of_the_predicted_benefit_is_a_slope_of_one_half():
    benefit = np.tile([1.0, 2.0, 3.0], 4)
    arm = np.repeat([0, 1], 6)
    sample = trial(outcome=8 - arm * 0.5 * benefit, arm=arm, arms=("c", "t"), baseline=None, benefit=benefit)
    assert benefit_slope(sample, category="t") == pytest.approx(0.5, rel=1e-12)
    assert benefit_large(sample, category="t") == pytest.approx(-1.0, rel=1e-12)  # 1 point gained, 2 predicted
    higher = trial(
        outcome=2 + arm * 0.5 * benefit, arm=arm, arms=("c", "t"), baseline=None, benefit=benefit, better="higher"
    )
    assert benefit_slope(higher, category="t") == pytest.approx(0.5, rel=1e-12)


def test_slope_and_in_the_large_are_those_of_lm():
    # R 4.2.2: d1 <- dd[dd$arm != 2, ]; d1$t <- d1$arm == 1; d1$ny <- -d1$y; d1$ben <- .1 + .3*d1$base + .05*d1$risk
    #   fs <- lm(ny ~ t*ben + base, d1); fl <- lm(I(ny - t*ben) ~ t + base, d1); coef(summary(…)); confint(…)
    sample = trial(benefit=BENEFIT)
    value = benefit_slope(sample, category="therapy")
    assert value == pytest.approx(0.750813467218911, rel=1e-7)
    found = slope_interval(sample, value, LEVEL, category="therapy")
    assert (found.low, found.high) == pytest.approx((-0.473548967427858, 1.97517590186568), rel=1e-7)
    large = benefit_large(sample, category="therapy")
    assert large == pytest.approx(0.3496875, rel=1e-9)
    found = large_interval(sample, large, LEVEL, category="therapy")
    assert (found.low, found.high) == pytest.approx((-0.209819716862093, 0.909194716862093), rel=1e-8)


def test_a_model_that_is_right_is_calibrated():
    sample = simulated(4000, 11, effect=-1.0, by_risk=-0.8)
    slope = slope_interval(sample, benefit_slope(sample, category="treated"), LEVEL, category="treated")
    large = large_interval(sample, benefit_large(sample, category="treated"), LEVEL, category="treated")
    assert slope.low < 1 < slope.high and large.low < 0 < large.high


def test_weights_of_two_are_doubled_patients():
    weights = np.tile([2.0, 1, 0, 1], 6)
    rows = np.repeat(np.arange(24), weights.astype(int))[::-1]
    doubled = trial(outcome=Y[rows], arm=ARM[rows], baseline=BASE[rows], benefit=BENEFIT[rows])
    for measure in (benefit_slope, benefit_large):
        assert measure(trial(benefit=BENEFIT, weights=weights), category="therapy") == pytest.approx(
            measure(doubled, category="therapy"), rel=1e-8
        )


@pytest.mark.parametrize("measure", [benefit_slope, benefit_large])
def test_an_arm_without_predictions_has_a_reason(measure):
    for sample, category in ((trial(), "therapy"), (trial(benefit=BENEFIT), "placebo")):
        found = measure(sample, category=category)
        assert isinstance(found, NotEstimable) and "no predicted benefit" in found.reason


def test_it_never_decides():
    assert SLOPE.refused_as_criterion and IN_THE_LARGE.refused_as_criterion
