"""Which tables of found, missed, wrongly flagged and rightly left patients agree with reported numbers.

A table is (π, p, t): the shares with the outcome, found, and rightly left. Every measure is a ratio of two linear
functions of it, so that each reported interval a ≤ ratio ≤ b is two linear inequalities: what agrees with all
numbers is a polytope, empty or known by its corners, at which every ratio takes its extremes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import FloatArray

Bounds = tuple[float, float]
ONE = (0, 0, 0, 1)
# Numerator and denominator as coefficients of (π, p, t, 1).
RATIOS: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "prevalence": ((1, 0, 0, 0), ONE),
    "accuracy": ((0, 1, 1, 0), ONE),
    "error": ((0, -1, -1, 1), ONE),
    "sensitivity": ((0, 1, 0, 0), (1, 0, 0, 0)),
    "specificity": ((0, 0, 1, 0), (-1, 0, 0, 1)),
    "ppv": ((0, 1, 0, 0), (-1, 1, -1, 1)),
    "npv": ((0, 0, 1, 0), (1, -1, 1, 0)),
    "f1": ((0, 2, 0, 0), (0, 1, -1, 1)),
    "f1_negative": ((0, 0, 2, 0), (0, -1, 1, 1)),
    "tp": ((0, 1, 0, 0), ONE),
    "fn": ((1, -1, 0, 0), ONE),
    "tn": ((0, 0, 1, 0), ONE),
    "fp": ((-1, 0, -1, 1), ONE),
}
# 0 ≤ p ≤ π, 0 ≤ t ≤ 1 − π: rows (π, p, t) and the right-hand side of ≤.
BASE = ((0, -1, 0, 0), (-1, 1, 0, 0), (0, 0, -1, 0), (1, 0, 1, 1))
TOLERANCE = 1e-9
MOST_TABLES = 20_000_000  # pairs of events and found patients that are searched


@dataclass(frozen=True)
class Counts:
    """A table of whole patients."""

    found: int
    missed: int
    wrongly_flagged: int
    rightly_left: int


def corners(known: Mapping[str, Bounds], *, least: float = 0.0) -> FloatArray:
    """The corners (π, p, t) of what agrees with these intervals, shape (k, 3); k = 0 where nothing does.

    Every denominator is at least ``least``. One that is 0 all over (no patient with the outcome, say) leaves its
    measure undefined, which agrees with nothing that was reported.
    """
    rows = _rows(known, least)
    triples = np.array(list(combinations(range(len(rows)), 3)))
    left, right = rows[triples][:, :, :3], rows[triples][:, :, 3]
    regular = np.abs(np.linalg.det(left)) > 1e-12
    if not regular.any():
        return np.empty((0, 3))
    points = np.linalg.solve(left[regular], right[regular][:, :, None])[:, :, 0]
    inside = (points @ rows[:, :3].T <= rows[:, 3] + TOLERANCE).all(axis=1)
    found = np.asarray(points[inside], dtype=np.float64)
    return found if len(found) and _defined(known, found.mean(axis=0)) else np.empty((0, 3))


def _defined(known: Mapping[str, Bounds], point: FloatArray) -> bool:
    below = (RATIOS[name][1] for name in known)
    return all(float(point @ np.array(c[:3]) + c[3]) > TOLERANCE for c in below)


def ratio(name: str, points: FloatArray) -> FloatArray:
    """A measure at points (k, 3); those where it is undefined are left out."""
    above, below = (points @ np.array(c[:3]) + c[3] for c in RATIOS[name])
    defined = below > 1e-12
    return np.asarray(above[defined] / below[defined], dtype=np.float64)


def reach(name: str, known: Mapping[str, Bounds]) -> Bounds | None:
    """The lowest and highest value of a measure that agrees with these intervals; None where nothing does."""
    values = ratio(name, corners(known))
    return (float(values.min()), float(values.max())) if len(values) else None


def conflict(known: Mapping[str, Bounds]) -> tuple[str, ...]:
    """The fewest of these numbers that cannot be true together; empty where all can.

    Four are always enough: convex sets in three dimensions (Helly).
    """
    if len(corners(known)):
        return ()
    for size in range(2, 5):
        for names in combinations(known, size):
            if not len(corners({name: known[name] for name in names})):
                return names
    return tuple(known)


def whole_table(known: Mapping[str, Bounds], n: int) -> Counts | str | None:
    """A table of n whole patients that agrees; None where there is none, or why it was not looked for."""
    points, rows = corners(known, least=1 / n), _rows(known, 1 / n)
    if not len(points):
        return None
    events = _whole(points[:, 0], n)
    found = _whole(points[:, 1], n)
    if len(events) * len(found) > MOST_TABLES:
        return f"with {n:,} patients too many whole-number tables agree to list them"
    p = np.array(found, dtype=np.float64)
    for e in events:
        low, high = _left_bounds(rows, e, p, n)
        agree = np.flatnonzero(low <= high)
        if len(agree):
            tp, tn = int(p[agree[0]]), int(low[agree[0]])
            return Counts(tp, e - tp, n - e - tn, tn)
    return None


def _rows(known: Mapping[str, Bounds], least: float) -> FloatArray:
    """The inequalities as rows (a₁, a₂, a₃, b): a·(π, p, t) ≤ b; denominators at least ``least``."""
    rows: list[NDArray[np.float64]] = [np.array(row, dtype=np.float64) for row in BASE]
    for name, (low, high) in known.items():
        above, below = (np.array(c, dtype=np.float64) for c in RATIOS[name])
        for difference in (low * below - above, above - high * below):
            rows.append(np.array([*difference[:3], -difference[3]]))
        if RATIOS[name][1] != ONE:
            rows.append(np.array([*-below[:3], below[3] - least]))
    return np.array(rows)


def _whole(shares: FloatArray, n: int) -> range:
    slack = 1e-6
    return range(ceil(float(shares.min()) * n - slack), floor(float(shares.max()) * n + slack) + 1)


def _left_bounds(rows: FloatArray, events: int, found: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """For each number found, the fewest and most rightly left patients that every inequality allows."""
    low, high = np.zeros(len(found)), np.full(len(found), float(n - events))
    for a, b, c, d in rows:
        room = d * n - a * events - b * found
        if c > TOLERANCE:
            high = np.minimum(high, np.floor(room / c + 1e-6))
        elif c < -TOLERANCE:
            low = np.maximum(low, np.ceil(room / c - 1e-6))
        else:
            high = np.where(room < -1e-6, -1.0, high)
    return low, high
