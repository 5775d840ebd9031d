"""Weights from a Cox model of the censoring times."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.stats import censoring_cox
from cds.stats.censoring_cox import NO_CHANCE, censoring_model, cox_terms
from cds.stats.censoring_weights import censoring_weights
from tests.survival.tied import COVARIATE, STATUS, drawn, repeated, survival


def test_the_weights_of_tied_days_are_those_of_r():
    # R 4.2.2, survival 3.5.3 (t, e, x in tests/survival/tied.py):
    #   ctl <- coxph.control(eps = 1e-11, toler.chol = 1e-12, iter.max = 100)
    #   f <- coxph(Surv(t, e == 0) ~ x, ties = "efron", control = ctl); b <- basehaz(f, centered = FALSE)
    #   L <- function(u) max(c(0, b$hazard[b$time <= u])); r <- exp(coef(f) * x)
    #   ifelse(t <= 4, ifelse(e == 1, exp(sapply(t - .5, L) * r), 0), exp(L(4) * r))
    by_then = [
        1, 0, 1.0360715384234, 0, 0, 0, 1.1698821859601, 1.1439636069102, 0, 0, 0, 1.2307933746459, 0, 0,
        1.3846270320855, 0,
    ]  # fmt: skip
    beyond = [1.9244562263916, 1.7527181683312, 2.146180232448]
    expected = by_then + (beyond * 3)[:8]
    assert censoring_weights(survival(censoring=COVARIATE).at(4.0)) == pytest.approx(expected, rel=1e-10)


def test_where_nobody_is_censored_all_weights_are_one_and_nothing_is_estimated():
    sample = survival([1, 2, 9], [1, 1, 1], [0.1] * 3, horizons=(3.0,), censoring=np.ones((3, 1))).at(3.0)
    assert censoring_weights(sample).tolist() == [1, 1, 1]
    assert cox_terms(sample, np.ones(3)).tolist() == [0, 0, 0]


def test_a_covariate_unrelated_to_censoring_gives_nearly_the_marginal_weights():
    sample = drawn(2000, 1)
    noise = np.random.default_rng(2).normal(0, 1, (2000, 1))
    given = survival(sample.time, sample.status, sample.risk, horizons=sample.horizons, censoring=noise)
    marginal = censoring_weights(sample.at(30.0))
    assert censoring_weights(given.at(30.0)) == pytest.approx(marginal, rel=0.1)


def test_where_a_covariate_lies_and_its_unit_change_nothing():
    sample = survival(censoring=COVARIATE)
    moved = survival(censoring=1000 + 365 * COVARIATE)
    assert censoring_weights(moved.at(4.0)) == pytest.approx(censoring_weights(sample.at(4.0)), rel=1e-9)


def test_rows_without_weight_are_absent():
    sample = drawn(90, 3, covariates=True)
    weights = np.random.default_rng(4).integers(0, 4, 90)
    rows = np.repeat(np.arange(90), weights)
    ours = censoring_weights(sample.reweight(weights.astype(float)).at(30.0))
    assert ours[rows] == pytest.approx(censoring_weights(repeated(sample, rows).at(30.0)), rel=1e-9)


def test_a_replicate_starts_from_the_full_samples_fit_and_ends_where_its_own_data_say():
    sample, rows = drawn(90, 5, covariates=True), np.random.default_rng(6).integers(0, 90, 90)
    replicate = sample.resample(np.bincount(rows, minlength=90).astype(float)).at(30.0)
    own = censoring_model(repeated(sample, rows).at(30.0))
    assert censoring_model(replicate).coefficients == pytest.approx(own.coefficients, rel=1e-3)


def test_a_model_that_cannot_be_fitted_gives_its_reason():
    found = censoring_weights(survival(censoring=np.ones((24, 1))).at(4.0))
    assert isinstance(found, NotEstimable)
    assert found.reason.startswith("the Cox model of the censoring times cannot be fitted: a covariate")
    assert cox_terms(survival(censoring=np.ones((24, 1))).at(4.0), np.ones(24)) == found
    separated = censoring_weights(survival(censoring=(STATUS == 1).astype(float)[:, None]).at(4.0))
    assert isinstance(separated, NotEstimable) and "orders the events perfectly" in separated.reason


def test_a_row_without_weight_and_far_from_all_others_does_no_harm():
    far = np.r_[COVARIATE[:-1, 0], 50.0][:, None]
    weights = np.r_[np.ones(23), 0.0]
    found = censoring_weights(survival(censoring=far).reweight(weights).at(4.0))
    kept = censoring_weights(repeated(survival(censoring=COVARIATE), np.arange(23)).at(4.0))
    assert found == pytest.approx(np.r_[kept, 0.0], rel=1e-6)


def test_no_chance_of_having_been_followed_has_a_reason(monkeypatch):
    monkeypatch.setattr(censoring_cox, "_hazards", lambda sample, fit: np.full(len(sample), 1e4))
    assert censoring_weights(survival(censoring=COVARIATE).at(4.0)) == NotEstimable(NO_CHANCE)
