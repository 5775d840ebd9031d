"""The difference of two independent proportions: Newcombe's hybrid score interval."""

from __future__ import annotations

from math import sqrt

from cds.core.measure import Interval, NotEstimable
from cds.stats.intervals import wilson

NEWCOMBE = "newcombe hybrid score"
Proportion = tuple[float, float]


def newcombe(one: Proportion, other: Proportion, level: float) -> Interval | NotEstimable:
    """p₁ − p₂, each given as (successes, total), with bounds from each proportion's Wilson bounds l, u.

    d − √((p₁ − l₁)² + (u₂ − p₂)²) to d + √((u₁ − p₁)² + (p₂ − l₂)²): Newcombe 1998, method 10,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I. It exists where a proportion is 0 or 1.

    >>> found = newcombe((56, 70), (48, 80), 0.95)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    first, second = wilson(*one, level), wilson(*other, level)
    if isinstance(first, NotEstimable):
        return first
    if isinstance(second, NotEstimable):
        return second
    p, q = one[0] / one[1], other[0] / other[1]
    low = p - q - sqrt((p - first.low) ** 2 + (second.high - q) ** 2)
    high = p - q + sqrt((first.high - p) ** 2 + (q - second.low) ** 2)
    se = sqrt((first.se or 0.0) ** 2 + (second.se or 0.0) ** 2)
    return Interval(low, high, level, NEWCOMBE, se, se)
