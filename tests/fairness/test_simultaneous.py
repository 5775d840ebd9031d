"""Critical values that hold for several contrasts at once."""

import numpy as np
import pytest

from cds.fairness.simultaneous import dunnett_quantile, max_t_quantile


def test_dunnetts_table_is_reproduced():
    # Dunnett, Biometrics 1964, doi:10.2307/2528490, table II (two-sided 5 %, infinite degrees of freedom,
    # equal groups): 2.21 for two contrasts, 2.35 for three. R 4.2.2: s <- sqrt(.5);
    # f <- function(z, c) dnorm(z) * (pnorm((c + s * z) / s) - pnorm((-c + s * z) / s))^k;
    # g <- function(c) integrate(f, -9, 9, c = c, rel.tol = 1e-12)$value - .95;
    # uniroot(g, c(1, 4), tol = 1e-12)$root (mvtnorm 1.1.3's qmvnorm agrees to 1e-4)
    equal = 0.5**0.5
    assert dunnett_quantile([equal] * 2, 0.95) == pytest.approx(2.21212774658, rel=1e-9)
    assert dunnett_quantile([equal] * 3, 0.95) == pytest.approx(2.34897059034, rel=1e-9)


def test_a_small_reference_group_makes_contrasts_nearly_one_and_asks_for_hardly_more():
    # R 4.2.2: r <- rep(.999, 3) and so on; s <- sqrt(1 - r^2); f <- function(z, c) dnorm(z) *
    #   sapply(z, function(z) prod(pnorm((c + r * z) / s) - pnorm((-c + r * z) / s)));
    # g <- function(c) sum(sapply(seq(-9, 8.5, .5), function(a)
    #   integrate(f, a, a + .5, c = c, rel.tol = 1e-12)$value)) - .95; uniroot(g, c(1.5, 4), tol = 1e-13)$root
    assert dunnett_quantile([0.999] * 3, 0.95) == pytest.approx(1.9969421114387, rel=1e-9)
    assert dunnett_quantile([0.999, 0.5, 0.3], 0.95) == pytest.approx(2.3692031391681, rel=1e-9)
    assert dunnett_quantile([0.98] * 9, 0.95) == pytest.approx(2.2307047525513, rel=1e-9)


def test_independent_contrasts_are_sidaks():
    # R 4.2.2: qnorm(1 - (1 - .95^(1/2)) / 2)
    assert dunnett_quantile([0.0, 0.0], 0.95) == pytest.approx(2.23647664456, rel=1e-9)


def test_one_contrast_is_the_normal_quantile():
    assert dunnett_quantile([0.7], 0.9) == pytest.approx(1.64485362695, rel=1e-10)


def test_more_contrasts_and_a_higher_level_ask_for_more():
    found = [dunnett_quantile([0.6] * k, 0.95) for k in (1, 2, 3, 8)]
    assert found == sorted(found)
    assert dunnett_quantile([0.6] * 3, 0.99) > found[2]


def test_the_order_of_the_contrasts_does_not_matter():
    assert dunnett_quantile([0.2, 0.7], 0.95) == pytest.approx(dunnett_quantile([0.7, 0.2], 0.95))


def test_replicates_of_normal_contrasts_give_nearly_dunnetts_value():
    rng = np.random.default_rng(1)
    shared, own = rng.normal(size=40_000), rng.normal(size=(2, 40_000))
    found = max_t_quantile((shared + own) / 2**0.5, 0.95)
    assert found == pytest.approx(2.212, abs=0.03)


def test_a_replicate_that_failed_in_one_group_counts_in_none():
    rng = np.random.default_rng(2)
    drawn = rng.normal(size=(2, 200))
    failed = drawn.copy()
    failed[0, :10] = np.nan
    assert max_t_quantile(failed, 0.95) == pytest.approx(max_t_quantile(drawn[:, 10:], 0.95))
