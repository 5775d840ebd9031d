"""Brier score and IPA over time, as a curve."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.core.study import Subgroup
from cds.survival.brier import brier, brier_interval, brier_null, ipa
from cds.survival.brier_curves import brier_curve
from tests.survival.tied import competing, reference_competing, reference_survival, survival


def test_the_curve_holds_the_measures_of_each_time():
    sample = reference_survival()
    curve = brier_curve(sample, 0.95)
    assert (curve.name, curve.family) == ("brier_over_time", "overall")
    assert curve.columns["time"].tolist() == [90, 180, 365]
    for name, measure in (("brier", brier), ("brier_null", brier_null), ("ipa", ipa)):
        assert curve.columns[name].tolist() == [measure(sample, time) for time in sample.horizons]
    interval = brier_interval(sample, brier(sample, 180.0), 0.95, 180.0)
    assert (curve.columns["low"][1], curve.columns["high"][1]) == (interval.low, interval.high)
    assert curve.x_label == "Time (days)" and "Kaplan–Meier" in curve.note and "independent" in curve.note
    assert curve.facts["left_out"] == []


def test_the_grid_selects_times_and_a_group_is_named():
    curve = brier_curve(reference_survival(grid=(0.0, 90.0, 100.0)), 0.9, Subgroup("sex", "female"))
    assert curve.columns["time"].tolist() == [90]
    assert (curve.attribute, curve.group, curve.facts["level"]) == ("sex", "female", 0.9)


def test_with_competing_risks_the_score_to_beat_is_of_aalen_and_johansen():
    assert "Aalen–Johansen" in brier_curve(reference_competing(), 0.95).note


def test_times_after_the_end_are_left_out_and_named():
    sample = survival([1, 3, 3], [1, 0, 0], [0.4, 0.2, 0.3], horizons=(1.0, 2.0, 3.0))
    curve = brier_curve(sample, 0.95)
    assert curve.columns["time"].tolist() == [1, 2] and curve.facts["left_out"] == [3]


def test_before_the_first_event_there_is_no_ipa():
    curve = brier_curve(survival([3, 5, 6], [1, 0, 0], [0.4, 0.2, 0.3]), 0.95)
    assert np.isnan(curve.columns["ipa"][0]) and np.isfinite(curve.columns["ipa"][1])


def test_weighted_samples_have_no_band():
    curve = brier_curve(competing().reweight(np.full(24, 2.0)), 0.95)
    assert np.isnan(curve.columns["low"]).all() and "no interval" in curve.note


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (survival([1, 2], [1, 0], [0.4, 0.2], horizons=(2.0,)), "nobody is followed beyond 2"),
        (survival([2, 9], [1, 0], [0.5, 0.4], horizons=(5.0,), entry=np.array([0.0, 1.0])), "left truncation"),
        (reference_survival(grid=(30.0,)), "no risks at any time of the grid"),
    ],
)
def test_without_any_time_there_is_a_reason(sample, reason):
    found = brier_curve(sample, 0.95)
    assert isinstance(found, NotEstimable) and reason in found.reason
