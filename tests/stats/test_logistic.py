"""Unpenalised logistic regression: R's coefficients, weights as repeated rows, reasons where there is no maximum."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.logistic import LogisticFit, expit, fit_logistic
from tests.samples import OUTCOME, RISK

LOGIT = np.log(RISK / (1 - RISK))
DESIGN = np.vstack([np.ones(24), LOGIT])


def fitted(*args, **kwargs) -> LogisticFit:
    found = fit_logistic(*args, **kwargs)
    assert isinstance(found, LogisticFit), found
    return found


def test_expit_neither_overflows_nor_warns():
    assert expit(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


def test_an_intercept_alone_is_the_logit_of_the_share():
    fit = fitted(np.ones((1, 4)), np.array([1.0, 0, 0, 0]))
    assert fit.coefficients[0] == pytest.approx(np.log(1 / 3))
    assert fit.se(0) == pytest.approx((4 * 0.25 * 0.75) ** -0.5)
    assert fit.fitted == pytest.approx(np.full(4, 0.25))


def test_coefficients_and_errors_are_those_of_r():
    # R 4.2.2 (p, y, lp, ctl in tests/samples.py): m <- glm(y ~ lp, family = binomial, control = ctl); coef(m);
    # sqrt(vcov(m)[2, 2])
    fit = fitted(DESIGN, OUTCOME)
    assert fit.coefficients == pytest.approx([-0.079680768031, 0.444627389164], rel=1e-10)
    assert fit.se(1) == pytest.approx(0.326042276824, rel=1e-9)


def test_an_offset_is_taken_as_given():
    # R 4.2.2: m <- glm(y ~ offset(lp), family = binomial, control = ctl); coef(m); sqrt(vcov(m))
    fit = fitted(np.ones((1, 24)), OUTCOME, offset=LOGIT)
    assert fit.coefficients[0] == pytest.approx(0.0231817493938, rel=1e-9)
    assert fit.se(0) == pytest.approx(0.481270645957, rel=1e-9)


def test_weights_are_repeated_rows():
    weights = np.random.default_rng(1).integers(0, 4, 24).astype(float)
    rows = np.repeat(np.arange(24), weights.astype(int))
    one, other = fitted(DESIGN, OUTCOME, weights=weights), fitted(DESIGN[:, rows], OUTCOME[rows])
    assert one.coefficients == pytest.approx(other.coefficients, rel=1e-9)
    assert one.covariance == pytest.approx(other.covariance, rel=1e-7)


def test_where_it_starts_does_not_matter():
    far = fitted(DESIGN, OUTCOME, start=np.array([3.0, -2.0]))
    assert far.coefficients == pytest.approx(fitted(DESIGN, OUTCOME).coefficients, rel=1e-9)


def test_the_start_is_left_alone():
    start = np.array([3.0, -2.0])
    fit_logistic(DESIGN, OUTCOME, start=start)
    assert start.tolist() == [3.0, -2.0]


def test_separated_outcomes_have_no_maximum():
    found = fit_logistic(DESIGN, (RISK > 0.42).astype(float))
    assert isinstance(found, NotEstimable) and "separat" in found.reason


def test_collinear_covariates_have_no_unique_solution():
    found = fit_logistic(np.vstack([DESIGN, 2 * LOGIT]), OUTCOME)
    assert isinstance(found, NotEstimable) and "collinear" in found.reason


def test_one_class_has_no_maximum():
    assert isinstance(fit_logistic(DESIGN, np.zeros(24)), NotEstimable)


def test_steep_but_finite_slopes_are_found():
    # A model far too timid: true slope 30 on the logit scale.
    rng = np.random.default_rng(2)
    x = rng.normal(0, 0.05, 4000)
    y = (rng.random(4000) < expit(30 * x)).astype(float)
    assert fitted(np.vstack([np.ones(4000), x]), y).coefficients[1] == pytest.approx(30, abs=4)
