"""Curves of a continuous outcome: their numbers, and that no point is a single patient."""

import numpy as np
import pytest

from cds.calibration.continuous_curve import (
    binned,
    by_group,
    coverage_by_prediction,
    curves,
    error_distribution,
    errors_by_prediction,
    smoothed,
    spline,
)
from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from tests.studies import answered
from tests.values import OBSERVED, PREDICTED, bounded, drawn_values, values


def test_the_spline_and_its_band_are_those_of_ols():
    # R 4.2.2, rms 6.5.0: k <- c(sort(p)[5], quantile(p, c(.275, .5, .725)), sort(p)[28])
    # predict(ols(y ~ rcs(p, k)), data.frame(p = c(18, 22, 26)), se.fit = TRUE); qt(.975, 27) = 2.051830516
    observed, low, high = spline(values(), np.array([18.0, 22, 26]), 0.95)
    assert observed == pytest.approx([16.2505720083, 21.39392910608, 27.83812864919], rel=1e-10)
    half = 2.051830516 * np.array([0.8678564942390, 0.9608374952961, 0.8767521464284])
    assert high - observed == pytest.approx(half, rel=1e-8) and observed - low == pytest.approx(half, rel=1e-8)
    curve = smoothed(values(), "rcs", 0.95, "mpg")
    assert isinstance(curve, Curve) and curve.x_label == "Predicted value (mpg)"


@pytest.mark.parametrize("smoother", ["lowess", "loess"])
def test_the_local_smoothers_follow_a_straight_line_and_have_no_band(smoother):
    x = np.linspace(0, 10, 80)
    curve = smoothed(values(2 + 3 * x, x), smoother, 0.95, "")
    assert isinstance(curve, Curve)
    assert curve.columns["observed"] == pytest.approx(2 + 3 * curve.columns["predicted"], abs=0.15)
    assert np.isnan(curve.columns["low"]).all()
    doubled = smoothed(values(2 + 3 * x, x).reweight(np.full(80, 2.0)), smoother, 0.95, "")
    repeated = smoothed(values(np.repeat(2 + 3 * x, 2), np.repeat(x, 2)), smoother, 0.95, "")
    assert isinstance(doubled, Curve) and isinstance(repeated, Curve)
    assert doubled.columns["observed"] == pytest.approx(repeated.columns["observed"])


def test_a_curve_that_cannot_be_drawn_says_why():
    few = smoothed(values([1, 2, 3, 4], [1, 1, 2, 2]), "rcs", 0.95, "")
    assert few == NotEstimable("too few distinct predictions for a curve")
    fractional = smoothed(drawn_values(60, 1).reweight(np.full(60, 0.3)), "lowess", 0.95, "")
    assert isinstance(fractional, NotEstimable) and "fractional weights" in fractional.reason


def test_means_by_tenths_are_means_and_have_the_t_interval():
    x = np.repeat([1.0, 2.0], 20)
    y = np.tile([0.0, 4.0], 20)
    curve = binned(values(y, x), 0.95, 11, "")
    assert curve.columns["predicted"].tolist() == [1, 2] and curve.columns["observed"].tolist() == [2, 2]
    # qt(.975, 19) · sd / √20, sd² = 4·20/19
    assert curve.columns["high"] - 2 == pytest.approx(2.093024054 * (4 * 20 / 19) ** 0.5 / 20**0.5)
    assert curve.columns["n"].tolist() == [20, 20]


def test_errors_have_their_limits_of_agreement():
    curve = errors_by_prediction(values(), 0.95, 5, "mpg")
    errors = OBSERVED - PREDICTED
    assert curve.facts["agreement_high"] == pytest.approx(errors.mean() + 1.96 * errors.std(ddof=1))
    assert (curve.columns["q10"] <= curve.columns["error"]).all()


def test_every_bar_of_the_errors_holds_enough_patients_and_they_sum_to_one():
    sample = drawn_values(300, 2)
    curve = error_distribution(sample, 11, "")
    errors = sample.observed - sample.predicted
    held = np.histogram(errors, np.r_[curve.columns["left"], curve.columns["right"][-1]])[0]
    assert held.min() >= 11 and curve.columns["share"].sum() == pytest.approx(1)
    assert len(error_distribution(drawn_values(8, 2), 11, "").columns["share"]) == 1
    assert len(error_distribution(values([1, 2], [1, 2]), 11, "").columns["share"]) == 1


def test_coverage_by_tenths_adds_up():
    sample = drawn_values(400, 3)
    curve = coverage_by_prediction(sample, 0.95, 11, "")
    share = curve.columns["coverage"] @ curve.columns["n"] / 400
    inside = (sample.low <= sample.observed) & (sample.observed <= sample.high)
    assert share == pytest.approx(inside.mean())
    assert curve.columns["mean_width"] == pytest.approx(10) and curve.facts["nominal"] == 0.9
    with pytest.raises(TypeError, match="no prediction intervals"):
        coverage_by_prediction(values(), 0.95, 11, "")


def test_small_groups_are_left_out_and_no_curve_is_of_single_patients():
    sample = drawn_values(120, 4)
    groups = {"site": np.array(["a"] * 60 + ["b"] * 55 + ["c"] * 5)}
    study = answered(sample, groups, thresholds=())
    found = list(curves(study, sample))
    shown = next(c for c in found if c.name == "value_bins_by_group")
    assert set(shown.columns["group"]) == {"a", "b"}
    assert all(c.columns["n"].min() >= 11 for c in found if "n" in c.columns)
    nobody = {"site": np.array(["a"] * 5 + [f"s{k}" for k in range(115)])}
    assert list(by_group(answered(sample, nobody, thresholds=()), sample, "site", 11, "")) == []


def test_weights_draw_without_bands():
    sample = bounded().reweight(np.arange(32) % 3 + 0.5)
    for curve in curves(answered(sample, thresholds=()), sample):
        for name in ("low", "high"):
            if name in curve.columns:
                assert np.isnan(curve.columns[name]).all(), curve.name
