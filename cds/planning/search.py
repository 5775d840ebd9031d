"""The smallest study whose interval is no wider than wanted."""

from __future__ import annotations

from collections.abc import Callable

from cds.core.errors import InputError

LARGEST = 10**12


def smallest(width_at: Callable[[int], float], width: float, *, least: int = 2) -> int:
    """The smallest n with ``width_at(n) <= width``, by bisection; ``width_at`` must fall with n.

    Raises:
        InputError: a width that is not above 0, or that no study below 10¹² patients reaches.

    >>> smallest(lambda n: 4 / n, 0.5)
    8
    """
    if not width > 0:
        raise InputError(f"a target width must be above 0, got {width:g}")
    low, high = least - 1, least
    while not width_at(high) <= width:
        low, high = high, 2 * high
        if high > LARGEST:
            raise InputError(f"no study of fewer than 10¹² patients reaches a width of {width:g}", do="Ask for a wider")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if width_at(middle) <= width else (middle, high)
    return high
