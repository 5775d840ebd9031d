"""The integrated Brier score."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from cds.core.measure import Interval, NotEstimable
from cds.survival.brier import brier
from cds.survival.integrated_brier import (
    INTEGRATED_BRIER,
    integrated_brier,
    integrated_brier_influence,
    integrated_brier_interval,
)
from tests.samples import EXPECTED
from tests.survival.tied import competing, drawn, reference_competing, reference_survival, repeated, survival

KINDS = ("survival", "competing_risks")


def test_two_times_by_hand():
    # Brier .04 at 1 and .16 at 3, from 0 at 0: (.02·1 + .10·2) / 3
    sample = survival([4, 4], [0, 0], [[0.2, 0.4], [0.2, 0.4]], horizons=(1.0, 3.0))
    assert integrated_brier(sample) == pytest.approx((0.02 + 0.2) / 3)


def test_it_is_the_trapezoid_over_the_scores_of_r():
    scores = [part["brier_ipcw"]["estimate"] for part in EXPECTED["survival"]["horizons"]]
    expected = trapezoid([0, *scores], [0, 90, 180, 365]) / 365
    assert integrated_brier(reference_survival()) == pytest.approx(expected, rel=1e-8)


def test_its_error_is_that_of_the_sum_of_the_scores_of_r():
    # R 4.2.2, riskRegression 2022.11.28: h <- c(90, 180, 365); P <- as.matrix(s[paste0("risk_", h)])
    #   sc <- Score(list(m = P), formula = Surv(days, event) ~ 1, data = s, times = h, metrics = c("auc", "brier"),
    #               cens.model = "km", null.model = FALSE, keep = "vcov"); B <- sc$Brier$score$Brier
    #   w <- diff(c(0, h)); a <- (w + c(w[-1], 0)) / 730; V <- sc$Brier$vcov; c(sum(a * B), sqrt(t(a) %*% V %*% a))
    sample = reference_survival()
    value = integrated_brier(sample)
    interval = integrated_brier_interval(sample, value, 0.95)
    assert isinstance(interval, Interval)
    assert (value, interval.se) == pytest.approx((0.17969474978676, 0.0079012882030516), rel=1e-10)


@pytest.mark.parametrize("covariates", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_one_pass_over_the_grid_gives_the_scores_of_each_time(kind, covariates):
    sample = drawn(90, 1, kind=kind, covariates=covariates)
    scores = [brier(sample, horizon) for horizon in sample.horizons]
    assert integrated_brier(sample) == pytest.approx(trapezoid([0, *scores], [0, *sample.horizons]) / 60, rel=1e-12)


@pytest.mark.parametrize("covariates", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repeated_rows_and_weights_of_zero_are_absent(kind, covariates):
    sample = drawn(90, 5, kind=kind, covariates=covariates)
    weights = np.random.default_rng(6).integers(0, 4, 90)
    rows = np.repeat(np.arange(90), weights)
    value = integrated_brier(sample.reweight(weights.astype(float)))
    assert value == pytest.approx(integrated_brier(repeated(sample, rows)), rel=1e-9)
    doubled = repeated(sample, np.repeat(np.arange(90), 2))
    assert integrated_brier(sample.reweight(np.full(90, 2.0))) == pytest.approx(integrated_brier(doubled), rel=1e-9)


def test_order_and_equal_fractional_weights_change_nothing_and_a_replicate_is_the_resampled_data():
    sample, rng = drawn(90, 7), np.random.default_rng(8)
    value, order, rows = integrated_brier(sample), rng.permutation(90), rng.integers(0, 90, 90)
    assert integrated_brier(repeated(sample, order)) == pytest.approx(value, rel=1e-12)
    assert integrated_brier(sample.reweight(np.full(90, 0.5))) == pytest.approx(value, rel=1e-12)
    replicate = sample.resample(np.bincount(rows, minlength=90).astype(float))
    assert integrated_brier(replicate) == pytest.approx(integrated_brier(repeated(sample, rows)), rel=1e-12)


def test_the_grid_selects_times_and_the_details_print_it():
    sample = reference_survival(grid=(90.0, 180.0))
    scores = [brier(sample, 90.0), brier(sample, 180.0)]
    assert integrated_brier(sample) == pytest.approx(trapezoid([0, *scores], [0, 90, 180]) / 180)
    details = INTEGRATED_BRIER.details(sample)
    assert details["grid"] == [90.0, 180.0] and "coarse grid of 2 times" in details["coarse"]
    fine = survival([40, 40], [0, 0], [0.2, 0.3], horizons=tuple(float(t) for t in range(1, 31)))
    assert "coarse" not in INTEGRATED_BRIER.details(fine)


def test_a_time_without_risks_and_a_single_time_have_reasons():
    absent = integrated_brier(reference_survival(grid=(30.0, 90.0, 180.0)))
    assert absent == NotEstimable("there are no risks at 30 of the grid: name times at which the model gives risks")
    single = integrated_brier(reference_competing())
    assert isinstance(single, NotEstimable) and "two or more times" in single.reason
    assert integrated_brier_influence(reference_competing()) == single
    assert "grid" not in INTEGRATED_BRIER.details(reference_competing())


def test_the_end_of_follow_up_and_delayed_entry_have_reasons():
    ended = survival([1, 3], [1, 0], [0.3, 0.2], horizons=(1.0, 3.0), time_unit="days")
    reason = NotEstimable("nobody is followed beyond 3 days; the latest usable horizon lies before 3 days")
    assert integrated_brier(ended) == reason
    late = integrated_brier(competing([3, 5], [1, 0], [0.3, 0.2], entry=np.array([0.0, 1.0])))
    assert isinstance(late, NotEstimable) and "left truncation" in late.reason


def test_all_censored_no_events_and_one_patient_give_numbers_without_an_interval():
    alone = survival([9], [1], [0.3])
    assert integrated_brier(alone) == pytest.approx(0.09 * 3 / 4)  # rises from 0 to .09 at 2, stays to 4
    assert integrated_brier_interval(alone, 0.0675, 0.95) == NotEstimable("fewer than two patients")
    assert integrated_brier(survival([1, 9], [0, 0], [0.9, 0.3])) == pytest.approx(0.09 * 3 / 4)
