"""The mixed model against R's nlme, clubSandwich and statsmodels, and against ANCOVA where they must agree."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.longitudinal.trial_effect import treatment_effect
from cds.longitudinal.trial_mixed import mixed_details, mixed_effect, mixed_interval
from tests.longitudinal.trials import ARM, BASE, CLUSTER, NAN, SITE, Y1, Y2, Y, trial, visits

LEVEL = 0.95


def test_effects_at_each_visit_are_those_of_lme():
    # R 4.2.2, nlme: m <- lme(y ~ 0 + v + v:arm + v:base + site, random = ~1 | id, data = L, method = "REML",
    #   control = lmeControl(opt = "optim", msTol = 1e-14, tolerance = 1e-14, reltol = 1e-15)); fixef(m); vcov(m)
    expected = {
        ("therapy", 1.0): (-1.0000000000000011, 0.2568954284643912),
        ("therapy", 2.0): (-1.8642939156942659, 0.2749084296356597),
        ("therapy", 3.0): (-2.1249999999999991, 0.2568954284643913),
        ("placebo", 2.0): (-0.4687253753293114, 0.2662705163536161),
        ("placebo", 3.0): (-0.3578690624847671, 0.2659091663940450),
    }
    for (category, horizon), (value, se) in expected.items():
        found = mixed_effect(visits(), category=category, horizon=horizon)
        assert found == pytest.approx(value, rel=1e-7)
        interval = mixed_interval(visits(), found, LEVEL, category=category, horizon=horizon)
        assert interval.se == pytest.approx(se, rel=1e-6)


def test_over_all_visits_it_is_their_mean():
    # R 4.2.2: k <- names(fixef(m)); c1 <- as.numeric(k %in% paste0("v", 1:3, ":arm1"))/3; c1 %*% fixef(m)
    value = mixed_effect(visits(), category="therapy")
    assert value == pytest.approx(-1.663097971898089, rel=1e-7)
    interval = mixed_interval(visits(), value, LEVEL, category="therapy")
    assert interval.se == pytest.approx(0.166390680735121, rel=1e-6)
    assert interval.details["df"] == 24 - 3 - 1 - 1


def test_the_variances_are_those_of_lme():
    # R 4.2.2: VarCorr(m)
    told = mixed_details(visits(), category="therapy")
    assert told["patient_variance"] == pytest.approx(0.0277383738019473, rel=1e-5)
    assert told["residual_variance"] == pytest.approx(0.2362426708616653, rel=1e-6)
    assert (told["visits"], told["measurements"]) == (3, 69)


def test_clusters_are_robust_as_in_clubsandwich():
    # R 4.2.2, clubSandwich: vc <- vcovCR(m, cluster = L$cl, type = "CR0") * 12/11; sqrt(c1 %*% vc %*% c1)
    sample = visits(patient=CLUSTER, clustered=True)
    value = mixed_effect(sample, category="therapy")
    found = mixed_interval(sample, value, LEVEL, category="therapy")
    assert found.se == pytest.approx(0.152944609161948, rel=1e-6)
    assert found.details == {"df": 11, "clusters": 12}
    at = mixed_interval(sample, -2.1, LEVEL, category="therapy", horizon=3.0)
    assert at.se == pytest.approx(0.2893364809551915, rel=1e-6)


def test_statsmodels_agrees_on_200_patients():
    """With its own optimiser, which stops some digits early (and diverges on the 24 patients when pushed)."""
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    base, arm = rng.normal(5, 1.5, 200), rng.integers(0, 2, 200)
    table = 0.6 * base[:, None] - arm[:, None] * [0.5, 1, 1.2] + rng.normal(0, 1, (200, 1)) + rng.normal(0, 1, (200, 3))
    table[rng.random((200, 3)) < 0.1] = NAN
    sample = visits(outcome=table, arm=arm, arms=("c", "t"), baseline=base, covariates=None)
    patient, visit = np.nonzero(~np.isnan(table))
    at = [(visit == j).astype(float) for j in range(3)]
    design = np.column_stack([*at, *(here * arm[patient] for here in at), *(here * base[patient] for here in at)])
    fit = sm.MixedLM(table[patient, visit], design, groups=patient).fit(reml=True)
    found = [mixed_effect(sample, category="t", horizon=h) for h in (1.0, 2.0, 3.0)]
    assert found == pytest.approx(fit.fe_params[3:6].tolist(), rel=1e-5)
    se = [mixed_interval(sample, 0.0, LEVEL, category="t", horizon=h).se for h in (1.0, 2.0, 3.0)]
    assert se == pytest.approx(fit.bse_fe[3:6].tolist(), rel=1e-4)


def test_with_everyone_seen_each_visit_is_its_own_ancova():
    full = visits(outcome=np.column_stack([Y1, np.nan_to_num(Y2, nan=3.0), np.nan_to_num(Y, nan=4.0)]), covariates=None)
    for horizon in full.visits:
        assert mixed_effect(full, category="placebo", horizon=horizon) == pytest.approx(
            treatment_effect(full, category="placebo", horizon=horizon), rel=1e-9
        )


def test_weights_of_two_are_doubled_patients():
    weights = np.tile([2.0, 1, 0, 1], 6)
    rows = np.repeat(np.arange(24), weights.astype(int))[::-1]
    table = np.column_stack([Y1, Y2, Y])
    doubled = visits(outcome=table[rows], arm=ARM[rows], baseline=BASE[rows], covariates=SITE[rows])
    for horizon in (None, 2.0):
        expected = mixed_effect(doubled, category="therapy", horizon=horizon)
        found = mixed_effect(visits(weights=weights), category="therapy", horizon=horizon)
        assert found == pytest.approx(expected, rel=1e-9)


def test_without_variance_between_patients_it_is_least_squares_of_all_measurements():
    # Each patient's three residuals sum to 0: less alike than chance, so the variance between patients is at its edge.
    table = np.tile([1.0, 2.0, 4.0], (24, 1)) + np.where(np.arange(24)[:, None] % 2, [1.0, -1, 0], [-1.0, 1, 0])
    flat = visits(outcome=table, baseline=None, covariates=None)
    assert mixed_details(flat, category="therapy")["patient_variance"] == 0.0
    assert mixed_effect(flat, category="therapy") == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("sample", "asked", "reason"),
    [
        (trial(), {"category": "therapy"}, "one follow-up visit"),
        (visits(), {"category": "surgery"}, "no arm beside the control"),
        (visits(), {"category": "therapy", "horizon": 9.0}, "no follow-up visit 9"),
        (visits(outcome=np.full((24, 3), NAN)), {"category": "therapy"}, "one follow-up visit"),
        (visits(outcome=np.full((24, 3), 2.0)), {"category": "therapy"}, "fits every measurement exactly"),
    ],
)
def test_what_cannot_be_told_has_a_reason(sample, asked, reason):
    found = mixed_effect(sample, **asked)
    assert isinstance(found, NotEstimable) and reason in found.reason
