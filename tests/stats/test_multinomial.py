"""Multinomial regression with covariates of its own for each log-ratio."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats.logistic import fit_logistic
from cds.stats.multinomial import fit_multinomial


def rows(n=300, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, n))
    linear = np.vstack([np.zeros(n), 0.3 + 0.8 * x[0], -0.2 + 1.2 * x[1]])
    p = np.exp(linear) / np.exp(linear).sum(axis=0)
    code = (rng.random(n) >= np.cumsum(p, axis=0)[:-1]).sum(axis=0)
    return np.stack([np.ones((2, n)), x], axis=1), code


def test_of_one_log_ratio_it_is_logistic_regression_with_offset_and_weights():
    covariates, code = rows()
    binary, weights, offset = np.minimum(code, 1), np.arange(300) % 3 + 1.0, np.linspace(-1, 1, 300)
    found = fit_multinomial(covariates[:1], binary, weights=weights, offset=offset[None])
    wanted = fit_logistic(covariates[0], binary.astype(float), weights=weights, offset=offset)
    assert found.coefficients[0] == pytest.approx(wanted.coefficients, rel=1e-9)
    assert found.se(0, 1) == pytest.approx(wanted.se(1), rel=1e-9)


def test_the_truth_is_found_in_many_rows():
    found = fit_multinomial(*rows(40_000))
    assert found.coefficients == pytest.approx(np.array([[0.3, 0.8], [-0.2, 1.2]]), abs=0.06)


def test_at_the_maximum_no_small_step_is_better():
    covariates, code = rows()
    found = fit_multinomial(covariates, code)

    def likelihood(beta):
        linear = np.vstack([np.zeros(300), np.einsum("rt,rtn->rn", beta, covariates)])
        return (linear[code, np.arange(300)] - np.log(np.exp(linear).sum(axis=0))).sum()

    best = likelihood(found.coefficients)
    for step in np.eye(4).reshape(4, 2, 2) * 1e-3:
        assert likelihood(found.coefficients + step) < best > likelihood(found.coefficients - step)


def test_separated_categories_and_collinear_covariates_have_no_estimate():
    covariates, code = rows()
    separated = np.where(covariates[0, 1] > 0, 1, 0)
    assert isinstance(fit_multinomial(covariates[:1], separated), NotEstimable)
    twice = np.stack([covariates[0, 0], covariates[0, 0]])[None]
    assert isinstance(fit_multinomial(twice, np.minimum(code, 1)), NotEstimable)


def test_a_warm_start_changes_nothing():
    covariates, code = rows()
    cold = fit_multinomial(covariates, code).coefficients
    assert fit_multinomial(covariates, code, start=cold + 0.1).coefficients == pytest.approx(cold, rel=1e-8)
