"""Risk sets count those under observation; tied events meet a shrinking risk set."""

import numpy as np
import pytest

from cds.stats.risk_sets import RiskSets, Ties

TIME, EVENT = np.array([1.0, 2.0, 2.0, 2.0, 4.0]), np.array([0, 1, 1, 0, 1])


def test_those_at_risk_are_followed_to_the_event_time_or_beyond():
    sets = RiskSets.of(TIME, EVENT)
    assert sets.times.tolist() == [2, 4]
    assert sets.sums(np.ones(5)).tolist() == [4, 1]
    assert sets.of_events(np.ones(3)).tolist() == [2, 1]
    assert sets.accumulated(np.array([0.5, 1.0])).tolist() == [0, 0.5, 0.5, 0.5, 1.5]


def test_those_who_enter_at_an_event_time_are_at_risk_only_after_it():
    sets = RiskSets.of(TIME, EVENT, entry=np.array([0.0, 0.0, 1.0, 0.0, 2.0]))
    assert sets.sums(np.ones(5)).tolist() == [3, 1]
    assert sets.accumulated(np.array([0.5, 1.0])).tolist() == [0, 0.5, 0.5, 0.5, 1.0]


def test_whole_weights_make_more_ties_and_fractional_ones_heavier_ties():
    sets = RiskSets.of(TIME, EVENT)
    whole = Ties.of(sets, np.array([1.0, 2.0, 1.0, 1.0, 0.0]))
    assert whole.time.tolist() == [0, 0, 0]
    assert whole.share == pytest.approx([0, 1 / 3, 2 / 3])
    assert whole.weight.tolist() == [1, 1, 1]
    fractional = Ties.of(sets, np.array([1.0, 2.5, 0.5, 1.0, 1.0]))
    assert fractional.time.tolist() == [0, 0, 1]
    assert fractional.share.tolist() == [0, 0.5, 0]
    assert fractional.weight.tolist() == [1.5, 1.5, 1]
