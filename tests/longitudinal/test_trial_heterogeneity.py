"""Interactions of treatment with predicted risk and with groups: by hand, and R's lm and anova."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.longitudinal.trial_heterogeneity import (
    by_risk_details,
    by_risk_interval,
    effect_by_risk,
    effect_within,
    group_test,
    in_groups,
    risk_groups,
    risk_test,
)
from tests.longitudinal.trials import ARM, BASE, CLUSTER, GROUP, NAN, RISK, Y, simulated, trial

LEVEL = 0.95


def test_an_effect_that_grows_by_two_per_standard_deviation():
    z = np.tile([-1.0, 0.0, 1.0], 4)
    arm = np.repeat([0, 1], 6)
    spread = np.std(z, ddof=1)
    sample = trial(outcome=3 + z + arm * (1 + 2 * z / spread), arm=arm, arms=("c", "t"), baseline=None, risk=7 * z)
    assert effect_by_risk(sample, category="t") == pytest.approx(2.0, rel=1e-12)


def test_the_interaction_with_risk_is_that_of_lm():
    # R 4.2.2: dd$z <- as.numeric(scale(dd$risk)); fr <- lm(y ~ arm*z + base, dd); coef(fr); confint(fr)
    sample = trial(risk=RISK)
    value = effect_by_risk(sample, category="therapy")
    assert value == pytest.approx(-0.274838375393287, rel=1e-8)
    found = by_risk_interval(sample, value, LEVEL, category="therapy")
    assert (found.low, found.high) == pytest.approx((-0.934436399667582, 0.384759648881008), rel=1e-8)


def test_the_test_of_interaction_with_risk_is_that_of_anova():
    # R 4.2.2: anova(lm(y ~ arm + z + base, dd), fr): F = 0.52434, p = 0.60178 on 2 and 16
    found = risk_test(trial(risk=RISK), None)
    rss0, rss1 = 6.069905845816, 5.696542814836
    assert found.statistic == pytest.approx((rss0 - rss1) / 2 / (rss1 / 16), rel=1e-9)
    assert (found.numerator_df, found.denominator_df) == (2, 16)
    assert found.p_value == pytest.approx(0.60178, abs=5e-6)


def test_the_test_of_interaction_with_a_group_is_that_of_anova():
    # R 4.2.2: anova(lm(y ~ arm + g + base, dd), lm(y ~ arm*g + base, dd)): F = 1.37299, p = 0.28164 on 2 and 16
    found = group_test(trial(), GROUP, None)
    assert found.statistic == pytest.approx((6.268187066975 - 5.35) / 2 / (5.35 / 16), rel=1e-9)
    assert found.p_value == pytest.approx(0.28164, abs=5e-6)


def test_a_binary_outcome_has_hc2_errors():
    # R 4.2.2, sandwich: b <- y <= 4; fb <- lm(b ~ arm*z + base); vcovHC(fb, type = "HC2")
    sample = trial(outcome=np.where(np.isnan(Y), NAN, Y <= 4), risk=RISK, binary=True)
    value = effect_by_risk(sample, category="therapy")
    assert value == pytest.approx(0.1242748890008562, rel=1e-8)
    found = by_risk_interval(sample, value, LEVEL, category="therapy")
    assert found.se == pytest.approx(0.145765030659691, rel=1e-8)


def test_an_interaction_in_clusters_has_a_wider_test():
    found = risk_test(trial(risk=RISK, patient=CLUSTER, clustered=True), None)
    assert found.denominator_df == 11


def test_an_interaction_that_is_there_is_found_and_its_sign_told():
    sample = simulated(2000, 4, effect=-1.0, by_risk=-0.8, missing=0.0)
    value = effect_by_risk(sample, category="treated")
    found = by_risk_interval(sample, value, LEVEL, category="treated")
    assert found.low < -0.8 < found.high < 0
    assert risk_test(sample, None).p_value < 1e-6


def test_weights_of_two_are_doubled_patients():
    weights = np.tile([2.0, 1, 0, 1], 6)
    rows = np.repeat(np.arange(24), weights.astype(int))
    doubled = trial(outcome=Y[rows], arm=ARM[rows], baseline=BASE[rows], risk=RISK[rows])
    assert effect_by_risk(trial(risk=RISK, weights=weights), category="therapy") == pytest.approx(
        effect_by_risk(doubled, category="therapy"), rel=1e-9
    )
    assert isinstance(risk_test(trial(risk=RISK, weights=weights), None), NotEstimable)


def test_groups_are_of_equal_size_and_ties_stay_together():
    place, groups = in_groups(np.arange(8.0), np.full(8, True), np.ones(8))
    assert groups == 4
    assert place.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    place, groups = in_groups(np.array([1.0, 1, 1, 1, 1, 2]), np.full(6, True), np.ones(6))
    assert groups == 2 and place.tolist() == [0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("values", [[0.2, 0.8], [0.0] * 6 + [1.0, 1.0], [0.0, 0, 0, 1], [3.0]])
def test_no_group_is_empty_with_few_patients_or_heavy_ties(values):
    n = len(values)
    place, groups = in_groups(np.array([*values, 9.0]), np.r_[np.full(n, True), False], np.ones(n + 1))
    assert sorted(set(place[:n].tolist())) == list(range(groups)) and place[n] == -1
    assert (np.diff(place[:n][np.argsort(values)]) >= 0).all()


def test_patients_without_a_risk_are_left_out_and_counted():
    gone = np.where(np.arange(24) == 3, NAN, RISK)
    place, _ = risk_groups(trial(risk=gone), None)
    assert place[3] == -1
    assert by_risk_details(trial(risk=gone), category="therapy") == {"without_risk": 1}


def test_the_effect_in_a_group_is_the_ancova_of_its_patients():
    rows = GROUP == "a"
    alone = trial(outcome=Y[rows], arm=ARM[rows], baseline=BASE[rows])
    from cds.longitudinal.trial_effect import treatment_effect

    found = effect_within(trial(), rows, "therapy", None, LEVEL)
    assert found.value == pytest.approx(treatment_effect(alone, category="therapy"))
    assert found.n == 8
    assert isinstance(effect_within(trial(), ARM == 0, "therapy", None, LEVEL), NotEstimable)
    assert isinstance(effect_within(trial(), np.full(24, False), "therapy", None, LEVEL), NotEstimable)


@pytest.mark.parametrize(
    ("risk", "reason"), [(None, "names no predicted risk"), (np.full(24, 0.3), "every predicted risk is the same")]
)
def test_without_risks_there_is_a_reason(risk, reason):
    found = effect_by_risk(trial(risk=risk), category="therapy")
    assert isinstance(found, NotEstimable) and reason in found.reason
    assert isinstance(risk_test(trial(risk=risk), None), NotEstimable)


def test_one_group_alone_has_no_test():
    assert isinstance(group_test(trial(), np.full(24, "a"), None), NotEstimable)
