"""How often chance alone would give an AUROC so far from ½: its exact distribution when outcomes are shuffled."""

from __future__ import annotations

from itertools import pairwise
from math import comb, exp, lgamma, log

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.stats.mann_whitney import mann_whitney

MOST_STEPS = 20_000_000
MOST_EVENTS = 20  # of the rarer class: with more the bound at .95 is below 1e-19


def auroc_by_chance(score: FloatArray, is_event: BoolArray) -> float:
    """P(AUROC at least as high), where it lies above ½, or at most as low, were events dealt out at random.

    Exact with ties: events are dealt to one distinct score after another, and the pairs that they lose are counted. Too
    large for that, the bound of Irwin and Hall on the sum of m uniform ranks, (m·(1 − AUROC))^m / m!, m the rarer
    class's size. Mann & Whitney 1947, doi:10.1214/aoms/1177730491.

    >>> score = np.arange(5.0)
    >>> auroc_by_chance(score, score > 2)
    0.1
    """
    rarer = is_event if 2 * int(is_event.sum()) <= len(is_event) else ~is_event
    m = int(rarer.sum())
    if not m:
        return 1.0
    area = mann_whitney(score, rarer, np.ones(len(score)))
    lost = round(2 * min(area, 1 - area) * m * (len(score) - m))  # twice the pairs that go the other way
    if m > MOST_EVENTS or len(score) * m * (lost + 1) > MOST_STEPS:
        away = min(area, 1 - area)
        return exp(min(0.0, m * log(m * away) - lgamma(m + 1))) if away > 0 else 0.0
    _, sizes = np.unique(score if area < 0.5 else -score, return_counts=True)
    return _dealt(sizes.tolist(), m, lost) / comb(len(score), m)


def _dealt(sizes: list[int], m: int, lost: int) -> float:
    """In how many ways m events can be dealt to groups of these sizes so that at most ``lost`` half pairs are lost.

    The first group is where events belong: an event loses to the others in the groups before it, and half to the others
    in its own.
    """
    ways = np.zeros((m + 1, lost + 1))
    ways[0, 0] = 1.0
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for (before, _), size in zip(pairwise(starts.tolist()), sizes, strict=True):
        dealt = np.zeros_like(ways)
        for here in range(min(size, m) + 1):
            for k in range(min(before, m - here) + 1):
                cost = here * (2 * (before - k) + size - here)
                if cost <= lost:
                    dealt[k + here, cost:] += ways[k, : lost + 1 - cost] * comb(size, here)
        ways = dealt
    return float(ways[m].sum())
