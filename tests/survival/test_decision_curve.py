"""The decision curve at a horizon passes through the net benefits and names its horizon."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.survival.decision_curve import decision_curve
from cds.survival.net_benefit import NET_BENEFIT, NET_BENEFIT_TREAT_ALL
from tests.survival.tied import reference_survival, survival


def test_it_passes_through_the_net_benefits_with_their_bounds():
    sample = reference_survival()
    curve = decision_curve(sample, 180.0, (0.2, 0.3), 0.95)
    place = int(np.flatnonzero(curve.columns["threshold"] == 0.3)[0])
    value = NET_BENEFIT.compute(sample, horizon=180.0, threshold=0.3)
    interval = NET_BENEFIT.interval(sample, value, 0.95, horizon=180.0, threshold=0.3)
    assert curve.columns["model"][place] == value
    assert curve.columns["low"][place] == pytest.approx(interval.low)
    assert curve.columns["high"][place] == pytest.approx(interval.high)
    everyone = NET_BENEFIT_TREAT_ALL.compute(sample, horizon=180.0, threshold=0.3)
    assert curve.columns["treat_all"][place] == everyone
    assert not curve.columns["treat_none"].any()


def test_it_names_its_horizon():
    curve = decision_curve(reference_survival(), 90.0, (0.2,), 0.95)
    assert (curve.name, curve.family, curve.title) == ("decision", "utility", "Decision curve at 90 days")
    assert curve.facts == {"thresholds": [0.2], "level": 0.95, "horizon": 90.0, "of": "90 days"}


def test_weighted_rows_have_no_bounds_and_a_late_horizon_a_reason():
    curve = decision_curve(reference_survival(weights=np.full(500, 0.5)), 90.0, (), 0.95)
    assert np.isnan(curve.columns["low"]).all()
    assert "no interval" in curve.note
    assert "line is broken" in decision_curve(reference_survival(), 180.0, (), 0.95).note
    assert "line is broken" not in decision_curve(reference_survival(), 90.0, (), 0.95).note
    late = survival([1.0, 2], [1, 0], [0.2, 0.4], horizons=(5.0,))
    assert isinstance(decision_curve(late, 5.0, (), 0.95), NotEstimable)
