"""The CUSUM is Steiner's, its limit keeps its promise, and the order of patients within a day does not matter."""

import numpy as np
import pytest

from cds.drift.cusum import charts, cusum, log_likelihood_weights
from tests.samples import OUTCOME, RISK, drawn, small

# R 4.2.2, p and y as in tests/samples.py; o <- order((seq_along(p)*7) %% 24); yo <- y[o]; po <- p[o]
#   W <- function(R) yo*log(R) - log(1 - po + R*po)
#   ch <- function(w) { s <- numeric(24); c0 <- 0; for (i in 1:24) s[i] <- c0 <- max(0, c0 + w[i]); s }
#   ch(W(2))[c(5, 12, 24)]; ch(W(.5))[c(5, 12, 24)]; cumsum(yo - po)[c(5, 12, 24)]
ORDER = np.argsort(np.arange(1, 25) * 7 % 24)
AT = [4, 11, 23]
DAILY = np.datetime64("2025-01-01") + np.arange(24)


def made(sample, dates, seed=1, false_alarm=0.05):
    return charts(sample, dates, false_alarm=false_alarm, rng=np.random.default_rng(seed))


def test_the_paths_are_those_of_r():
    up, down, difference = made(small(OUTCOME[ORDER], RISK[ORDER]), DAILY).charts
    assert up.path[AT] == pytest.approx([0.723284274980184, 0.0, 0.520875959619492], rel=1e-12)
    assert down.path[AT] == pytest.approx([0.0779615414697119, 0.4411173832165134, 0.3566749439387324], rel=1e-12)
    assert difference.path[AT] == pytest.approx([0.35, -0.55, 0.10])


def test_an_event_at_even_odds_counts_the_log_of_four_thirds():
    assert log_likelihood_weights(np.array([1.0]), np.array([0.5]), 2.0) == pytest.approx(np.log(4 / 3))


def test_the_sum_above_its_lowest_point_is_the_recursion():
    steps = np.random.default_rng(1).normal(size=200)
    expected, s = [], 0.0
    for step in steps:
        s = max(0.0, s + step)
        expected.append(s)
    assert cusum(steps) == pytest.approx(expected)


def test_risks_of_exactly_0_and_1_leave_the_paths_finite():
    found = made(small(np.array([0.0, 1, 1, 0]), np.array([0.0, 1, 0.0, 1])), DAILY[:4])
    assert all(np.isfinite(chart.path).all() for chart in found.charts)


def test_the_order_of_rows_and_of_patients_within_a_day_changes_nothing():
    sample, dates = drawn(300, 2), np.datetime64("2025-01-01") + np.arange(300) // 7
    order = np.random.default_rng(3).permutation(300)
    one, other = made(sample, dates), made(sample.where(np.full(300, True)), dates)
    shuffled = made(small(sample.outcome[order], sample.risk[order]), dates[order])
    assert [c.path.tolist() for c in one.charts] == [c.path.tolist() for c in other.charts]
    for a, b in zip(one.charts, shuffled.charts, strict=True):
        assert b.path == pytest.approx(a.path)


def test_where_the_risks_are_right_it_signals_as_often_as_promised():
    dates = np.datetime64("2025-01-01") + np.arange(150) // 2
    alarms = sum(
        any(c.signal is not None for c in made(drawn(150, seed), dates, seed, 0.2).charts[:2]) for seed in range(60)
    )
    assert 4 <= alarms <= 21  # 12 expected


def test_a_doubling_of_the_odds_is_signalled_after_it_began_and_only_upwards():
    rng = np.random.default_rng(4)
    logit = rng.normal(-0.8, 1, 2000)
    later = np.arange(2000) >= 1000
    outcome = rng.random(2000) < 1 / (1 + np.exp(-(logit + np.log(2) * later)))
    found = made(small(outcome, 1 / (1 + np.exp(-logit))), np.datetime64("2025-01-01") + np.arange(2000) // 4)
    up, down, _ = found.charts
    assert down.signal is None and up.signal is not None
    assert 1000 < found.patients[up.signal] < 1400
