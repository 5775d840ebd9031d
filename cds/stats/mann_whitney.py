"""The Mann–Whitney statistic of a score and DeLong's placements: what every area under a ROC curve is made of."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray


def mann_whitney(score: FloatArray, is_event: BoolArray, weight: FloatArray) -> float:
    """P(s₁ > s₀) + ½ P(s₁ = s₀) over all weighted pairs of an event and a non-event; each must have weight.

    >>> mann_whitney(np.array([3.0, 1.0, 2.0]), np.array([True, False, True]), np.ones(3))
    1.0
    """
    _, place = np.unique(score, return_inverse=True)
    size = int(place.max()) + 1
    events = np.bincount(place, weight * is_event, minlength=size)
    others = np.bincount(place, weight * ~is_event, minlength=size)
    below = np.cumsum(others) - 0.5 * others
    return float(events @ below) / float(events.sum() * others.sum())


def midranks(values: FloatArray) -> FloatArray:
    """Ranks from 1, ties sharing their mean rank.

    >>> midranks(np.array([3.0, 1.0, 3.0]))
    array([2.5, 1. , 2.5])
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last: IntArray = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def delong_placements(score: FloatArray, is_event: BoolArray) -> tuple[FloatArray, FloatArray]:
    """DeLong's structural components: for each event the share of non-events below it, and the reverse."""
    n1, n0 = int(is_event.sum()), int((~is_event).sum())
    overall = midranks(score)
    of_events = (overall[is_event] - midranks(score[is_event])) / n0
    of_others = 1 - (overall[~is_event] - midranks(score[~is_event])) / n1
    return of_events, of_others


def delong_variance(of_events: FloatArray, of_others: FloatArray) -> float:
    """S₁₀/m + S₀₁/n, the variance of the area from the placements of two or more events and non-events.

    DeLong, DeLong & Clarke-Pearson 1988, doi:10.2307/2531595.
    """
    return float(np.var(of_events, ddof=1) / len(of_events) + np.var(of_others, ddof=1) / len(of_others))
