"""Members of each category at and below each distinct score."""

import numpy as np

from cds.stats.class_ranks import class_ranks


def test_counts_by_hand_with_a_tie_and_weights():
    score, code, weight = np.array([0.2, 0.1, 0.2]), np.array([0, 1, 1]), np.array([1.0, 2.0, 3.0])
    order = np.argsort(score, kind="stable")
    found = class_ranks(order, np.array([0, 1]), code, weight, 2)
    assert found.at.tolist() == [[0, 1], [2, 3]]
    assert found.below.tolist() == [[0, 0], [0, 2]]


def test_without_ties_every_row_is_a_score_of_its_own():
    found = class_ranks(np.array([1, 0]), np.array([0, 1]), np.array([0, 1]), np.ones(2), 2)
    assert found.at.tolist() == [[0, 1], [1, 0]] and found.below.tolist() == [[0, 0], [0, 1]]
