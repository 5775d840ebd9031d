"""The calibration curve with its band, the tenths, and the table for few distinct risks."""

from dataclasses import replace

import numpy as np
import pytest

from cds.calibration.curve import by_distinct_risk, calibration_curve, tenths
from cds.calibration.pooled_curve import pooled_curves
from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from cds.core.study import OVERALL, Subgroup
from cds.stats.ends_of_risk import ENDS
from cds.stats.smoothing import Smooth, smooth
from tests.samples import OUTCOME, RISK, drawn, small
from tests.studies import answered


def curve(sample, smoother="rcs", subgroup=OVERALL) -> Curve:
    found = calibration_curve(sample, smoother, 0.95, subgroup)
    assert isinstance(found, Curve), found
    return found


@pytest.mark.parametrize("smoother", ["rcs", "lowess", "loess"])
def test_101_points_from_the_smallest_to_the_largest_risk(smoother):
    found = curve(small(), smoother)
    risk = found.columns["risk"]
    assert (len(risk), risk[0], risk[-1]) == (101, 0.05, 0.95)
    smoothed = smooth(small(), smoother)
    assert isinstance(smoothed, Smooth)
    assert found.columns["observed"][[0, -1]] == pytest.approx(smoothed.observed[[0, -1]])
    assert found.facts == {"smoother": smoother, "n": 24, "events": 11, "level": 0.95}


def test_the_band_is_walds_on_the_logit():
    # R 4.2.2, Hmisc 4.8.0 (p, y, lp, ctl, k in tests/stats/test_splines.py):
    # m <- glm(y ~ cbind(lp, Hmisc::rcspline.eval(lp, knots = k)), family = binomial, control = ctl)
    # f <- predict(m, se.fit = TRUE); plogis(f$fit + c(-1, 1) * qnorm(.975) * f$se.fit) for p = .05 and .95
    found = curve(small()).columns
    assert (found["low"][0], found["high"][0]) == pytest.approx((0.00425083073074, 0.90069194315165), rel=1e-6)
    assert (found["low"][-1], found["high"][-1]) == pytest.approx((0.054228786978, 0.960870413485), rel=1e-6)


def test_only_the_spline_of_a_simple_sample_has_a_band():
    for drawn_without in (curve(small(), "lowess"), curve(small(weights=np.full(24, 2.0)))):
        assert np.isnan(drawn_without.columns["low"]).all()
        assert "no interval is drawn" in drawn_without.note


def test_a_group_is_named():
    found = curve(small(), subgroup=Subgroup("sex", "female"))
    assert (found.attribute, found.group) == ("sex", "female")


def test_risks_without_weight_do_not_lengthen_the_curve():
    sample = small(weights=(RISK < 0.9).astype(float))
    assert curve(sample).columns["risk"][-1] == 0.85


def test_declared_bounds_let_the_curve_reach_zero_and_one():
    found = curve(small(np.r_[OUTCOME, 0, 1], np.r_[RISK, 0, 1], clip=(0.01, 0.99)))
    assert (found.columns["risk"][0], found.columns["risk"][-1]) == (0, 1)
    assert all(np.isfinite(column).all() for column in found.columns.values())
    assert ENDS not in found.note


def with_ends(**more):
    return small(np.r_[OUTCOME, 0, 1], np.r_[RISK, 0, 1], **more)


def test_without_bounds_a_grid_that_reaches_0_and_1_is_drawn_between_them_and_the_note_says_so():
    found = calibration_curve(with_ends(), "rcs", 0.95, OVERALL, grid=np.linspace(0, 1, 11))
    assert found.columns["risk"] == pytest.approx(np.arange(1, 10) / 10)
    assert all(np.isfinite(column).all() for column in found.columns.values())
    assert found.note.endswith(f"; {ENDS}") and ENDS in curve(with_ends()).note
    assert ENDS not in curve(small()).note


def test_a_local_regression_is_drawn_up_to_0_and_1():
    found = curve(with_ends(), "lowess")
    assert found.columns["risk"][[0, -1]].tolist() == [0, 1] and ENDS not in found.note


@pytest.mark.parametrize(("smoother", "end"), [("rcs", 0.95), ("lowess", 1.0)])
def test_the_common_curve_of_imputations_whose_risks_reach_1_ends_at_the_last_one_that_is_drawn(smoother, end):
    samples = tuple(small(np.r_[OUTCOME, 1], np.r_[RISK, 1]) for _ in range(2))
    study = replace(answered(samples[0], smoother=smoother), samples=samples)
    [found] = [c for c in pooled_curves(study) if c.name == "calibration"]
    assert found.columns["risk"][-1] == pytest.approx(end)
    assert np.isfinite(found.columns["observed"]).all()
    assert (ENDS in found.note) == (smoother == "rcs")


def test_few_distinct_risks_have_a_table_instead():
    few = small([0, 1, 0, 1, 1], [0.1, 0.1, 0.5, 0.5, 0.5])
    assert isinstance(calibration_curve(few, "rcs", 0.95, OVERALL), NotEstimable)
    (table,) = by_distinct_risk(few)
    assert table.rows == (("0.1", "2", "1", "0.2", "5.000"), ("0.5", "3", "2", "1.5", "1.333"))
    assert not list(by_distinct_risk(small()))


def test_a_distinct_risk_without_weight_is_absent_and_no_events_expected_says_so():
    few = small([0, 1, 0], [0.0, 0.1, 0.5], weights=np.array([1.0, 2, 0]))
    (table,) = by_distinct_risk(few)
    assert [row[0] for row in table.rows] == ["0", "0.1"]
    assert table.rows[0][4] == "not estimable: no events expected"


def test_tenths_by_hand():
    sample = small([0, 1] * 10, np.arange(1, 21) / 21)
    found = tenths(sample, 0.95, OVERALL).columns
    assert found["n"].tolist() == [2.0] * 10
    assert found["observed"].tolist() == [0.5] * 10
    assert found["mean_risk"][0] == pytest.approx(1.5 / 21)
    # R 4.2.2: prop.test(1, 2, correct = FALSE)$conf.int (Hmisc alters Wilson's bounds at 1 and n − 1)
    assert (found["low"][0], found["high"][0]) == pytest.approx((0.0945312057, 0.9054687943), abs=1e-9)


def test_tied_risks_stay_in_one_tenth():
    found = tenths(small(np.arange(40) % 2, np.repeat([0.2, 0.7], 20)), 0.95, OVERALL).columns
    assert found["n"].tolist() == [20.0, 20.0]


def test_tenths_of_weights_of_two_are_tenths_of_doubled_rows():
    sample, weights = drawn(83, 3), np.random.default_rng(4).integers(0, 4, 83).astype(float)
    rows = np.repeat(np.arange(83), weights.astype(int))
    one = tenths(sample.reweight(weights), 0.95, OVERALL).columns
    other = tenths(small(sample.outcome[rows], sample.risk[rows]), 0.95, OVERALL).columns
    for name, column in one.items():
        assert column == pytest.approx(other[name]), name
