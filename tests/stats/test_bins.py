"""Bins that never show a single patient."""

import numpy as np
import pytest

from cds.stats.bins import bins


def test_ten_equal_bins_in_order():
    found = bins(np.arange(100.0)[::-1], None, fewest=5)
    assert [len(rows) for rows in found] == [10] * 10
    assert sorted(np.concatenate(found).tolist()) == list(range(100))
    assert found[0].min() == 90  # the smallest values lie last


@pytest.mark.parametrize("n", [3, 11, 12, 35, 109, 400])
def test_no_bin_is_smaller_than_it_may_be(n):
    values = np.random.default_rng(n).normal(size=n).round(1)
    found = bins(values, None, fewest=11)
    assert len(found) <= 10 and sum(map(len, found)) == n
    assert min(map(len, found)) >= min(11, n)


def test_equal_values_stay_together():
    values = np.r_[np.zeros(60), np.arange(1.0, 41.0)]
    assert all(len(np.unique(values[rows] == 0)) == 1 for rows in bins(values, None, fewest=5))


def test_rows_without_weight_are_in_no_bin():
    weights = np.r_[np.zeros(10), np.ones(30)]
    assert min(np.concatenate(bins(np.arange(40.0), weights, fewest=5))) == 10
