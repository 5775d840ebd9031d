"""How often chance gives an AUROC: every deal counted, R's Wilcoxon distribution, and the bound for many."""

from itertools import combinations

import numpy as np
import pytest

from cds.stats.auroc_by_chance import auroc_by_chance
from cds.stats.mann_whitney import mann_whitney


def every_deal(score, events):
    n, ones = len(score), np.ones(len(score))
    own = mann_whitney(score, events, ones)
    areas = [mann_whitney(score, np.isin(np.arange(n), who), ones) for who in combinations(range(n), int(events.sum()))]
    return np.mean(np.array(areas) >= own - 1e-12 if own >= 0.5 else np.array(areas) <= own + 1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_every_deal_is_counted_with_and_without_ties(seed):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, 5, 10).astype(float) if seed % 2 else rng.normal(size=10)
    events = np.isin(np.arange(10), rng.choice(10, 6 if seed > 3 else 4, replace=False))
    assert auroc_by_chance(score, events) == pytest.approx(every_deal(score, events), rel=1e-12)


def test_without_ties_it_is_r_s_wilcoxon_distribution():
    # R 4.2.2: pwilcox(14, 5, 55)
    score = np.arange(60.0)
    events = np.isin(score, [50, 52, 53, 57, 59])  # of 275 pairs they lose 5 + 4 + 4 + 1 = 14
    assert auroc_by_chance(score, events) == pytest.approx(5.93242310920492e-05, rel=1e-12)


def test_with_ties_it_is_the_rank_sum_over_all_deals_in_r():
    # R 4.2.2: x <- c(0,0,1,1,2,2,2,3,3,4,4,4); y <- c(0,0,0,1,0,0,1,0,1,1,0,1); r <- rank(x); i <- combn(12, 5)
    # mean(apply(i, 2, function(i) sum(r[i])) >= sum(r[y == 1]) - 1e-9)
    score = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4.0])
    events = np.array([0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1]) == 1
    assert auroc_by_chance(score, events) == pytest.approx(0.148989898989899, rel=1e-12)


def test_many_patients_have_a_bound_that_no_chance_reaches():
    score = np.random.default_rng(1).normal(size=20_000)
    assert auroc_by_chance(score, score > 1.5) == 0.0
    half = np.repeat([0.0, 1.0], 1000)
    assert auroc_by_chance(half + 0.0, half == 1) == 0.0 and auroc_by_chance(np.zeros(2000), half == 1) == 1.0
    assert auroc_by_chance(score, score + np.random.default_rng(2).normal(0, 0.05, 20_000) > 1) < 1e-30


def test_an_area_of_one_half_is_what_chance_gives():
    assert auroc_by_chance(np.zeros(10), np.arange(10) < 4) == 1.0
    assert auroc_by_chance(np.arange(3.0), np.zeros(3, dtype=bool)) == 1.0
