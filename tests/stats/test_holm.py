"""Holm's adjustment."""

import numpy as np
import pytest

from cds.stats.holm import holm


def test_two_p_values_by_hand():
    assert holm([0.03, 0.01]) == [0.03, 0.02]  # 0.01 times 2; then 0.03 times 1, no smaller than the one before
    assert holm([0.02, 0.01]) == [0.02, 0.02]


def test_the_adjusted_p_values_are_rs():
    # R 4.2.2: p.adjust(c(.01, .04, .03, .5, .02), "holm")
    assert holm([0.01, 0.04, 0.03, 0.5, 0.02]) == pytest.approx([0.05, 0.09, 0.09, 0.5, 0.08], rel=1e-12)


def test_no_adjusted_p_value_is_smaller_than_its_own_or_above_1():
    p = np.random.default_rng(1).random(30)
    adjusted = np.array(holm(p))
    assert (adjusted >= p).all() and adjusted.max() <= 1


def test_the_order_goes_with_the_tests():
    p = [0.2, 0.001, 0.04]
    assert holm(p[::-1]) == holm(p)[::-1]


def test_one_test_stays_and_none_is_none():
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_what_is_no_p_value_is_refused():
    with pytest.raises(ValueError, match="lie in"):
        holm([0.2, float("nan")])
