"""Least squares with weights."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.least_squares import LeastSquaresFit, fit_least_squares, varies
from tests.values import OBSERVED, PREDICTED


def _line(x):
    return np.vstack([np.ones(len(x)), x])


def test_it_is_lm():
    # R 4.2.2: coef(summary(lm(y ~ p)))
    fit = fit_least_squares(_line(PREDICTED), OBSERVED)
    assert isinstance(fit, LeastSquaresFit)
    assert fit.coefficients == pytest.approx([-1.195069156261, 1.068894314545], rel=1e-9)
    assert [fit.se(0), fit.se(1)] == pytest.approx([2.290933737635, 0.1118202090199], rel=1e-9)
    assert fit.df == 30


def test_weights_of_two_are_doubled_rows():
    weighted = fit_least_squares(_line(PREDICTED), OBSERVED, np.full(32, 2.0))
    doubled = fit_least_squares(_line(np.repeat(PREDICTED, 2)), np.repeat(OBSERVED, 2))
    assert isinstance(weighted, LeastSquaresFit) and isinstance(doubled, LeastSquaresFit)
    assert weighted.coefficients == pytest.approx(doubled.coefficients)
    assert weighted.covariance == pytest.approx(doubled.covariance)


def test_large_offsets_and_small_scales_are_no_collinearity():
    fit = fit_least_squares(_line(1e6 + PREDICTED), OBSERVED)
    assert isinstance(fit, LeastSquaresFit)
    assert fit.coefficients[1] == pytest.approx(1.068894314545, rel=1e-6)


@pytest.mark.parametrize("x", [[2.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
def test_collinear_or_empty_covariates_are_refused_with_the_reason(x):
    assert isinstance(fit_least_squares(_line(np.array(x)), np.array([1.0, 2.0, 3.0])), NotEstimable)


def test_rounding_is_no_variation():
    assert not varies(np.array([0.1 + 0.2, 0.3]), None)
    assert varies(np.array([1.0, 2.0]), None) and not varies(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    assert not varies(np.zeros(3), None)
