"""REML with a random intercept: analysis of variance by hand, R's nlme, and the edge where patients do not differ."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.random_intercept import fit_random_intercept


def test_balanced_patients_give_the_analysis_of_variance():
    # Two measurements each: between = MSB, within = MSW, σ² = MSW, σ_u² = (MSB − MSW)/2.
    y = np.array([[1.0, 2], [4, 6], [9, 8], [3, 3]])
    within = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum() / 4
    between = 2 * ((y.mean(axis=1) - y.mean()) ** 2).sum() / 3
    fit = fit_random_intercept(np.ones((8, 1)), y.ravel(), np.repeat(np.arange(4), 2))
    assert fit.coefficients[0] == pytest.approx(4.5)
    assert fit.residual_variance == pytest.approx(within, rel=1e-10)
    assert fit.patient_variance == pytest.approx((between - within) / 2, rel=1e-10)
    assert fit.covariance[0, 0] == pytest.approx(between / 8, rel=1e-10)


def test_unbalanced_patients_are_those_of_lme():
    # R 4.2.2, nlme: y <- c(1,2,4, 4,6, 9,8,7, 3); id <- factor(c(1,1,1,2,2,3,3,3,4)); x <- c(0,1,2,0,1,0,1,2,0)
    #   m <- lme(y ~ x, random = ~1 | id, control = lmeControl(opt = "optim", msTol = 1e-14, reltol = 1e-15))
    y = np.array([1.0, 2, 4, 4, 6, 9, 8, 7, 3])
    x = np.array([0.0, 1, 2, 0, 1, 0, 1, 2, 0])
    fit = fit_random_intercept(np.column_stack([np.ones(9), x]), y, np.array([1, 1, 1, 2, 2, 3, 3, 3, 4]))
    assert fit.coefficients == pytest.approx([4.31800891217650, 0.50350501994279], rel=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([1.35537739875909, 0.63242421374854], rel=1e-5)


def test_patients_alike_by_chance_have_a_variance_of_zero():
    y = np.array([[1.0, -1], [-1, 1], [1, -1], [-1, 1]])
    fit = fit_random_intercept(np.ones((8, 1)), y.ravel(), np.repeat(np.arange(4), 2))
    assert fit.patient_variance == 0.0
    assert fit.residual_variance == pytest.approx(8 / 7)


@pytest.mark.parametrize(
    ("y", "patient", "reason"),
    [
        (np.array([1.0, 2, 4]), np.arange(3), "more than once"),
        (np.array([1.0, 1, 1, 1]), np.array([0, 0, 1, 1]), "fits every measurement exactly"),
        (np.array([1.0]), np.array([0]), "fewer measurements"),
        (np.array([1.0, 1, 3, 3, 7, 7]), np.array([0, 0, 1, 1, 2, 2]), "do not vary from visit to visit"),
    ],
)
def test_what_cannot_be_fitted_has_a_reason(y, patient, reason):
    found = fit_random_intercept(np.ones((len(y), 1)), y, patient)
    assert isinstance(found, NotEstimable) and reason in found.reason


def test_weights_of_two_are_doubled_patients():
    y, patient = np.array([1.0, 2, 4, 6, 9, 8, 3, 3]), np.repeat(np.arange(4), 2)
    weights = np.repeat([2.0, 1, 1, 0], 2)
    weighted = fit_random_intercept(np.ones((8, 1)), y, patient, weights)
    doubled = fit_random_intercept(np.ones((8, 1)), np.r_[y[:2], y[:6]], np.repeat(np.arange(4), 2))
    assert weighted.coefficients == pytest.approx(doubled.coefficients, rel=1e-10)
    assert weighted.covariance == pytest.approx(doubled.covariance, rel=1e-9)
