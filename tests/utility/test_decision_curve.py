"""The decision curve's data."""

import numpy as np
import pytest

from cds.utility.decision_curve import decision_curve
from cds.utility.net_benefit import net_benefit, net_benefit_treat_all
from tests.samples import OUTCOME, RISK, drawn, small


def test_the_curve_holds_the_measures_at_every_whole_percent():
    found = decision_curve(small(), (0.2, 0.5), 0.95)
    grid = found.columns["threshold"]
    assert grid[0] == 0.01 and np.diff(grid) == pytest.approx(np.full(len(grid) - 1, 0.01))
    k = int(np.flatnonzero(grid == 0.2)[0])
    assert found.columns["model"][k] == net_benefit(small(), 0.2)
    assert found.columns["treat_all"][k] == net_benefit_treat_all(small(), 0.2)
    assert not found.columns["treat_none"].any()
    assert found.facts == {"thresholds": [0.2, 0.5], "level": 0.95}


def test_it_reaches_past_the_protocols_thresholds_and_never_to_one():
    rare = small(OUTCOME, RISK / 10)
    assert decision_curve(rare, (0.4,), 0.95).columns["threshold"][-1] == 0.5
    assert decision_curve(rare, (0.95,), 0.95).columns["threshold"][-1] == 0.99


def test_where_every_risk_is_tiny_there_is_still_a_curve():
    assert decision_curve(small(OUTCOME, RISK / 1000), (), 0.95).columns["threshold"][-1] == 0.05


def test_weighted_rows_have_no_band():
    weighted = small(weights=np.full(24, 2.0))
    found = decision_curve(weighted, (), 0.95)
    assert np.isnan(found.columns["low"]).all() and "no interval" in found.note


def test_weights_of_two_equal_doubled_rows():
    sample, weights = drawn(83, 3), np.random.default_rng(4).integers(0, 4, 83).astype(float)
    rows = np.repeat(np.arange(83), weights.astype(int))
    one = decision_curve(sample.reweight(weights), (0.2,), 0.95).columns
    other = decision_curve(small(sample.outcome[rows], sample.risk[rows]), (0.2,), 0.95).columns
    for name in ("threshold", "model", "treat_all"):
        assert one[name] == pytest.approx(other[name])
