"""The number of patients who are like somebody else by chance: counted, simulated, and at its edges."""

import itertools

import numpy as np
import pytest

from cds.stats.chance_matches import Chance, coverage, coverage_like, frequencies, number_by_chance


def test_frequencies_are_the_numbers_of_rows_alike() -> None:
    assert sorted(frequencies(np.array([7, 7, 7, 1, 2, 2], dtype=np.uint64)).tolist()) == [1, 2, 3]


@pytest.mark.parametrize("draws", [1, 2, 3, 4])
def test_coverage_of_fewer_rows_is_the_mean_over_all_ways_to_draw_them(draws: int) -> None:
    rows = [0, 0, 0, 1, 1, 2]
    found = []
    for k in range(len(rows)):
        others = rows[:k] + rows[k + 1 :]
        found += [rows[k] in drawn for drawn in itertools.combinations(others, draws)]
    assert coverage(np.array([3, 2, 1]), draws).rate == pytest.approx(np.mean(found), rel=1e-12)


def test_coverage_of_as_many_rows_is_goods_with_chaos_factor() -> None:
    # n = 6, f1 = 1, f2 = 1: 1 − (1/6) · (5 · 1) / (5 · 1 + 2 · 1), Chao & Jost 2012, equation 4a.
    assert coverage(np.array([3, 2, 1]), 6).rate == pytest.approx(1 - (1 / 6) * (5 / 7), rel=1e-12)
    assert coverage(np.array([3, 2, 1]), 8).rate == pytest.approx(1 - (1 / 6) * (5 / 7) ** 3, rel=1e-12)


def test_coverage_is_all_or_nothing_where_all_rows_or_none_are_alike() -> None:
    assert coverage(np.array([2, 2]), 4).rate == 1
    assert coverage(np.ones(50, dtype=np.int64), 50).rate == 0
    assert coverage(np.ones(50, dtype=np.int64), 500).rate == 0
    assert coverage(np.array([], dtype=np.int64), 5).rate == 0
    assert coverage(np.array([1]), 5).rate == 0


def test_coverage_is_near_the_truth_in_a_known_population() -> None:
    rng = np.random.default_rng(20261120)
    chances = rng.dirichlet(np.full(3000, 0.3))
    for n, draws, near in ((1000, 300, 0.01), (1000, 1000, 0.01), (1000, 2000, 0.04)):
        truth = float((chances * (1 - (1 - chances) ** draws)).sum())
        told = [coverage(np.bincount(rng.choice(3000, n, p=chances)), draws).rate for _ in range(20)]
        assert np.mean(told) == pytest.approx(truth, abs=near)


def test_far_beyond_a_samples_size_the_odds_grow_as_the_larger_samples_do() -> None:
    rng = np.random.default_rng(1)
    chances = rng.dirichlet(np.full(3000, 0.3))
    larger = np.bincount(rng.choice(3000, 20_000, p=chances))
    smaller = np.bincount(rng.choice(3000, 500, p=chances))
    truth = float((chances * (1 - (1 - chances) ** 20_000)).sum())
    assert coverage_like(smaller, 20_000, larger).rate == pytest.approx(truth, abs=0.02)
    assert coverage_like(smaller, 900, larger) == coverage(smaller, 900)
    assert coverage_like(np.ones(500, dtype=np.int64), 20_000, larger).rate == 0


def test_the_points_hold_the_number_in_98_percent() -> None:
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(400):
        known = rng.binomial(2000, 0.05) / 2000
        _, low, high = number_by_chance(Chance(known, 2000), np.ones(600, dtype=np.int64), rng)
        inside.append(low <= rng.binomial(600, 0.05) <= high)
    assert 0.96 <= np.mean(inside) <= 1


def test_a_patient_with_several_rows_matches_more_often() -> None:
    rng = np.random.default_rng(3)
    expected, _, _ = number_by_chance(Chance(0.1, 1e6), np.array([1, 2, 3]), rng)
    assert expected == pytest.approx(0.1 + 0.19 + 0.271)
    assert number_by_chance(Chance(0.0, 2e5), np.ones(600, dtype=np.int64), rng)[1:] == (0, 0)
