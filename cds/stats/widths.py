"""From the width that an interval has to the number that a wanted width needs."""

from __future__ import annotations

from math import ceil, inf, isfinite

from cds.core.measure import Interval, Scale
from cds.stats.intervals import to_scale


def number_needed(count: int, width: float, target: float) -> int:
    """count·(width / target)², rounded up: the number of patients, or of events, whose interval is ``target`` wide.

    It assumes that more patients of the same kind leave the estimate where it is.

    >>> number_needed(500, 0.2, 0.1)
    2000
    """
    return ceil(count * (width / target) ** 2 * (1 - 1e-12))


def too_wide(value: float, interval: Interval, low: float, high: float, scale: Scale) -> float:
    """How many times too wide an interval is for the tolerance [low, high]; one of its ends may be infinite.

    With two ends the tolerance's own width counts, as if the estimate lay in its middle. With one, the way from the
    estimate to it beside the way to the interval's end on that side; infinite where the estimate lies beyond it. On
    the scale where the interval is symmetric, unless the tolerance reaches beyond that scale's range.

    >>> too_wide(0.8, Interval(0.7, 0.9, 0.95, "wald"), 0.75, float("inf"), "identity")
    2.0
    """
    ends = (low, high, interval.low, interval.high, value)
    if not all(isfinite(to_scale(end, scale)) for end in ends if isfinite(end)):
        scale = "identity"
    lower, upper = to_scale(interval.low, scale), to_scale(interval.high, scale)
    if isfinite(low) and isfinite(high):
        room = to_scale(high, scale) - to_scale(low, scale)
        return (upper - lower) / room if room > 0 else inf
    centre = to_scale(value, scale)
    if isfinite(low):
        room, reach = centre - to_scale(low, scale), centre - lower
    elif isfinite(high):
        room, reach = to_scale(high, scale) - centre, upper - centre
    else:
        return 0.0
    return round(reach / room, 12) if room > 0 else inf
