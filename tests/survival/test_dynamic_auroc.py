"""The time-dependent area under the ROC curve."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.discrimination.auroc import auroc
from cds.survival.dynamic_auroc import (
    DYNAMIC_AUROC,
    DYNAMIC_AUROC_COMPETING,
    dynamic_auroc,
    dynamic_auroc_influence,
    dynamic_auroc_interval,
)
from tests.samples import EXPECTED
from tests.survival.tied import (
    COVARIATE,
    breast_cancer,
    competing,
    drawn,
    reference_competing,
    reference_covariates,
    reference_survival,
    repeated,
    survival,
    veterans,
)

KINDS = ("survival", "competing_risks")


def value_and_se(sample, horizon):
    value = dynamic_auroc(sample, horizon)
    interval = dynamic_auroc_interval(sample, value, 0.95, horizon)
    assert isinstance(interval, Interval)
    return value, interval.se


def test_five_patients_by_hand():
    # Event at 1 (risk .6), censored at 2, event at 3 (risk .3), followed to 9 twice (risks .4 and .1); horizon 5.
    # Of four at risk one is censored at 2: G(3−) = G(5) = 3/4. Cases weigh 1 and 4/3, controls 4/3 each.
    sample = survival([1, 2, 3, 9, 9], [1, 0, 1, 0, 0], [0.6, 0.5, 0.3, 0.4, 0.1], horizons=(5.0,))
    pairs = 1 * (4 / 3 + 4 / 3) + 4 / 3 * (0 + 4 / 3)
    assert dynamic_auroc(sample, 5.0) == pytest.approx(pairs / ((1 + 4 / 3) * (8 / 3)))


def test_a_tied_risk_counts_half():
    assert dynamic_auroc(survival([1, 9], [1, 0], [0.3, 0.3], horizons=(5.0,)), 5.0) == 0.5


def test_with_competing_risks_those_with_another_cause_are_controls():
    sample = competing([1, 2, 9], [1, 2, 0], [0.3, 0.4, 0.2], horizons=(5.0,))
    assert dynamic_auroc(sample, 5.0) == 0.5


@pytest.mark.parametrize("place", range(3))
def test_value_and_error_in_the_reference_case_are_those_of_score(place):
    expected = EXPECTED["survival"]["horizons"][place]
    value, se = value_and_se(reference_survival(), float(expected["horizon"]))
    assert value == pytest.approx(expected["auc_ipcw"]["estimate"], rel=1e-8)
    assert se == pytest.approx(expected["auc_ipcw"]["se"], rel=1e-8)


def test_with_competing_risks_value_and_error_are_those_of_score():
    expected = EXPECTED["competing"]["auc_ipcw"]
    value, se = value_and_se(reference_competing(), 365.0)
    assert value == pytest.approx(expected["estimate"], rel=1e-8)
    assert se == pytest.approx(expected["se"], rel=1e-8)


# R 4.2.2, riskRegression 2022.11.28 (t, e, s, p in tests/survival/tied.py):
#   Score(list(m = p), formula = Surv(t, e) ~ 1, data = data.frame(t, e), times = h, metrics = "auc",
#         cens.model = "km"); the second with Hist(t, s) ~ 1 and cause = 1
@pytest.mark.parametrize(
    ("sample", "horizon", "expected", "error"),
    [
        (survival(), 2.0, 0.5179205564708, 0.21009263258531),
        (survival(), 4.0, 0.51758377581448, 0.15881527170905),
        (competing(), 2.0, 0.5289565433455, 0.20639836123075),
        (competing(), 4.0, 0.53310112864943, 0.14829909012263),
    ],
)
def test_tied_days_events_at_time_zero_and_tied_risks_are_counted_as_by_score(sample, horizon, expected, error):
    assert value_and_se(sample, horizon) == pytest.approx((expected, error), rel=1e-10)


# R 4.2.2, riskRegression 2022.11.28, survival 3.5.3 (the risks in tests/survival/tied.py):
#   Score(list(m = risk), formula = Surv(time, status) ~ 1, data = d, times = h, metrics = "auc", cens.model = "km")
@pytest.mark.parametrize(
    ("horizon", "expected", "error"),
    [
        (50.0, 0.84226248120786, 0.035008349130387),
        (100.0, 0.79351790007246, 0.038483247711398),
        (180.0, 0.69908150456846, 0.052982383831152),
    ],
)
def test_the_veterans_have_the_values_of_score(horizon, expected, error):
    assert value_and_se(veterans(), horizon) == pytest.approx((expected, error), rel=1e-8)


# R 4.2.2, riskRegression 2022.11.28: x2 <- (patient %% 7) / 7; Score(list(m = risk), formula = Surv(days, event) ~
#   lp + x2, data = s, times = h, metrics = "auc", cens.model = "cox"). Its errors differ by up to 1.5 % from ours,
#   which are the derivative of the value with respect to the weights (tested below) and agree with the jackknife.
@pytest.mark.parametrize(
    ("horizon", "expected", "error"),
    [
        (90.0, 0.77499952917114, 0.023097421553036),
        (180.0, 0.72987265106634, 0.023975055190677),
        (365.0, 0.77032124426243, 0.024740600445654),
    ],
)
def test_a_cox_model_of_censoring_gives_the_values_of_score(horizon, expected, error):
    value, se = value_and_se(reference_survival(censoring=reference_covariates()), horizon)
    assert value == pytest.approx(expected, rel=1e-8)
    assert se == pytest.approx(error, rel=0.02)


def test_a_cox_model_of_censoring_gives_the_values_of_score_with_competing_risks():
    # The same with Hist(days, status) ~ x2 and cause = 1
    covariate = (np.arange(1, len(reference_competing()) + 1) % 7 / 7)[:, None]
    value, se = value_and_se(reference_competing(censoring=covariate), 365.0)
    assert value == pytest.approx(0.71852559819053, rel=1e-8)
    assert se == pytest.approx(0.025859716054995, rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_influence_with_a_cox_model_is_the_derivative_of_the_value(kind):
    sample, n = drawn(60, 3, kind=kind, covariates=True), 60
    terms = dynamic_auroc_influence(sample, 30.0) * np.sqrt(n * (n - 1)) / n
    for row in range(0, n, 7):
        nudge = np.where(np.arange(n) == row, 1e-4, 0.0)
        up, down = (dynamic_auroc(sample.reweight(1 + side * nudge), 30.0) for side in (1, -1))
        assert terms[row] == pytest.approx((up - down) / 2e-4, abs=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_without_censoring_it_is_the_binary_area_exactly(kind):
    full = drawn(80, 1, kind=kind)
    status = np.where(full.status == 0, 1, full.status)
    sample = repeated(full, np.arange(80))
    object.__setattr__(sample, "status", status)
    outcome = ((status == 1) & (sample.time <= 30)).astype(float)
    binary = BinarySample(outcome=outcome, risk=sample.risk[:, 1])
    assert dynamic_auroc(sample, 30.0) == pytest.approx(auroc(binary), rel=1e-14)


@pytest.mark.parametrize("covariates", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repeated_rows_and_weights_of_zero_are_absent(kind, covariates):
    sample = drawn(90, 5, kind=kind, covariates=covariates)
    weights = np.random.default_rng(6).integers(0, 4, 90)
    rows = np.repeat(np.arange(90), weights)
    value = dynamic_auroc(sample.reweight(weights.astype(float)), 30.0)
    assert value == pytest.approx(dynamic_auroc(repeated(sample, rows), 30.0), rel=1e-9)
    assert dynamic_auroc(sample.reweight(np.full(90, 2.0)), 30.0) == pytest.approx(
        dynamic_auroc(repeated(sample, np.repeat(np.arange(90), 2)), 30.0), rel=1e-9
    )


@pytest.mark.parametrize("kind", KINDS)
def test_order_a_monotone_transformation_and_equal_fractional_weights_change_nothing(kind):
    sample, order = drawn(90, 7, kind=kind), np.random.default_rng(8).permutation(90)
    value = dynamic_auroc(sample, 30.0)
    assert dynamic_auroc(repeated(sample, order), 30.0) == pytest.approx(value, rel=1e-12)
    assert dynamic_auroc(sample.reweight(np.full(90, 0.5)), 30.0) == pytest.approx(value, rel=1e-12)
    squared = repeated(sample, np.arange(90))
    object.__setattr__(squared, "risk", sample.risk**2)
    assert dynamic_auroc(squared, 30.0) == pytest.approx(value, rel=1e-14)


def test_a_replicate_is_the_resampled_data():
    sample, rows = drawn(90, 9), np.random.default_rng(10).integers(0, 90, 90)
    replicate = sample.resample(np.bincount(rows, minlength=90).astype(float))
    assert dynamic_auroc(replicate, 30.0) == pytest.approx(dynamic_auroc(repeated(sample, rows), 30.0), rel=1e-9)


def test_the_interval_lies_on_the_logit_scale_with_plain_walds_bounds_beside_it():
    sample = veterans()
    value = dynamic_auroc(sample, 50.0)
    interval = dynamic_auroc_interval(sample, value, 0.95, 50.0)
    half = 1.959963984540054 * interval.se
    logit = np.log(value / (1 - value))
    assert interval.low == pytest.approx(1 / (1 + np.exp(half / (value * (1 - value)) - logit)))
    assert interval.details == pytest.approx({"low_wald": value - half, "high_wald": value + half})


@pytest.mark.parametrize(
    ("time", "event", "reason"),
    [
        ([1, 2, 9], [0, 0, 0], "nobody had the event by 5"),
        ([6, 7, 9], [1, 1, 1], "nobody had the event by 5"),
        ([1, 2, 3], [1, 1, 0], "nobody is followed beyond 5; the latest usable horizon lies before 3"),
        ([1], [1], "nobody is followed beyond 5; the latest usable horizon lies before 1"),
        ([9], [1], "nobody had the event by 5"),
    ],
)
def test_there_is_a_reason_where_there_is_no_value(time, event, reason):
    sample = survival(time, event, [0.3] * len(time), horizons=(5.0,))
    assert dynamic_auroc(sample, 5.0) == NotEstimable(reason)
    assert dynamic_auroc_influence(sample, 5.0) == NotEstimable(reason)


def test_an_area_of_one_has_no_interval():
    sample = survival([1, 9, 9], [1, 0, 0], [0.6, 0.3, 0.2], horizons=(5.0,))
    assert dynamic_auroc(sample, 5.0) == 1
    interval = dynamic_auroc_interval(sample, 1.0, 0.95, 5.0)
    assert isinstance(interval, NotEstimable) and "edge of its range" in interval.reason


def test_delayed_entry_is_refused():
    found = dynamic_auroc(survival([2, 9], [1, 0], [0.5, 0.4], horizons=(5.0,), entry=np.array([0.0, 1.0])), 5.0)
    assert isinstance(found, NotEstimable) and "left truncation" in found.reason


def test_the_details_name_the_assumption_about_censoring():
    assert "independent of everything" in DYNAMIC_AUROC.details(survival(), horizon=2.0)["censoring"]
    given = DYNAMIC_AUROC_COMPETING.details(competing(censoring=COVARIATE), horizon=2.0)["censoring"]
    assert "given the covariate of a Cox model" in given


@pytest.mark.shared
def test_breast_cancer_at_4_99_years_has_the_published_value_and_at_5_a_reason(shared_folder):
    # McLernon et al., Ann Intern Med 2022, and R 4.2.2, riskRegression 2022.11.28: Score(..., times = 4.99)
    sample = breast_cancer(shared_folder)
    assert value_and_se(sample, 4.99) == pytest.approx((0.67746369511985, 0.028027391673023), rel=1e-8)
    assert dynamic_auroc(sample, 5.0) == NotEstimable(
        "nobody is followed beyond 5 years; the latest usable horizon lies before 5 years"
    )
