"""The Mann–Whitney statistic and DeLong's placements."""

import numpy as np
import pytest

from cds.stats.mann_whitney import delong_placements, delong_variance, mann_whitney, midranks
from tests.samples import OUTCOME, RISK

EVENT = OUTCOME == 1


def test_midranks_share_their_mean():
    assert midranks(np.array([0.5, 0.1, 0.5, 0.5])).tolist() == [3, 1, 3, 3]


def test_three_of_four_pairs_and_one_tie_by_hand():
    score, event = np.array([5.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False])
    assert mann_whitney(score, event, np.ones(4)) == pytest.approx(3.5 / 4)


def test_a_weight_of_two_is_a_doubled_row_and_of_zero_none():
    weight = np.random.default_rng(1).integers(0, 3, len(RISK)).astype(float)
    rows = np.repeat(np.arange(len(RISK)), weight.astype(int))
    assert mann_whitney(RISK, EVENT, weight) == pytest.approx(
        mann_whitney(RISK[rows], EVENT[rows], np.ones(len(rows))), rel=1e-12
    )


def test_area_and_error_are_those_of_proc():
    # R 4.2.2, pROC 1.18.0: r <- roc(y, p, direction = "<"); auc(r); sqrt(var(r))
    assert mann_whitney(RISK, EVENT, np.ones(len(RISK))) == pytest.approx(0.6888111888112, rel=1e-10)
    assert delong_variance(*delong_placements(RISK, EVENT)) ** 0.5 == pytest.approx(0.113676700748314, rel=1e-10)
