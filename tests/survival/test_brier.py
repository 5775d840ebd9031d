"""Brier score and index of prediction accuracy, weighted for censoring."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.overall.brier import brier as binary_brier
from cds.overall.brier import scaled_brier
from cds.survival.brier import BRIER, IPA, brier, brier_influence, brier_interval, brier_null, ipa
from tests.samples import EXPECTED
from tests.survival.tied import (
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
BOTH = (brier, ipa)


def value_and_se(sample, horizon):
    value = brier(sample, horizon)
    interval = brier_interval(sample, value, 0.95, horizon)
    assert isinstance(interval, Interval)
    return value, interval.se


def test_four_patients_by_hand():
    # Event at 1, censored at 2 with three at risk, event at 3, followed to 9; horizon 5: G(3−) = G(5) = 2/3.
    sample = survival([1, 2, 3, 9], [1, 0, 1, 0], [0.6, 0.5, 0.3, 0.4], horizons=(5.0,))
    expected = (0.4**2 + 0.7**2 * 3 / 2 + 0.4**2 * 3 / 2) / 4
    assert brier(sample, 5.0) == pytest.approx(expected)
    # Kaplan–Meier by 5: 1 − 3/4 · 1/2 = 5/8, so the null score is 5/8 · 3/8.
    assert brier_null(sample, 5.0) == pytest.approx(5 / 8 * 3 / 8)
    assert ipa(sample, 5.0) == pytest.approx(1 - expected / (15 / 64))


def test_with_competing_risks_another_cause_is_no_event():
    sample = competing([1, 2, 9], [1, 2, 0], [0.6, 0.4, 0.2], horizons=(5.0,))
    assert brier(sample, 5.0) == pytest.approx((0.4**2 + 0.4**2 + 0.2**2) / 3)


@pytest.mark.parametrize("place", range(3))
def test_values_and_error_in_the_reference_case_are_those_of_score(place):
    expected = EXPECTED["survival"]["horizons"][place]
    horizon = float(expected["horizon"])
    value, se = value_and_se(reference_survival(), horizon)
    assert value == pytest.approx(expected["brier_ipcw"]["estimate"], rel=1e-8)
    assert se == pytest.approx(expected["brier_ipcw"]["se"], rel=1e-8)
    assert ipa(reference_survival(), horizon) == pytest.approx(expected["ipa"], rel=1e-8)


def test_with_competing_risks_values_and_error_are_those_of_score():
    expected = EXPECTED["competing"]
    value, se = value_and_se(reference_competing(), 365.0)
    assert value == pytest.approx(expected["brier_ipcw"]["estimate"], rel=1e-8)
    assert se == pytest.approx(expected["brier_ipcw"]["se"], rel=1e-8)
    assert ipa(reference_competing(), 365.0) == pytest.approx(expected["ipa"], rel=1e-8)


# R 4.2.2, riskRegression 2022.11.28 (t, e, s, p in tests/survival/tied.py):
#   Score(list(m = p), formula = Surv(t, e) ~ 1, data = data.frame(t, e), times = h, metrics = "brier", summary = "ipa",
#         cens.model = "km", null.model = TRUE); the second with Hist(t, s) ~ 1 and cause = 1
@pytest.mark.parametrize(
    ("sample", "horizon", "expected", "error", "scaled"),
    [
        (survival(), 2.0, 0.25487529904306, 0.047071354806478, -0.71552399692059),
        (survival(), 4.0, 0.2732626989467, 0.061567753659656, -0.30188580044152),
        (competing(), 2.0, 0.2466033692185, 0.046599535819568, -0.69337604115671),
        (competing(), 4.0, 0.26206897649743, 0.054381863662889, -0.28553214974726),
    ],
)
def test_tied_days_and_events_at_time_zero_are_counted_as_by_score(sample, horizon, expected, error, scaled):
    assert value_and_se(sample, horizon) == pytest.approx((expected, error), rel=1e-10)
    assert ipa(sample, horizon) == pytest.approx(scaled, rel=1e-10)


# R 4.2.2, riskRegression 2022.11.28, survival 3.5.3 (the risks in tests/survival/tied.py): Score(list(m = risk),
#   formula = Surv(time, status) ~ 1, data = d, times = h, metrics = "brier", summary = "ipa", cens.model = "km")
@pytest.mark.parametrize(
    ("horizon", "expected", "error", "scaled"),
    [
        (50.0, 0.16018937684134, 0.01308939755545, 0.32054011024004),
        (100.0, 0.18333244534635, 0.014414496308078, 0.24639864093436),
        (180.0, 0.1579673393353, 0.019367353176007, 0.086601370804274),
    ],
)
def test_the_veterans_have_the_values_of_score(horizon, expected, error, scaled):
    assert value_and_se(veterans(), horizon) == pytest.approx((expected, error), rel=1e-8)
    assert ipa(veterans(), horizon) == pytest.approx(scaled, rel=1e-8)


# R 4.2.2, riskRegression 2022.11.28: x2 <- (patient %% 7) / 7; Score(list(m = risk), formula = Surv(days, event) ~
#   lp + x2, data = s, times = h, metrics = "brier", summary = "ipa", cens.model = "cox", null.model = TRUE). Ours are
#   the errors from the value's derivative (tested below); those of Score differ by up to half a percent.
@pytest.mark.parametrize(
    ("horizon", "expected", "error", "scaled"),
    [
        (90.0, 0.16874863789922, 0.011562408613187, 0.14144393491116),
        (180.0, 0.2206571806294, 0.011518206776068, 0.092748683112271),
        (365.0, 0.2171194218867, 0.010822885469027, 0.093787402000977),
    ],
)
def test_a_cox_model_of_censoring_gives_the_values_of_score(horizon, expected, error, scaled):
    sample = reference_survival(censoring=reference_covariates())
    value, se = value_and_se(sample, horizon)
    assert value == pytest.approx(expected, rel=1e-8)
    assert se == pytest.approx(error, rel=0.006)
    assert ipa(sample, horizon) == pytest.approx(scaled, rel=1e-8)


def test_a_cox_model_of_censoring_gives_the_values_of_score_with_competing_risks():
    # The same with Hist(days, status) ~ x2 and cause = 1
    covariate = (np.arange(1, len(reference_competing()) + 1) % 7 / 7)[:, None]
    sample = reference_competing(censoring=covariate)
    value, se = value_and_se(sample, 365.0)
    assert value == pytest.approx(0.1973275104865, rel=1e-8)
    assert se == pytest.approx(0.0095362630806106, rel=1e-3)
    assert ipa(sample, 365.0) == pytest.approx(0.14960427622206, rel=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_influence_with_a_cox_model_is_the_derivative_of_the_value(kind):
    sample, n = drawn(60, 3, kind=kind, covariates=True), 60
    terms = brier_influence(sample, 30.0) * np.sqrt(n * (n - 1)) / n
    for row in range(0, n, 7):
        nudge = np.where(np.arange(n) == row, 1e-4, 0.0)
        up, down = (brier(sample.reweight(1 + side * nudge), 30.0) for side in (1, -1))
        assert terms[row] == pytest.approx((up - down) / 2e-4, abs=1e-8)


def test_without_censoring_they_are_the_binary_scores_exactly():
    full = drawn(80, 1)
    sample = survival(full.time, np.ones(80), full.risk, horizons=full.horizons)
    binary = BinarySample(outcome=(full.time <= 30).astype(float), risk=full.risk[:, 1])
    assert brier(sample, 30.0) == pytest.approx(binary_brier(binary), rel=1e-14)
    assert ipa(sample, 30.0) == pytest.approx(scaled_brier(binary), rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_of_the_observed_risk_is_its_own_variance(kind):
    # The weighted share of events is Kaplan–Meier's (Aalen–Johansen's), ties and zero times included.
    sample = drawn(90, 2, kind=kind)
    from cds.stats.aalen_johansen import cumulative_incidence

    risk = cumulative_incidence(sample, 30.0)
    assert brier_null(sample, 30.0) == pytest.approx(risk * (1 - risk), rel=1e-12)


@pytest.mark.parametrize("measure", BOTH)
@pytest.mark.parametrize("covariates", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repeated_rows_and_weights_of_zero_are_absent(measure, kind, covariates):
    sample = drawn(90, 5, kind=kind, covariates=covariates)
    weights = np.random.default_rng(6).integers(0, 4, 90)
    rows = np.repeat(np.arange(90), weights)
    value = measure(sample.reweight(weights.astype(float)), 30.0)
    assert value == pytest.approx(measure(repeated(sample, rows), 30.0), rel=1e-9)
    assert measure(sample.reweight(np.full(90, 2.0)), 30.0) == pytest.approx(
        measure(repeated(sample, np.repeat(np.arange(90), 2)), 30.0), rel=1e-9
    )


@pytest.mark.parametrize("measure", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_order_and_equal_fractional_weights_change_nothing(measure, kind):
    sample, order = drawn(90, 7, kind=kind), np.random.default_rng(8).permutation(90)
    value = measure(sample, 30.0)
    assert measure(repeated(sample, order), 30.0) == pytest.approx(value, rel=1e-10)
    assert measure(sample.reweight(np.full(90, 0.5)), 30.0) == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize("measure", BOTH)
def test_a_replicate_is_the_resampled_data(measure):
    sample, rows = drawn(90, 9), np.random.default_rng(10).integers(0, 90, 90)
    replicate = sample.resample(np.bincount(rows, minlength=90).astype(float))
    assert measure(replicate, 30.0) == pytest.approx(measure(repeated(sample, rows), 30.0), rel=1e-9)


def test_all_censored_without_events_and_one_patient():
    early = survival([1, 2, 9], [0, 0, 0], [0.2, 0.3, 0.4], horizons=(5.0,))
    assert brier(early, 5.0) == pytest.approx(0.4**2)  # the third stands for all three
    assert ipa(early, 5.0) == NotEstimable("nobody had the event by 5: there is nothing to explain")
    alone = survival([9], [1], [0.3], horizons=(5.0,))
    assert brier(alone, 5.0) == pytest.approx(0.09)
    assert brier_interval(alone, 0.09, 0.95, 5.0) == NotEstimable("fewer than two patients")
    ended = survival([1, 2], [1, 0], [0.2, 0.3], horizons=(5.0,))
    reason = NotEstimable("nobody is followed beyond 5; the latest usable horizon lies before 2")
    assert brier(ended, 5.0) == ipa(ended, 5.0) == brier_null(ended, 5.0) == brier_influence(ended, 5.0) == reason


def test_delayed_entry_is_refused():
    sample = survival([2, 9], [1, 0], [0.5, 0.4], horizons=(5.0,), entry=np.array([0.0, 1.0]))
    for measure in BOTH:
        found = measure(sample, 5.0)
        assert isinstance(found, NotEstimable) and "left truncation" in found.reason


def test_the_details_name_the_assumption_and_the_score_to_beat():
    sample = reference_survival()
    assert "independent of everything" in BRIER.details(sample, horizon=90.0)["censoring"]
    assert IPA.details(sample, horizon=90.0)["brier_null"] == brier_null(sample, 90.0)


@pytest.mark.shared
def test_breast_cancer_has_the_published_values(shared_folder):
    # McLernon et al., Ann Intern Med 2022, and R 4.2.2, riskRegression 2022.11.28: Score(..., times = c(2, 4.99))
    sample = breast_cancer(shared_folder)
    assert value_and_se(sample, 4.99) == pytest.approx((0.22477753985306, 0.0078522558947796), rel=1e-8)
    assert ipa(sample, 4.99) == pytest.approx(0.10063870944373, rel=1e-8)
    assert value_and_se(sample, 2.0) == pytest.approx((0.17069379955678, 0.0082253894659058), rel=1e-8)
    assert isinstance(ipa(sample, 5.0), NotEstimable)
