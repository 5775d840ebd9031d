"""Risk-adjusted CUSUM: when did outcomes begin to differ from the predicted risks?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.sample_binary import BinarySample
from cds.drift.windows import Dates

ODDS_RATIOS = (2.0, 0.5)
CHARTS = ("odds of the event doubled", "odds of the event halved", "observed − expected events")
DRAWS = 1000
FEWER_DRAWS = 200
LARGE = 100_000  # rows above which fewer series are simulated
CHUNK = 20_000_000  # random numbers held at once


@dataclass(frozen=True, eq=False)
class Chart:
    """One path by day of observation: its values, its limit, and the first day on which it reached it."""

    name: str
    path: FloatArray
    limit: float
    signal: int | None


@dataclass(frozen=True, eq=False)
class Charts:
    """The charts of one series; ``day`` and ``patients`` (so far) belong to each point of every path."""

    day: Dates
    patients: IntArray
    charts: tuple[Chart, ...]
    draws: int


def log_likelihood_weights(outcome: FloatArray, risk: FloatArray, odds_ratio: float) -> FloatArray:
    """y·log R − log(1 − p + R·p): the log-likelihood ratio of odds R times the predicted against odds as predicted.

    Steiner, Cook, Farewell & Treasure 2000, doi:10.1093/biostatistics/1.4.441, eq. 2.1 with R₀ = 1.

    >>> log_likelihood_weights(np.array([1.0, 0.0]), np.array([0.5, 0.5]), 2.0).round(4)
    array([ 0.2877, -0.4055])
    """
    return np.asarray(outcome * np.log(odds_ratio) - np.log1p(risk * (odds_ratio - 1)))


def cusum(steps: FloatArray) -> FloatArray:
    """max(0, previous + step) along the last axis: the sum above its lowest point so far.

    >>> cusum(np.array([1.0, -3.0, 0.5, 0.5]))
    array([1. , 0. , 0.5, 1. ])
    """
    total = np.cumsum(steps, axis=-1)
    return np.asarray(total - np.minimum(np.minimum.accumulate(total, axis=-1), 0.0))


def by_day(outcome: FloatArray, risk: FloatArray, starts: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The three paths: both CUSUMs and cumulative O − E, each day's patients added at once."""
    up, down = (cusum(np.add.reduceat(log_likelihood_weights(outcome, risk, r), starts, axis=-1)) for r in ODDS_RATIOS)
    return up, down, np.cumsum(np.add.reduceat(outcome - risk, starts, axis=-1), axis=-1)


def charts(sample: BinarySample, dates: Dates, *, false_alarm: float, rng: np.random.Generator) -> Charts:
    """Both CUSUMs and cumulative O − E of unweighted patients in the order of their dates.

    Limits: series are simulated with outcomes drawn from the risks themselves, on the same dates. Each CUSUM's limit is
    the 1 − ``false_alarm``/2 quantile of its highest value, so that both together raise an alarm in at most a share of
    ``false_alarm`` of series in which the risks are right; O − E's that of its largest distance from 0 at
    ``false_alarm``. Patients of one day count together: no order within a day is made up.
    """
    order = np.argsort(dates, kind="stable")
    day, starts = np.unique(dates[order], return_index=True)
    outcome, risk = sample.outcome[order], sample.risk[order]
    paths = by_day(outcome, risk, starts)
    draws = DRAWS if len(risk) <= LARGE else FEWER_DRAWS
    highest = _in_control(risk, starts, draws, rng)
    limits = [
        float(np.quantile(highest[0], 1 - false_alarm / 2)),
        float(np.quantile(highest[1], 1 - false_alarm / 2)),
        float(np.quantile(highest[2], 1 - false_alarm)),
    ]
    made = tuple(_chart(*parts) for parts in zip(CHARTS, paths, limits, strict=True))
    return Charts(day, np.r_[starts[1:], len(risk)], made, draws)


def _chart(name: str, path: FloatArray, limit: float) -> Chart:
    beyond = np.flatnonzero(np.abs(path) > limit)
    return Chart(name, path, limit, int(beyond[0]) if len(beyond) else None)


def _in_control(risk: FloatArray, starts: IntArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """The farthest point of each chart in every simulated series, shape (3, draws)."""
    found = []
    at_once = max(1, CHUNK // (4 * len(risk)))
    for begin in range(0, draws, at_once):
        outcome = (rng.random((min(at_once, draws - begin), len(risk))) < risk).astype(np.float64)
        found.append(np.stack([np.abs(path).max(axis=-1) for path in by_day(outcome, risk, starts)]))
    return np.concatenate(found, axis=1)
