"""Variances in simulated cohorts with censoring."""

import numpy as np
import pytest

from cds.core.errors import InputError
from cds.planning.survival import (
    SurvivalSetting,
    _baseline,
    _c_variance,
    _cox_information,
    _log_risk_variance,
    lp_sd_from_c,
    simulate,
)

# Twelve patients in order of time, horizon at the end. In R 4.2.2 (survival 3.5-3):
#   t <- 1:12; d <- c(1,0,1,1,0,1,0,1,1,0,1,0); x <- c(.9,.1,.4,1.2,-.3,.5,-1,-.2,.3,-.6,-1.1,-.4)
#   s <- summary(survfit(Surv(t, d) ~ 1)); s$std.err[7] / (1 - s$surv[7])
#   sqrt(concordance(Surv(t, d) ~ x, reverse = TRUE)$var)
#   sqrt(coxph(Surv(t, d) ~ x, init = 1, control = coxph.control(iter.max = 0))$var)
TIME = np.arange(1.0, 13)
EVENT = np.array([1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0], dtype=bool)
LP = np.array([0.9, 0.1, 0.4, 1.2, -0.3, 0.5, -1, -0.2, 0.3, -0.6, -1.1, -0.4])


def test_variances_agree_with_r() -> None:
    assert _log_risk_variance(EVENT) ** 0.5 == pytest.approx(0.19300189320066, rel=1e-12)
    assert _c_variance(TIME, EVENT, LP) ** 0.5 == pytest.approx(0.036501950185953, rel=1e-12)
    assert _cox_information(EVENT, LP) ** -0.5 == pytest.approx(0.66874891490135, rel=1e-12)


def test_the_baseline_hazard_gives_the_risk_that_was_asked_for() -> None:
    setting = SurvivalSetting(risk=0.3, lp_sd=0.9)
    lp = np.random.default_rng(2).normal(0, 0.9, 400_000)
    assert np.mean(1 - np.exp(-_baseline(setting) * np.exp(lp))) == pytest.approx(0.3, abs=0.002)


def test_c_gives_the_spread_of_the_linear_predictor() -> None:
    rng = np.random.default_rng(3)
    lp = rng.normal(0, lp_sd_from_c(0.75), (2, 400_000))
    first = rng.exponential(size=lp.shape) / np.exp(lp)
    higher_fails_first = np.mean((first[0] < first[1]) == (lp[0] > lp[1]))
    assert higher_fails_first == pytest.approx(0.75, abs=0.003)
    # R 4.2.2: g <- function(s) 2*integrate(function(z) dnorm(z)*plogis(sqrt(2)*s*z), 0, Inf, rel.tol=1e-12)$value
    #   uniroot(function(s) g(s) - .7, c(.1, 5), tol=1e-12)$root
    assert lp_sd_from_c(0.7) == pytest.approx(0.8442215384, rel=1e-8)
    for far in (0.5001, 0.999):
        with pytest.raises(InputError, match="C-statistic of a survival outcome must lie between"):
            lp_sd_from_c(far)


def test_the_standard_errors_are_those_of_repeated_studies() -> None:
    # The slope's variance over cohorts of 400 analysed by an independent program is what one cohort's error says.
    lifelines = pytest.importorskip("lifelines")
    setting, n = SurvivalSetting(risk=0.4, lp_sd=0.8, censored=0.2), 400
    hazard, rng, slopes = _baseline(setting), np.random.default_rng(4), []
    import pandas as pd

    for _ in range(50):
        lp = rng.normal(0, 0.8, n)
        time = rng.exponential(size=n) / (hazard * np.exp(lp))
        end = np.minimum(rng.exponential(-1 / np.log(0.8), n), 1)
        rows = pd.DataFrame({"t": np.minimum(time, end), "d": time <= end, "x": lp})
        slopes.append(lifelines.CoxPHFitter().fit(rows, "t", "d").params_["x"])
    expected = simulate(setting, cohorts=30)["calibration_slope"].unit_variance / n
    assert np.std(slopes, ddof=1) == pytest.approx(expected**0.5, rel=0.25)


def test_a_seed_gives_the_same_answer_and_the_error_shrinks_with_more_cohorts() -> None:
    setting = SurvivalSetting(risk=0.4, lp_sd=0.8)
    few, again = (simulate(setting, cohorts=10, seed=5)["harrell_c"] for _ in range(2))
    many = simulate(setting, cohorts=60, seed=5)["harrell_c"]
    assert few == again and many.error < few.error
    n, error = many.size(0.1)
    assert many.width(n) <= 0.1 < many.width(n - 1) and 0 < error < n / 10


def test_censoring_costs_patients() -> None:
    free, censored = (
        simulate(SurvivalSetting(risk=0.4, lp_sd=0.8, censored=share), cohorts=20)["calibration_slope"].size(0.3)[0]
        for share in (0.0, 0.5)
    )
    assert censored > free


@pytest.mark.parametrize(
    "wrong",
    [
        {"risk": 0},
        {"lp_sd": 0},
        {"censored": 1},
        {"shape": 0},
        {"shape": 1e300},
        {"lp_sd": 1e9},
        {"censored": 0.999999999},
        {"risk": 1e-9},
        {"risk": 0.999},
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        SurvivalSetting(**{"risk": 0.3, "lp_sd": 1.0, **wrong})


def test_the_share_of_events_seen_is_that_of_simulated_patients() -> None:
    setting, rng, n = SurvivalSetting(risk=0.05, lp_sd=0.5, censored=0.9), np.random.default_rng(6), 400_000
    time = rng.exponential(size=n) / (_baseline(setting) * np.exp(rng.normal(0, 0.5, n)))
    end = np.minimum(rng.exponential(-1 / np.log(0.1), n), 1)
    assert np.mean(time <= end) == pytest.approx(setting.seen, rel=0.05)


def test_every_impossible_value_is_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        SurvivalSetting(risk=0.3, lp_sd=0, censored=1, shape=0)
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    "far",
    [{"shape": 0.1}, {"shape": 20, "censored": 0.95}, {"lp_sd": 10}, {"lp_sd": 10, "risk": 0.001}, {"risk": 0.98}],
)
def test_the_farthest_settings_can_be_simulated(far: dict[str, float]) -> None:
    found = simulate(SurvivalSetting(**{"risk": 0.3, "lp_sd": 1.0, **far}), cohorts=3)
    assert all(0 < one.unit_variance < 1e6 for one in found.values())


def test_one_cohort_has_no_monte_carlo_error() -> None:
    with pytest.raises(InputError, match="at least 2 cohorts"):
        simulate(SurvivalSetting(risk=0.3, lp_sd=1), cohorts=1)
