"""The trend of calibration-in-the-large is R's regression, with a sandwich error where rows are weighted."""

import numpy as np
import pytest

from cds.core.measure import Estimate, NotEstimable
from cds.core.sample_kinds import ContinuousSample
from cds.drift.trend import linear_trend, logistic_trend, trends
from tests.drift.studies import dated
from tests.samples import OUTCOME, RISK, small

# R 4.2.2, p and y as in tests/samples.py:
#   o <- order((seq_along(p)*7) %% 24); yo <- y[o]; l <- qlogis(p[o]); t <- seq_along(yo)/10
#   coef(summary(glm(yo ~ t, family = binomial, offset = l, control = ctl)))[2, 1:2]
#   w <- rep(c(.5, 1.5, 2, 1), 6); cl <- rep(1:12, 2); g <- glm(yo ~ t, binomial, offset = l, weights = w, ...)
#   X <- model.matrix(g); B <- solve(t(X) %*% (X*w*fitted(g)*(1 - fitted(g)))); U <- rowsum(X*w*(yo - fitted(g)), cl)
#   sqrt((B %*% t(U) %*% U %*% B)[2, 2])
ORDER = np.argsort(np.arange(1, 25) * 7 % 24)
YEARS = np.arange(1, 25) / 10


def test_the_trend_is_that_of_glm_with_an_offset():
    found = logistic_trend(small(OUTCOME[ORDER], RISK[ORDER]), YEARS)
    assert found == pytest.approx((0.0177161928548058, 0.7022542689530892), rel=1e-8)


def test_with_weights_and_several_rows_a_patient_the_error_is_a_clustered_sandwich():
    weights, patient = np.tile([0.5, 1.5, 2, 1], 6), np.tile(np.arange(12), 2)
    found = logistic_trend(small(OUTCOME[ORDER], RISK[ORDER], weights=weights, patient=patient), YEARS)
    assert found == pytest.approx((-0.133306455754329, 0.952575263197285), rel=1e-8)


def test_a_trend_of_errors_is_a_straight_line():
    predicted = np.linspace(1, 9, 24)
    wobble = np.where(np.arange(24) % 2, 0.1, -0.1)
    value, se = linear_trend(ContinuousSample(observed=predicted + 2 * YEARS + wobble, predicted=predicted), YEARS)
    assert value == pytest.approx(2, abs=0.05)
    assert 0 < se < 0.1


def test_drift_is_seen_and_its_absence_too():
    study, calm = dated(3000, drift=1.0), dated(3000, drift=0.0, seed=2)
    (found,) = trends(study, study.cohort.dates, one_window=False)
    (none,) = trends(calm, calm.cohort.dates, one_window=False)
    assert found.analysis == "trend_per_year" and found.low > 0.3
    assert none.low < 0 < none.high
    assert isinstance(found.result, Estimate) and found.result.details["p_value"] < 1e-6


def test_one_window_has_no_trend():
    study = dated(100, days=20)
    (found,) = trends(study, study.cohort.dates, one_window=True)
    assert isinstance(found.result, NotEstimable) and "one calendar window" in found.result.reason


def test_one_outcome_class_has_no_trend():
    found = logistic_trend(small(np.zeros(24), RISK), YEARS)
    assert isinstance(found, NotEstimable)


def test_with_sites_the_error_comes_from_leaving_out_each_of_them():
    from cds.core.study import Subgroup

    study = dated(1200)
    masks = {Subgroup("site", str(k)): np.arange(1200) % 6 == k for k in range(6)}
    object.__setattr__(study, "sites", masks)
    (found,) = trends(study, study.cohort.dates, one_window=False)
    years = (study.cohort.dates - study.cohort.dates.min()).astype(float) / 365.25
    values = [logistic_trend(study.sample.where(~m), years[~m])[0] for m in masks.values()]
    assert found.se == pytest.approx(np.sqrt(5 / 6 * ((np.array(values) - found.estimate) ** 2).sum()))
    assert found.result.interval.details == {"sites": 6, "df": 5}
    assert found.high - found.estimate == pytest.approx(2.570582 * found.se, rel=1e-6)  # Student's t, 5 degrees


def test_risks_of_zero_make_the_trend_descriptive_and_declared_bounds_do_not():
    study = dated(600)
    risk = np.where(np.arange(600) % 4 == 0, 0.0, study.sample.risk)
    zeros = dated(600, sample=small(study.sample.outcome, risk))
    (found,) = trends(zeros, zeros.cohort.dates, one_window=False)
    assert found.result.details["left_out"] == 150 and "flatters" in found.result.details["descriptive"]
    clipped = dated(600, sample=small(study.sample.outcome, risk, clip=(0.001, 0.999)))
    (found,) = trends(clipped, clipped.cohort.dates, one_window=False)
    assert found.result.details["clipped"] == 150 and "descriptive" not in found.result.details
