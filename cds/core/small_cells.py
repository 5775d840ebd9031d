"""Which counts are too small to print, and which others would give them away."""

from __future__ import annotations

from collections.abc import Sequence


def hidden(counts: Sequence[int | None], limit: int) -> set[int]:
    """Positions of counts from 1 to below the limit and, where that is one, of the next smallest as well.

    >>> sorted(hidden([120, 4, 30], 11))
    [1, 2]
    """
    small = {i for i, c in enumerate(counts) if c is not None and 0 < c < limit}
    if len(small) == 1:
        # a count of 0 would protect nothing: whoever knows the sum could still work the small one out
        others = [(c, i) for i, c in enumerate(counts) if c and i not in small]
        small |= {min(others)[1]} if others else set()
    return small
