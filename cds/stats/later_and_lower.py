"""Sums over the rows that come later and rank lower, in n log n steps: what every concordance index counts.

Rows are laid out once as in a merge sort. For any weights the sums then take one cumulative sum per level, so that
bootstrap replicates, which differ in their weights only, share the layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray

SHORT = 16


@dataclass(frozen=True, eq=False)
class Level:
    """Rows ``counted`` in turn, and for each row of ``asking`` the run of them, first to end, that it counts."""

    counted: IntArray
    asking: IntArray
    first: IntArray
    end: IntArray

    def sums(self, weight: FloatArray) -> FloatArray:
        """The weight of each asking row's run."""
        below = np.zeros(len(self.counted) + 1)
        np.cumsum(weight.take(self.counted), out=below[1:])
        run: FloatArray = below.take(self.end) - below.take(self.first)
        return run


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows by their place in time and their rank; see ``lay_out``.

    ``order`` are the rows by place, then rank, and everything else is about positions in that order: the ``place``
    and ``rank`` there, the positions ``by_rank``, and where the ``later`` places begin.
    """

    order: IntArray
    place: IntArray
    rank: IntArray
    by_rank: IntArray
    later: IntArray
    levels: Iterable[Level]
    tied: Level

    def weight_later(self, weight: FloatArray) -> FloatArray:
        """Per row, the weight of the rows at a later place, shape (n,)."""
        until = np.concatenate([[0.0], np.cumsum(weight.take(self.order))])
        return self._by_row(until[-1] - until.take(self.later))

    def weight_later_and_lower(self, weight: FloatArray) -> FloatArray:
        """Per asking row, the weight of the rows at a later place with a lower rank, equal ranks half; else 0."""
        placed = weight.take(self.order)
        found = np.zeros(len(placed))
        for level in self.levels:
            found[level.asking] += level.sums(placed)
        found[self.tied.asking] += 0.5 * self.tied.sums(placed)
        return self._by_row(found)

    def weight_earlier_and_higher(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Per row, the weight of the rows at an earlier place, and of those with a higher rank, equal ranks half.

        The same sums backwards, for all rows and for once: their levels are not kept.
        """
        backwards = slice(None, None, -1)
        order, by_rank = self.order[backwards], len(self.order) - 1 - self.by_rank[backwards]
        place, rank = -self.place[backwards], self.rank.max() - self.rank[backwards]
        everyone = np.ones(len(order), dtype=np.bool_)
        levels, tied = _levels(by_rank, everyone), _tied(by_rank, place, rank, everyone)
        once = Layout(order, place, rank, by_rank, _end_of_run(place), levels, tied)
        return once.weight_later(weight), once.weight_later_and_lower(weight)

    def _by_row(self, placed: FloatArray) -> FloatArray:
        rows = np.empty(len(placed))
        rows[self.order] = placed
        return rows


def lay_out(place: IntArray, rank: IntArray, asking: BoolArray) -> Layout:
    """Lay rows out by their ``place`` in time and their ``rank`` from 0; sums are wanted for the rows ``asking``.

    Rows at one place are not compared: sorted there by increasing rank, none of them precedes a lower one. Equal
    ranks are told apart by their place, so that the levels never count them, and ``tied`` counts them alone.
    """
    order = np.argsort(place * (rank.max() + 1) + rank)
    place, rank, asking = place.take(order), rank.take(order), asking.take(order)
    by_rank = np.argsort(rank * len(rank) + np.arange(len(rank)))
    levels, tied = tuple(_levels(by_rank, asking)), _tied(by_rank, place, rank, asking)
    return Layout(order, place, rank, by_rank, _end_of_run(place), levels, tied)


def dense_rank(values: IntArray | FloatArray) -> IntArray:
    """Ranks from 0 without gaps, ties sharing theirs.

    >>> dense_rank(np.array([2.5, 7.0, 2.5, 1.0]))
    array([1, 2, 1, 0])
    """
    rank: IntArray = np.unique(values, return_inverse=True)[1]
    return rank.astype(np.int64, copy=False)


def _levels(by_rank: IntArray, asking: BoolArray) -> Iterator[Level]:
    """Halve the ranks again and again: in every block, rows of the upper half count those of the lower half after them.

    ``by_rank`` are positions by increasing rank, each rank once. Blocks hold ``2 · half`` ranks, the last one fewer,
    and list their positions in increasing order.
    """
    n = len(by_rank)
    rank = np.empty(n, dtype=np.int32)
    rank[by_rank] = np.arange(n)
    listed, half = np.arange(n), 1 << max(n - 1, 1).bit_length() - 1
    while half:
        is_upper = (rank.take(listed) & half) != 0
        lower, at = listed.compress(~is_upper), np.flatnonzero(is_upper)
        upper = listed.take(at)
        wanted = np.flatnonzero(asking.take(upper))
        at_wanted = at.take(wanted)
        end = np.minimum((at_wanted // (2 * half) + 1) * half, len(lower))
        if len(wanted):
            yield Level(lower, upper.take(wanted), at_wanted - wanted, end)
        listed = _halved(lower, upper, half)
        half //= 2


def _halved(lower: IntArray, upper: IntArray, half: int) -> IntArray:
    """The next listing: each block's lower half before its upper half."""
    listed = np.empty(len(lower) + len(upper), dtype=np.int64)
    whole = len(upper) // half * half  # blocks whose upper half is full; what is left belongs to the last block
    blocks, low, high = (part.reshape(-1, half) for part in (listed[: 2 * whole], lower[:whole], upper[:whole]))
    if half > SHORT:
        blocks[0::2], blocks[1::2] = low, high
    else:
        for column in range(half):  # copying down the columns is faster where rows are short
            blocks[0::2, column], blocks[1::2, column] = low[:, column], high[:, column]
    listed[2 * whole :] = np.concatenate([lower[whole:], upper[whole:]])
    return listed


def _tied(by_rank: IntArray, place: IntArray, rank: IntArray, asking: BoolArray) -> Level:
    """For each asking row the rows of its rank at later places, where there are any."""
    here, level = place.take(by_rank), rank.take(by_rank)
    first, end = _end_of_run(level, here), _end_of_run(level)
    wanted = np.flatnonzero(asking.take(by_rank) & (first < end))
    return Level(by_rank, by_rank.take(wanted), first.take(wanted), end.take(wanted))


def _end_of_run(*keys: IntArray) -> IntArray:
    """At each position, where the run of equal keys around it ends."""
    changes = np.zeros(len(keys[0]) - 1, dtype=np.bool_)
    for key in keys:
        changes |= key[1:] != key[:-1]
    ends = np.append(np.flatnonzero(changes) + 1, len(keys[0]))
    return np.repeat(ends, np.diff(ends, prepend=0))
