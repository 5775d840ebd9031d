"""Sums over later and lower rows: by hand, against all pairs, and backwards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.stats.later_and_lower import dense_rank, lay_out


def all_pairs(place, rank, weight):
    later = place[None, :] > place[:, None]
    lower = (rank[None, :] < rank[:, None]) + 0.5 * (rank[None, :] == rank[:, None])
    return later @ weight, (later * lower) @ weight


ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=40)


def test_countable_by_hand():
    # Row 0 (place 0, rank 1): later are ranks 0, 1 and 2, of which one is lower and one equal.
    layout = lay_out(np.array([0, 1, 2, 3]), np.array([1, 0, 1, 2]), np.full(4, True))
    assert layout.weight_later(np.ones(4)).tolist() == [3, 2, 1, 0]
    assert layout.weight_later_and_lower(np.ones(4)).tolist() == [1.5, 0, 0, 0]
    assert layout.weight_later_and_lower(np.array([1.0, 5, 2, 1])).tolist() == [6, 0, 0, 0]


@given(ROWS)
def test_it_is_the_count_over_all_pairs(rows):
    place, value, weight = (np.array(column) for column in zip(*rows, strict=True))
    rank, weight = dense_rank(value), weight.astype(float)
    asking = (place + value) % 3 > 0
    later, lower = all_pairs(place, rank, weight)
    layout = lay_out(place, rank, asking)
    assert layout.weight_later(weight).tolist() == later.tolist()
    assert layout.weight_later_and_lower(weight).tolist() == (lower * asking).tolist()


@given(ROWS)
def test_backwards_it_counts_the_earlier_and_higher(rows):
    place, value, weight = (np.array(column) for column in zip(*rows, strict=True))
    rank, weight = dense_rank(value), weight.astype(float)
    earlier, higher = all_pairs(-place, -rank, weight)
    found = lay_out(place, rank, place > 2).weight_earlier_and_higher(weight)
    assert found[0].tolist() == earlier.tolist()
    assert found[1].tolist() == higher.tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 31, 32, 33, 257])
def test_any_number_of_rows_without_ties_is_counted(n):
    place, rank = np.random.default_rng(n).permutation(n), np.random.default_rng(n + 1).permutation(n)
    layout = lay_out(place, rank, np.full(n, True))
    assert layout.weight_later_and_lower(np.ones(n)).tolist() == all_pairs(place, rank, np.ones(n))[1].tolist()
