"""Integrated Brier score: the Brier score over time, averaged from the start to the last time of a grid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.censoring_weights import WEIGHTING, censoring_assumption
from cds.stats.end_of_follow_up import refused_with_entry, refused_without_anyone_beyond
from cds.stats.kaplan_meier import censoring_survival
from cds.survival.brier import SOURCE, brier, brier_influence, interval_by_influence

COARSE = 10  # fewer times than this are a coarse grid


def integrated_brier(sample: CompetingRisksSample) -> float | NotEstimable:
    """∫ Brier(t) dt / t_m by the trapezoid rule from 0, where it is 0, over the grid t₁ … t_m.

    The grid are the times at which there are risks, or those of them that the protocol names; with fewer than two
    there is no integral.
    """
    grid = times_with_risks(sample)
    if isinstance(grid, NotEstimable):
        return grid
    scores = brier_scores(sample, grid)
    return scores if isinstance(scores, NotEstimable) else float(_steps(grid) @ scores)


def integrated_brier_influence(sample: CompetingRisksSample) -> FloatArray | NotEstimable:
    """What each row adds to the error: the same average of what it adds at each time."""
    grid = times_with_risks(sample)
    if isinstance(grid, NotEstimable):
        return grid
    total = np.zeros(len(sample))
    for share, time in zip(_steps(grid), grid, strict=True):
        terms = brier_influence(sample, time)
        if isinstance(terms, NotEstimable):
            return terms
        total += share * terms
    return total


def integrated_brier_interval(sample: CompetingRisksSample, value: float, level: float) -> Interval | NotEstimable:
    """Wald, with the standard error from the influence function."""
    return interval_by_influence(integrated_brier_influence(sample), value, level)


def times_with_risks(sample: CompetingRisksSample) -> tuple[float, ...] | NotEstimable:
    """The grid: all horizons, or those that the protocol names; the reason where a named time has no risks."""
    absent = [time for time in sample.grid if time > 0 and time not in sample.horizons]
    if absent:
        listed = ", ".join(f"{time:g}" for time in absent[:3]) + (" …" if len(absent) > 3 else "")
        return NotEstimable(f"there are no risks at {listed} of the grid: name times at which the model gives risks")
    grid = tuple(time for time in sample.grid or sample.horizons if time > 0)
    if len(grid) < 2:
        return NotEstimable("an integral over time needs risks at two or more times; give risks at more horizons")
    return grid


def brier_scores(sample: CompetingRisksSample, grid: tuple[float, ...]) -> FloatArray | NotEstimable:
    """The Brier score at each time of the grid."""
    refused = refused_with_entry(sample, WEIGHTING) or refused_without_anyone_beyond(sample.at(grid[-1]))
    if refused is not None:
        return refused
    return _scores_each(sample, grid) if sample.censoring is not None else _scores_at_once(sample, grid)


def _scores_each(sample: CompetingRisksSample, grid: tuple[float, ...]) -> FloatArray | NotEstimable:
    scores = np.empty(len(grid))
    for k, time in enumerate(grid):
        score = brier(sample, time)
        if isinstance(score, NotEstimable):
            return score
        scores[k] = score
    return scores


def _scores_at_once(sample: CompetingRisksSample, grid: tuple[float, ...]) -> FloatArray:
    """With marginal censoring a row's weight up to its own time is the same whatever the horizon: one pass serves all.

    In order of time, the rows ahead of a cut have left by the time of the grid and the others are beyond it.
    """
    order = sample.order
    errors = sample.rows_memo(("squared_errors_by_time", grid), lambda: _errors_by_time(sample, grid))
    cuts = sample.rows_memo(("cuts", grid), lambda: np.searchsorted(sample.time[order], grid, side="right"))
    ended = sample.rows_memo("ended_by_time", lambda: (sample.status[order] > 0).astype(np.float64))
    left = censoring_survival(sample)
    before = np.concatenate([[left.start], left.value[:-1]])
    inverse = np.divide(1.0, before, out=np.zeros(len(before)), where=before > 0)
    weight = sample.weight[order]
    of_ended = weight * ended * np.repeat(inverse, np.diff(np.r_[sample.tie_starts, len(order)]))
    now = 1 / left.at(np.asarray(grid))
    scores = [
        row[:cut] @ of_ended[:cut] + row[cut:] @ weight[cut:] * beyond
        for row, cut, beyond in zip(errors, cuts, now, strict=True)
    ]
    return np.asarray(scores) / sample.total


def _errors_by_time(sample: CompetingRisksSample, grid: tuple[float, ...]) -> FloatArray:
    """(1{event by t} − r(t))² at each time of the grid, rows in order of time, shape (m, n)."""
    order = sample.order
    time, is_event = sample.time[order], sample.is_event[order]
    errors = np.empty((len(grid), len(order)))
    for k, when in enumerate(grid):
        risk = sample.risk[order, sample.horizons.index(when)]
        errors[k] = (is_event * (time <= when) - risk) ** 2
    return errors


def _steps(grid: tuple[float, ...]) -> FloatArray:
    """The trapezoid rule's share of each time of the grid; 0, where the score is 0, comes before the first."""
    widths = np.diff(np.r_[0.0, grid])
    shares: FloatArray = (widths + np.r_[widths[1:], 0.0]) / (2 * grid[-1])
    return shares


def _details(sample: CompetingRisksSample) -> dict[str, Any]:
    grid = times_with_risks(sample)
    shown: dict[str, Any] = {"censoring": censoring_assumption(sample)}
    if isinstance(grid, NotEstimable):
        return shown
    shown["grid"] = list(grid)
    if len(grid) < COARSE:
        shown["coarse"] = f"a coarse grid of {len(grid)} times: the integral depends on their choice"
    return shown


INTEGRATED_BRIER = Measure(
    kind="survival",
    name="integrated_brier",
    family="overall",
    label="Integrated Brier score",
    compute=integrated_brier,
    interval=integrated_brier_interval,
    influence=integrated_brier_influence,
    interval_name="Wald from the influence function, the estimated censoring weights included",
    details=_details,
    ideal=0.0,
    direction="lower",
    formula="∫ brier(t) dt / t_m by the trapezoid rule from 0, where it is 0, over the grid up to t_m",
    convention="the grid are the times with risks, or those of them that the protocol's grid names; a model that "
    "predicts at any time takes 100 equal steps to the largest horizon; the details print it",
    source=SOURCE,
)
INTEGRATED_BRIER_COMPETING = replace(INTEGRATED_BRIER, kind="competing_risks")
