"""Regression through the complementary log-log: as geepack's, and what has no solution says so."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.gee import GeeFit, fit_cloglog

OUTCOME = np.array([0.1, -0.2, 1.1, 0.4, 0.9, 0.0, 0.7, 0.3])
X = np.array([-2.0, -1.5, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0])
DESIGN = np.vstack([np.ones(8), X])


GEESE = (
    -0.522658114111788, 0.274085943666862, 0.434246498289328, 0.465779022512812, -0.596795906881801, 0.571189095983766
)  # fmt: skip


def cloglog(p):
    return np.log(-np.log(1 - p))


def test_an_intercept_alone_is_the_mean_on_the_scale_of_the_link():
    fit = fit_cloglog(np.ones((1, 4)), np.array([0.0, 1, 1, 0]))
    assert isinstance(fit, GeeFit)
    assert fit.coefficients[0] == pytest.approx(cloglog(0.5))
    assert fit.se(0) == pytest.approx(0.25 / (np.log(2) * 0.5))  # se of the mean over the slope of the link


def test_two_groups_by_hand():
    # Means 1/2 and 3/4 at x = 0 and 1.
    fit = fit_cloglog(np.array([[1.0] * 8, [0, 0, 0, 0, 1, 1, 1, 1]]), np.array([0.0, 1, 0, 1, 1, 1, 1, 0]))
    assert isinstance(fit, GeeFit)
    assert fit.coefficients == pytest.approx([cloglog(0.5), cloglog(0.75) - cloglog(0.5)])


def test_it_is_geese():
    # R 4.2.2, geepack 1.3.9:
    # d <- data.frame(y = c(.1,-.2,1.1,.4,.9,0,.7,.3), x = c(-2,-1.5,-1,-.5,0,.25,.5,1), i = 1:8)
    # summary(geese(y ~ x, id = i, data = d, family = gaussian, mean.link = "cloglog", scale.fix = TRUE,
    #   control = geese.control(epsilon = 1e-13, maxit = 300)))$mean; the same with y ~ offset(x)
    fit = fit_cloglog(DESIGN, OUTCOME)
    assert isinstance(fit, GeeFit)
    assert fit.coefficients == pytest.approx(GEESE[:2], rel=1e-8)
    assert (fit.se(0), fit.se(1)) == pytest.approx(GEESE[2:4], rel=1e-8)
    fixed = fit_cloglog(DESIGN[:1], OUTCOME, offset=X)
    assert isinstance(fixed, GeeFit)
    assert (fixed.coefficients[0], fixed.se(0)) == pytest.approx(GEESE[4:], rel=1e-8)


def test_weights_of_two_equal_doubled_rows_and_the_order_changes_nothing():
    weights = np.array([2.0, 0, 1, 1, 2, 1, 0, 1])
    rows = np.repeat(np.arange(8), weights.astype(int))[::-1]
    weighted, doubled = fit_cloglog(DESIGN, OUTCOME, weights=weights), fit_cloglog(DESIGN[:, rows], OUTCOME[rows])
    assert isinstance(weighted, GeeFit) and isinstance(doubled, GeeFit)
    assert weighted.coefficients == pytest.approx(doubled.coefficients)


def test_where_it_starts_does_not_matter():
    here, there = fit_cloglog(DESIGN, OUTCOME), fit_cloglog(DESIGN, OUTCOME, start=np.array([2.0, -1.0]))
    assert isinstance(here, GeeFit) and isinstance(there, GeeFit)
    assert here.coefficients == pytest.approx(there.coefficients)


@pytest.mark.parametrize(
    ("design", "outcome"),
    [
        (np.ones((2, 8)), OUTCOME),
        (DESIGN, (X > -0.4).astype(float)),
        (np.ones((1, 8)), np.zeros(8)),
        (np.ones((1, 8)), np.full(8, -0.1)),
        (np.ones((1, 8)), np.ones(8)),
    ],
)
def test_without_a_solution_there_is_a_reason(design, outcome):
    assert isinstance(fit_cloglog(design, outcome), NotEstimable)
