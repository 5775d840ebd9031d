"""What is drawn with competing events."""

import numpy as np
import pytest

from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from cds.stats.aalen_johansen import cumulative_incidence
from cds.survival import calibration_curve as of_survival
from cds.survival.competing_curves import (
    calibration_curve,
    decision_curve,
    incidence_with_bounds,
    risk_groups,
    tenths,
)
from cds.survival.competing_net_benefit import net_benefit
from tests.competing_samples import drawn, reference_case, times, without_competing


def test_the_calibration_curve_has_both_smoothers_and_a_band():
    curve = calibration_curve(reference_case(), 365.0, 0.95)
    assert isinstance(curve, Curve)
    assert list(curve.columns) == ["risk", "observed", "low", "high", "observed_pseudo"]
    observed, pseudo = curve.columns["observed"], curve.columns["observed_pseudo"]
    assert (curve.columns["low"] < observed).all() and (observed < curve.columns["high"]).all()
    assert np.abs(observed - pseudo).max() < 0.15 and np.abs(observed - pseudo).max() > 0
    assert curve.facts["events"] == 169 and curve.facts["cause"] == 1 and "no_pseudo" not in curve.facts


def test_without_another_event_the_curve_is_that_of_survival():
    competing, survival = without_competing()
    ours, theirs = calibration_curve(competing, 9.0, 0.95), of_survival.calibration_curve(survival, 9.0, 0.95)
    assert isinstance(ours, Curve) and isinstance(theirs, Curve)
    for name in ("risk", "observed"):
        assert ours.columns[name] == pytest.approx(theirs.columns[name])
    assert ours.columns["low"] == pytest.approx(theirs.columns["low"], abs=0.08)


def test_weighted_rows_have_no_band_and_fractional_ones_no_loess():
    weighted = calibration_curve(drawn(200).reweight(np.full(200, 0.5)), 7.0, 0.95)
    assert isinstance(weighted, Curve)
    assert np.isnan(weighted.columns["low"]).all() and np.isnan(weighted.columns["observed_pseudo"]).all()
    assert "fractional" in weighted.facts["no_pseudo"] and "no interval" in weighted.note


def test_without_a_curve_there_is_a_reason():
    assert isinstance(calibration_curve(times([1, 2], [1, 2], [0.1, 0.2], 5), 5.0, 0.95), NotEstimable)
    assert isinstance(decision_curve(times([1, 2], [1, 2], [0.1, 0.2], 5), 5.0, (), 0.95), NotEstimable)


def test_tenths_hold_the_cumulative_incidence_of_their_patients():
    sample = reference_case()
    curve = tenths(sample, 365.0, 0.95)
    assert curve.columns["n"].sum() == 500 and len(curve.columns["n"]) == 10
    lowest = sample.where(sample.risk[:, 0] <= np.quantile(sample.risk[:, 0], 0.1))
    assert curve.columns["observed"][0] == pytest.approx(cumulative_incidence(lowest, 365.0))
    assert curve.columns["mean_risk"][0] == pytest.approx(lowest.risk.mean())
    assert (curve.columns["low"] < curve.columns["observed"]).all()


def test_a_tenth_whose_follow_up_ends_too_early_is_left_out_and_told():
    sample = times([1, 2, 3, 9] * 5, [1, 0, 0, 0] * 5, np.linspace(0.05, 0.9, 20), 5)
    curve = tenths(sample, 5.0, 0.95)
    assert "left out" in curve.note and 0 < len(curve.columns["n"]) < 10


def test_risk_groups_run_from_nobody_to_the_last_horizon():
    sample = reference_case()
    curve = risk_groups(sample, 0.95, count=3)
    first = curve.columns["group"] == 1
    assert curve.columns["observed"][first][0] == 0 and curve.columns["time"][first][-1] == 365
    assert np.diff(curve.columns["observed"][first]).min() >= 0
    assert [row["group"] for row in curve.facts["predicted"]] == [1, 2, 3]


def test_bounds_lie_around_the_incidence_and_are_absent_where_it_is_zero():
    incidence, low, high = incidence_with_bounds(drawn(), np.array([-1.0, 3.0, 7.0]), 0.95)
    assert incidence[0] == 0 and np.isnan(low[0]) and np.isnan(high[0])
    assert (low[1:] < incidence[1:]).all() and (incidence[1:] < high[1:]).all()


def test_the_decision_curve_is_the_net_benefit_at_each_threshold():
    sample = reference_case()
    curve = decision_curve(sample, 365.0, (0.3,), 0.95)
    assert isinstance(curve, Curve)
    at = int(np.flatnonzero(curve.columns["threshold"] == 0.3)[0])
    assert curve.columns["model"][at] == pytest.approx(net_benefit(sample, 365.0, 0.3))
    assert curve.columns["low"][at] < curve.columns["model"][at] < curve.columns["high"][at]
    assert (curve.columns["treat_none"] == 0).all() and curve.facts["horizon"] == 365
    weighted = decision_curve(sample.reweight(np.full(500, 2.0)), 365.0, (0.3,), 0.95)
    assert isinstance(weighted, Curve) and np.isnan(weighted.columns["low"]).all()
    assert weighted.columns["model"] == pytest.approx(curve.columns["model"])
