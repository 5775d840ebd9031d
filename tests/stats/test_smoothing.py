"""The three smoothers against R, their conventions and the reasons why there is no curve."""

import numpy as np
import pytest

from cds.core.errors import InputError
from cds.core.measure import NotEstimable
from cds.stats import smoothing
from cds.stats.logistic import LogisticFit, fit_logistic
from cds.stats.smoothing import Smooth, distinct_risks, loess, lowess, rcs_knots, smooth, spline_design
from tests.samples import OUTCOME, RISK, drawn, small

# R 4.2.2, Hmisc 4.8.0 (p, y, lp, ctl in tests/samples.py), ties and all:
# k <- Hmisc::rcspline.eval(lp, nk = 5, knots.only = TRUE)
# fitted(glm(y ~ cbind(lp, Hmisc::rcspline.eval(lp, knots = k)), family = binomial, control = ctl))
RCS = [
    0.164417222149, 0.219336582519, 0.219336582519, 0.259415030443, 0.292560889943, 0.292560889943, 0.320683106001,
    0.342383442095, 0.342383442095, 0.366920693599, 0.406636696488, 0.406636696488, 0.471286976323, 0.553894178419,
    0.553894178419, 0.631154343952, 0.682335644388, 0.682335644388, 0.686539756805, 0.686539756805, 0.651687643104,
    0.628239212243, 0.596153929037, 0.542667461837,
]  # fmt: skip
# approx(lowess(p, y, iter = 0), xout = p, ties = mean)$y
LOWESS = [
    0.175438278185, 0.209904422740, 0.209904422740, 0.247880653488, 0.286177951419, 0.286177951419, 0.319681054782,
    0.346933878639, 0.346933878639, 0.389936474716, 0.442808167636, 0.442808167636, 0.490123849878, 0.508873864608,
    0.508873864608, 0.528786785969, 0.567095043626, 0.567095043626, 0.651144919055, 0.651144919055, 0.658251941220,
    0.665656670278, 0.674484865694, 0.681781648629,
]  # fmt: skip
# predict(loess(y ~ p, span = .75, degree = 2, control = loess.control(surface = "direct")), data.frame(p = p))
LOESS = [
    0.198934442987, 0.217211875093, 0.217211875093, 0.245877395721, 0.279316887294, 0.279316887294, 0.311722350096,
    0.354954979321, 0.354954979321, 0.404815176135, 0.453315322286, 0.453315322286, 0.506301635900, 0.521592445247,
    0.521592445247, 0.528126902162, 0.543265015239, 0.543265015239, 0.689996478876, 0.689996478876, 0.708829999800,
    0.676448458641, 0.617157978916, 0.526290284587,
]  # fmt: skip
R = {"rcs": RCS, "lowess": LOWESS, "loess": LOESS}


def curve(sample, smoother) -> Smooth:
    found = smooth(sample, smoother)
    assert isinstance(found, Smooth), found
    return found


@pytest.mark.parametrize("smoother", R)
def test_the_curve_is_that_of_r(smoother):
    assert curve(small(), smoother).observed == pytest.approx(R[smoother], rel=1e-9)


@pytest.mark.parametrize("smoother", R)
def test_between_the_patients_the_curve_passes_through_their_values(smoother):
    found = curve(small(), smoother)
    assert found.at(RISK) == pytest.approx(found.observed, rel=1e-9)


@pytest.mark.parametrize("smoother", R)
def test_swapping_events_and_risks_turns_the_curve_round(smoother):
    turned = curve(small(1 - OUTCOME, 1 - RISK), smoother)
    assert turned.observed == pytest.approx(1 - np.array(R[smoother]), rel=1e-7)


@pytest.mark.parametrize("smoother", R)
def test_the_curve_of_one_sample_is_fitted_once(smoother):
    sample = small()
    assert smooth(sample, smoother) is smooth(sample, smoother)


def test_lowess_skips_points_within_one_percent_and_joins_them_as_r_does():
    # R 4.2.2: x <- c((0:30)/3000, (1:20)/20); z <- as.numeric((seq_along(x) * 7) %% 3 == 0);
    # f <- lowess(x, z, iter = 0)$y; f[c(1, 5, 17, 31, 32, 40, 51)]
    x = np.r_[np.arange(31) / 3000, np.arange(1, 21) / 20]
    z = ((np.arange(1, 52) * 7) % 3 == 0).astype(float)
    wanted = [
        0.3048047409196, 0.3078798657652, 0.3171052403020, 0.3278681772617, 0.4802036562610, 0.3326962559933,
        0.4243092877204,
    ]  # fmt: skip
    assert lowess(x, z)[[0, 4, 16, 30, 31, 39, 50]] == pytest.approx(wanted, rel=1e-9)


def test_lowess_of_equal_risks_is_their_mean():
    assert lowess(np.full(6, 0.3), np.array([0.0, 1, 1, 0, 1, 1])) == pytest.approx(np.full(6, 4 / 6))


def test_loess_reproduces_a_parabola():
    x = np.linspace(0, 1, 40)
    assert loess(x, 1 + 2 * x - 3 * x**2, np.array([0.1, 0.55]), 30) == pytest.approx([1.17, 1.1925])


def test_loess_with_too_few_distinct_risks_nearby_is_the_least_norm_solution_as_in_r():
    # R 4.2.2: p <- c(rep(.1, 60), rep(.2, 20), .3, .4, .5, .6);
    # y <- c(rep(c(0, 0, 1), 20), rep(c(1, 0, 0, 1), 5), 1, 0, 1, 1); predict(loess(y ~ p, span = .75, degree = 2,
    # control = loess.control(surface = "direct")), data.frame(p = (1:6) / 10)), and a pseudoinverse warning
    p = np.r_[[0.1] * 60, [0.2] * 20, 0.3, 0.4, 0.5, 0.6]
    y = np.r_[[0, 0, 1] * 20, [1, 0, 0, 1] * 5, 1, 0, 1, 1].astype(float)
    wanted = [0.333333333333, 0.5, 1.0, 0.534607653279, 0.717165104187, 1.071481969366]
    assert loess(p, y, np.arange(1, 7) / 10, 63) == pytest.approx(wanted, rel=1e-9)


def test_knots_that_coincide_leave_no_spline():
    found = smooth(small(np.arange(200) % 2, np.r_[np.full(194, 0.3), 0.1, 0.2, 0.4, 0.5, 0.6, 0.7]), "rcs")
    assert found == NotEstimable("too few distinct risks for a spline: its knots coincide")


def test_one_class_among_the_risks_that_have_a_logit_is_no_spline():
    found = smooth(small(np.r_[np.zeros(24), 1], np.r_[RISK, 1.0]), "rcs")
    assert found == NotEstimable("only one outcome class among risks other than 0 and 1")


def test_loess_in_chunks_is_loess_at_once(monkeypatch):
    whole = curve(small(), "loess").observed
    monkeypatch.setattr(smoothing, "CHUNK", 30)
    assert curve(small(), "loess").observed == pytest.approx(whole)


def test_loess_is_truncated_and_the_count_is_reported():
    sample = drawn(200, 3, slope=6)
    found = curve(sample, "loess")
    assert found.details["truncated_to_0_1"] > 0
    assert found.observed.min() >= 0 and found.observed.max() <= 1


def test_loess_above_ten_thousand_patients_says_that_it_is_not_computed():
    n = 10_001
    found = smooth(small(np.arange(n) % 2, np.linspace(0.1, 0.9, n)), "loess")
    assert isinstance(found, NotEstimable)
    assert "not computed above 10,000 patients, n = 10,001" in found.reason


@pytest.mark.parametrize("smoother", R)
def test_fewer_than_six_distinct_risks_are_no_curve(smoother):
    found = smooth(small([0, 1] * 50, np.tile([0.1, 0.2, 0.3, 0.4, 0.5], 20)), smoother)
    assert isinstance(found, NotEstimable)
    assert "5 distinct risks are too few" in found.reason and "observed/expected" in found.reason


@pytest.mark.parametrize("smoother", R)
def test_a_risk_without_weight_does_not_count_as_distinct(smoother):
    sample = small([0, 1] * 12, np.tile([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 4))
    without = sample.reweight((sample.risk < 0.6).astype(float))
    assert (distinct_risks(sample), distinct_risks(without)) == (6, 5)
    assert isinstance(smooth(without, smoother), NotEstimable)


@pytest.mark.parametrize("smoother", R)
def test_one_outcome_class_is_no_curve(smoother):
    assert smooth(small(np.ones(24)), smoother) == NotEstimable("only one outcome class")


def test_an_unknown_smoother_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'loess'"):
        smooth(small(), "loes")


def test_the_spline_leaves_risks_of_zero_and_one_out_and_the_others_keep_them():
    sample = small(np.r_[OUTCOME, 0, 1], np.r_[RISK, 0, 1])
    assert curve(sample, "rcs").observed == pytest.approx(RCS, rel=1e-9)
    assert len(curve(sample, "lowess").observed) == 26


def test_with_declared_bounds_the_spline_takes_every_risk_and_its_curve_reaches_zero_and_one():
    sample = small(np.r_[OUTCOME, 0, 1], np.r_[RISK, 0, 1], clip=(0.01, 0.99))
    found = curve(sample, "rcs")
    assert len(found.observed) == 26
    assert found.at(np.array([0.0, 0.01])) == pytest.approx(found.at(np.array([0.01, 0.0])))


def test_knots_are_frozen_in_a_replicate_but_follow_the_weights_otherwise():
    sample = drawn(150, 5)
    weights = np.random.default_rng(6).integers(0, 3, 150).astype(float)
    assert rcs_knots(sample.resample(weights)).tolist() == rcs_knots(sample).tolist()
    assert rcs_knots(sample.reweight(weights)).tolist() != rcs_knots(sample).tolist()


def test_frozen_knots_aside_a_replicates_spline_is_that_of_the_resampled_rows():
    sample = drawn(150, 5)
    weights = np.random.default_rng(6).integers(0, 3, 150).astype(float)
    rows = np.repeat(np.arange(150), weights.astype(int))
    fit = fit_logistic(spline_design(sample.risk[rows], rcs_knots(sample), None), sample.outcome[rows])
    assert isinstance(fit, LogisticFit)
    # Replicates stop one step earlier than the full sample's fit.
    assert curve(sample.resample(weights), "rcs").observed[rows] == pytest.approx(fit.fitted, rel=1e-4)


def test_a_replicates_loess_at_41_points_stays_near_the_direct_one():
    sample = drawn(300, 7)
    weights = np.random.default_rng(8).integers(0, 3, 300).astype(float)
    rows = np.repeat(np.arange(300), weights.astype(int))
    direct = curve(small(sample.outcome[rows], sample.risk[rows]), "loess").observed
    apart = np.abs(curve(sample.resample(weights), "loess").observed[rows] - direct)
    assert apart.mean() < 0.002 and apart.max() < 0.05


def test_fractional_weights_have_no_local_regression():
    found = smooth(small().reweight(np.full(24, 0.5)), "lowess")
    assert isinstance(found, NotEstimable) and "use the smoother rcs" in found.reason
