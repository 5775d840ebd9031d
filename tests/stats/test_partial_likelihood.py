"""The log partial likelihood by hand, and its derivatives against differences."""

import numpy as np
import pytest

from cds.stats.partial_likelihood import partial_likelihood
from cds.stats.risk_sets import RiskSets, Ties

TIME, EVENT = np.array([1.0, 2, 2, 3, 4, 4]), np.array([1, 1, 1, 0, 1, 1])
X = np.array([[0.5, -1, 0.2, 1, 0, -0.3], [1, 0, 0, 1, 1, 0]])


def at(beta, weights=None, x=X):
    sets = RiskSets.of(TIME, EVENT)
    return partial_likelihood(np.asarray(beta), x, sets, weights, Ties.of(sets, weights))


def test_at_zero_it_counts_those_at_risk():
    # 1/6; then two tied among 5, of whom the second meets 5 − 1; then two among 2: 2 and 2 − 1
    assert at([0.0, 0.0]).value == pytest.approx(-np.log([6, 5, 4, 2, 1]).sum())
    assert at([0.0, 0.0]).step == pytest.approx([1 / 6, 1 / 5 + 1 / 4, 1 / 2 + 1])


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2, 0.5, 1, 1.5, 1]), np.array([2.0, 1, 2, 0, 1, 3])])
def test_the_derivatives_are_those_of_the_value(weights):
    beta, step = np.array([0.3, -0.4]), 1e-6
    found = at(beta, weights)
    for k in range(2):
        moved = step * np.eye(2)[k]
        ahead, behind = at(beta + moved, weights), at(beta - moved, weights)
        assert found.score[k] == pytest.approx((ahead.value - behind.value) / (2 * step), abs=1e-7)
        assert found.information[k] == pytest.approx(-(ahead.score - behind.score) / (2 * step), abs=1e-6)


def test_adding_a_constant_to_a_covariate_changes_nothing():
    moved = at([0.3, -0.4], x=X + 5)
    assert moved.value == pytest.approx(at([0.3, -0.4]).value)
    assert moved.information == pytest.approx(at([0.3, -0.4]).information)
