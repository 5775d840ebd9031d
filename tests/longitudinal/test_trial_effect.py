"""Effects by intention to treat: by hand, invariants, and R's lm, t.test, clubSandwich and metafor."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.longitudinal.trial_effect import (
    EFFECT,
    STANDARDISED,
    UNADJUSTED,
    effect_details,
    effect_interval,
    hedges_details,
    hedges_g,
    hedges_interval,
    treatment_effect,
    unadjusted,
    unadjusted_interval,
)
from tests.longitudinal.trials import ARM, BASE, CLUSTER, NAN, SITE, Y, trial, visits

LEVEL = 0.95


def test_without_baseline_the_effect_is_the_difference_in_means():
    sample = trial(outcome=[1.0, 3, 5, 7], arm=[0, 0, 1, 1], arms=("control", "treated"), baseline=None)
    assert treatment_effect(sample, category="treated") == pytest.approx(4.0, abs=1e-12)


def test_a_baseline_that_explains_everything_leaves_the_shift():
    base = np.array([1.0, 2, 4, 3, 5, 9])
    sample = trial(outcome=2 * base - [0, 0, 0, 3, 3, 3], arm=[0, 0, 0, 1, 1, 1], arms=("c", "t"), baseline=base)
    assert treatment_effect(sample, category="t") == pytest.approx(-3.0, rel=1e-12)


def test_the_effect_and_its_interval_are_those_of_lm():
    # R 4.2.2: f <- lm(y ~ arm + base, dd); coef(f); confint(f); confint(f, level = .9)
    sample = trial()
    value = treatment_effect(sample, category="therapy")
    assert value == pytest.approx(-2.124999999999999, rel=1e-10)
    found = effect_interval(sample, value, LEVEL, category="therapy")
    assert (found.low, found.high) == pytest.approx((-2.744725028845194, -1.505274971154804), rel=1e-8)
    assert found.se == pytest.approx(0.2960907341413184, rel=1e-8)
    assert found.details["df"] == 19
    found = effect_interval(sample, value, 0.9, category="placebo")
    assert (found.low, found.high) == pytest.approx((-0.889751259565863, 0.170336365948843), rel=1e-8)


def test_covariates_of_the_randomisation_are_adjusted_for():
    # R 4.2.2: f2 <- lm(y ~ arm + base + site, dd); coef(f2); confint(f2)
    sample = trial(covariates=SITE)
    value = treatment_effect(sample, category="placebo")
    assert value == pytest.approx(-0.373106060606060, rel=1e-9)
    found = effect_interval(sample, value, LEVEL, category="placebo")
    assert (found.low, found.high) == pytest.approx((-1.026874478391930, 0.280662357179811), rel=1e-8)


def test_the_unadjusted_effect_is_welchs():
    # R 4.2.2: t.test(y[arm == 1], y[arm == 0])
    value = unadjusted(trial(), category="therapy")
    found = unadjusted_interval(trial(), value, LEVEL, category="therapy")
    assert value == pytest.approx(-2.125)
    assert (found.low, found.high) == pytest.approx((-4.049511367945953, -0.200488632054047), rel=1e-9)
    assert found.details["df"] == pytest.approx(13.6557481268448, rel=1e-9)


def test_the_standardised_effect_is_metafors():
    # R 4.2.2, metafor: escalc("SMD", m1i = mean(a), sd1i = sd(a), n1i = 8, …) with a <- y[arm == 1]; yi and vi
    value = hedges_g(trial(), category="therapy")
    assert value == pytest.approx(-1.12197903484562, rel=1e-10)
    found = hedges_interval(trial(), value, LEVEL, category="therapy")
    assert found.se == pytest.approx(0.289338654832285**0.5, rel=1e-10)


def test_of_changes_it_stands_among_the_details():
    with_own = trial(outcome=Y - BASE, baseline=np.zeros(24))
    assert hedges_details(trial(), category="therapy")["of_changes"] == pytest.approx(
        hedges_g(with_own, category="therapy"), rel=1e-12
    )
    assert "of_changes" not in hedges_details(trial(baseline=None), category="therapy")


def test_clusters_are_robust_as_in_clubsandwich():
    # R 4.2.2, clubSandwich: coef_test(f, vcovCR(f, cluster = dd$cl, type = "CR2"), test = "Satterthwaite")
    sample = trial(patient=CLUSTER, clustered=True)
    value = treatment_effect(sample, category="therapy")
    found = effect_interval(sample, value, LEVEL, category="therapy")
    assert found.se == pytest.approx(0.3261048147225382, rel=1e-9)
    assert found.details == {"df": pytest.approx(5.98389328514342, rel=1e-9), "clusters": 12}
    other = effect_interval(sample, treatment_effect(sample, category="placebo"), LEVEL, category="placebo")
    assert other.se == pytest.approx(0.3550712867693736, rel=1e-9)
    assert other.details["df"] == pytest.approx(5.66675311552743, rel=1e-9)


def test_an_arm_of_one_cluster_has_no_interval():
    sample = trial(patient=np.where(ARM == 1, 99, CLUSTER), clustered=True)
    found = effect_interval(sample, -2.1, LEVEL, category="therapy")
    assert isinstance(found, NotEstimable) and "'therapy' has one cluster" in found.reason


def test_a_standardised_effect_of_clusters_has_no_interval_yet():
    found = hedges_interval(trial(patient=CLUSTER, clustered=True), -1.0, LEVEL, category="therapy")
    assert isinstance(found, NotEstimable)


def test_a_missing_baseline_takes_the_mean_of_all_arms():
    gone = np.where(np.arange(24) == 9, NAN, BASE)
    filled = np.where(np.arange(24) == 9, np.nanmean(gone), BASE)
    assert treatment_effect(trial(baseline=gone), category="therapy") == pytest.approx(
        treatment_effect(trial(baseline=filled), category="therapy"), rel=1e-12
    )
    assert effect_details(trial(baseline=gone), category="therapy")["baseline_missing"] == 1


def test_those_without_an_outcome_are_counted_in_their_arm():
    told = effect_details(trial(), category="placebo")
    assert (told["randomised_arm"], told["without_outcome_arm"]) == (8, 1)
    assert (told["randomised_control"], told["without_outcome_control"]) == (8, 0)
    assert EFFECT.counted(trial(), category="placebo").total == 15


def test_a_binary_outcome_has_a_difference_in_risks():
    event = np.r_[np.repeat([1.0, 0], [56, 14]), np.repeat([1.0, 0], [48, 32])]
    arm = np.repeat([1, 0], [70, 80])
    sample = trial(outcome=event, arm=arm, arms=("c", "t"), baseline=None, binary=True)
    value = treatment_effect(sample, category="t")
    found = effect_interval(sample, value, LEVEL, category="t")
    assert value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)  # Newcombe 1998, table II, example (a)
    for measure in (UNADJUSTED, STANDARDISED):
        assert isinstance(measure.compute(sample, category="t"), NotEstimable)


@pytest.mark.parametrize("measure", [EFFECT, UNADJUSTED, STANDARDISED], ids=lambda m: m.name)
@pytest.mark.parametrize("category", ["therapy", "placebo"])
def test_weights_of_two_are_doubled_patients_and_order_is_nothing(measure, category):
    weights = np.tile([2.0, 1, 0, 1], 6)
    rows = np.repeat(np.arange(24), weights.astype(int))[::-1]
    doubled = trial(outcome=Y[rows], arm=ARM[rows], baseline=BASE[rows], covariates=SITE[rows])
    weighted = trial(covariates=SITE, weights=weights)
    expected = measure.compute(doubled, category=category)
    assert measure.compute(weighted, category=category) == pytest.approx(expected, rel=1e-9)
    assert measure.compute(trial(covariates=SITE).resample(weights), category=category) == pytest.approx(expected)
    same = measure.compute(trial(covariates=SITE, weights=np.full(24, 0.7)), category=category)
    if measure is not STANDARDISED:  # whose correction counts patients
        assert same == pytest.approx(measure.compute(trial(covariates=SITE), category=category), rel=1e-9)


def test_without_a_visit_it_is_the_primary_one():
    sample = visits(primary_visit=1.0)
    assert treatment_effect(sample, category="therapy") == treatment_effect(sample, category="therapy", horizon=1.0)
    last = treatment_effect(visits(), category="therapy")
    assert last == treatment_effect(visits(), category="therapy", horizon=3.0)


@pytest.mark.parametrize(
    ("given", "asked", "reason"),
    [
        ({}, {"category": "surgery"}, "no arm beside the control"),
        ({}, {"category": "therapy", "horizon": 7.0}, "no follow-up visit 7"),
        ({"outcome": np.where(ARM == 0, NAN, Y)}, {"category": "therapy"}, "no outcome was observed in the arm 'usual"),
        ({"outcome": np.where(np.isin(np.arange(24), [0, 8]), Y, NAN)}, {"category": "therapy"}, "fewer patients than"),
    ],
)
def test_what_cannot_be_told_has_a_reason(given, asked, reason):
    found = treatment_effect(trial(**given), **asked)
    assert isinstance(found, NotEstimable) and reason in found.reason


def test_one_outcome_for_all_gives_no_interval():
    flat = trial(outcome=np.full(24, 3.0))
    value = treatment_effect(flat, category="therapy")
    assert value == pytest.approx(0.0, abs=1e-12)
    assert not isinstance(effect_interval(flat, value, LEVEL, category="therapy"), Interval)


def test_intervals_cover_the_truth_with_patients_and_with_few_clusters_randomised():
    rng, hits, draws = np.random.default_rng(14), {"patients": 0, "clusters": 0}, 300
    code = np.repeat(np.arange(10), 12)
    for _ in range(draws):
        base = rng.normal(5, 1.5, 120)
        for what in hits:
            shared = rng.normal(0, 0.8, 10)[code] if what == "clusters" else 0.0
            arm = code % 2 if what == "clusters" else rng.permutation(np.repeat([0, 1], 60))
            outcome = 2 + 0.5 * base - arm + shared + rng.normal(0, 1.5, 120)
            more = {"patient": code, "clustered": True} if what == "clusters" else {}
            sample = trial(outcome=outcome, arm=arm, arms=("c", "t"), baseline=base, **more)
            found = effect_interval(sample, treatment_effect(sample, category="t"), LEVEL, category="t")
            hits[what] += found.low <= -1 <= found.high
    assert 0.915 < hits["patients"] / draws < 0.985  # 95 % ± 2.8 standard errors
    assert 0.915 < hits["clusters"] / draws < 0.985
