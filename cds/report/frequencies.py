"""Chances as natural frequencies: whole people of 100, never "1 in x"."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cds.report.wording import Sentences

STEP = 5
FEWEST = 0.005  # below it, and above 1 − it, words: whole people would say never and always


def of_100(chance: float) -> int:
    """Whole people of 100, halves up.

    >>> of_100(0.125), of_100(0.321)
    (13, 32)
    """
    return math.floor(100 * chance + 0.5 + 1e-9)


def range_of_100(chances: Sequence[float]) -> tuple[int, int]:
    """Bounds of several chances in people of 100, rounded outward to multiples of 5 and never equal.

    The steps are coarse on purpose: a range of one whole number would read as a point.

    >>> range_of_100([0.24, 0.31]), range_of_100([0.4, 0.4]), range_of_100([1.0])
    ((20, 35), (40, 45), (95, 100))
    """
    low = STEP * math.floor(100 * min(chances) / STEP + 1e-9)
    high = STEP * math.ceil(100 * max(chances) / STEP - 1e-9)
    if low == high:
        low, high = (low, low + STEP) if low < 100 else (low - STEP, low)
    return low, high


def counted(chance: float, say: Sentences) -> str:
    """``about 32``, or in words at the ends, where 0 and 100 would say never and always."""
    if chance < FEWEST:
        return say("estimate.fewer_than_one")
    if chance >= 1 - FEWEST:
        return say("estimate.more_than_99")
    return say("estimate.about", count=of_100(chance))


def shares_of_100(chances: Sequence[float]) -> tuple[int, ...]:
    """Whole people of 100 that add up to 100, by largest remainder (the first of equal ones).

    >>> shares_of_100([1 / 3, 1 / 3, 1 / 3])
    (34, 33, 33)
    """
    whole = [math.floor(100 * chance + 1e-9) for chance in chances]
    by_remainder = sorted(range(len(chances)), key=lambda k: (whole[k] - 100 * chances[k], k))
    for k in by_remainder[: 100 - sum(whole)]:
        whole[k] += 1
    return tuple(whole)
