import numpy as np
import pytest

from cds.stats.single_input import (
    rank_correlation,
    share_by_chance,
    single_auroc,
    single_auroc_by_chance,
    single_concordance,
    single_r_squared,
)
from tests.samples import reference_rows


def test_the_auroc_is_turned_to_one_half_or_more_and_levels_are_ranked_by_their_events():
    event = np.array([1.0, 1, 0, 1, 0, 0, 0, 0])
    values = np.array([0.0, 1, 2, 3, 4, 5, 6, 7])
    assert single_auroc(values, event) == pytest.approx(14 / 15)
    assert single_auroc(-values, event) == pytest.approx(single_auroc(values, event))
    codes = np.repeat([0.0, 1, 2], 10)
    mixed = np.tile([1.0, 0], 5)
    told = np.concatenate([np.ones(10), np.zeros(10), mixed])
    # 10 events above all, 5 at the middle level: (10·15 + 5·(10 + 5/2)) / (15·15)
    assert single_auroc(codes, told, levels=True) == pytest.approx((10 * 15 + 5 * 12.5) / 225)


def test_small_levels_are_taken_together():
    codes = np.arange(40.0)  # a level per patient tells nothing
    assert single_auroc(codes, (codes > 20).astype(float), levels=True) == 0.5


def test_chance_may_choose_among_all_orders_of_levels():
    codes, event = np.repeat([0.0, 1, 2], 6), np.array([1.0] * 6 + [0] * 12)
    # One of 18!/(6!·12!) = 18,564 deals; two levels without events have the same rank, so that there are two orders.
    assert single_auroc(codes, event, levels=True) == 1
    assert single_auroc_by_chance(codes, event, levels=True) == pytest.approx(2 / 18_564)


def test_the_rank_correlation_is_the_mann_whitney_test():
    # R 4.2.2, k the binary case: w <- wilcox.test(risk ~ outcome, data = k, correct = FALSE, exact = FALSE)
    # -qnorm(w$p.value/2)
    rows = reference_rows()
    r = rank_correlation(rows["risk"].to_numpy(), rows["outcome"].to_numpy(dtype=float))
    assert r * np.sqrt(599) == pytest.approx(10.2052119235739, rel=1e-10)
    assert rank_correlation(np.ones(4), np.arange(4.0)) == 0


def test_explained_variance_is_of_values_or_ranks_and_adjusted_for_levels():
    x = np.arange(30.0)
    assert single_r_squared(x, 2 - 3 * x) == pytest.approx(1)
    assert single_r_squared(x, np.exp(x)) == pytest.approx(1)
    rng = np.random.default_rng(1)
    noise, levels = rng.normal(size=100), np.repeat(np.arange(10.0), 10)
    assert abs(single_r_squared(levels, noise, levels=True)) < 0.15
    assert single_r_squared(np.ones(30), x) == 0


def test_ordered_categories_are_compared_pair_by_pair():
    codes = np.array([0.0, 0, 1, 2])
    assert single_concordance(np.array([1.0, 2, 3, 4]), codes) == 1
    assert single_concordance(np.array([1.0, 3, 2, 4]), codes) == pytest.approx(4 / 5)
    assert single_concordance(np.ones(4), np.ones(4)) == 0.5


def test_the_share_by_chance_is_the_hypergeometric_tail():
    # R 4.2.2: phyper(18, 50, 150, 20, lower.tail = FALSE)
    assert share_by_chance(20, 19, 200, 50) == pytest.approx(2.85576077985118e-12, rel=1e-9)
    assert share_by_chance(5, 0, 10, 4) == pytest.approx(1)
