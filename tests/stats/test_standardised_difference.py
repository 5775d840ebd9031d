import numpy as np
import pytest

from cds.stats.standardised_difference import of_means, of_shares


def test_means_are_over_the_development_sd_and_keep_their_sign():
    assert of_means(40, 45, 10) == -0.5
    assert of_means(1, 1, 0) == 0 and of_means(2, 1, 0) == np.inf


def test_two_levels_are_the_difference_over_the_sd_of_the_mean_share():
    assert of_shares({"a": 60, "b": 40}, {"a": 40, "b": 60}) == pytest.approx(0.2 / 0.5)


def test_three_levels_are_the_mahalanobis_distance_under_the_mean_shares():
    # R 4.2.2: p <- c(.2,.3,.5); q <- c(.4,.4,.2); m <- (p + q)/2; S <- diag(m[-1]) - m[-1] %o% m[-1]
    # sqrt(drop(t(p[-1] - q[-1]) %*% solve(S) %*% (p[-1] - q[-1])))
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.4, 0.2])
    m = (p + q)[1:] / 2
    by_covariance = np.sqrt((p - q)[1:] @ np.linalg.solve(np.diag(m) - np.outer(m, m), (p - q)[1:]))
    found = of_shares(dict(zip("abc", p, strict=True)), dict(zip("abc", q, strict=True)))
    assert found == pytest.approx(by_covariance, rel=1e-12)
    assert found == pytest.approx(0.64733887497015, rel=1e-12)


def test_levels_that_one_side_lacks_and_empty_sides_have_a_number():
    assert of_shares({"a": 1}, {"b": 1}) == pytest.approx(2)
    assert of_shares({"a": 3}, {"a": 7}) == 0 and of_shares({}, {"a": 1}) == 0
