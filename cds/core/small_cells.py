"""Which counts are too small to print, and which others would give them away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.protocol_groups import CROSS

Cell = tuple[str, str]
Counts = Mapping[str, Mapping[str, int | None]]
FREE = 1e-8  # from this part in a direction that no total fixes, a count cannot be worked out


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


def hidden_crossed(
    counts: Counts,
    crossed: Mapping[str, Sequence[str]],
    limit: int,
    *,
    also: Collection[Cell] = (),
    anyway: Collection[Cell] = (),
) -> set[Cell]:
    """Groups, as (attribute, level), whose counts are not printed where all attributes' tables are seen together.

    Those are the counts from 1 to below the limit, those of ``also``, and as many others as it takes, beside those of
    ``anyway``, which are not printed for another reason, that no small one follows from the printed ones: each
    attribute's add up to a known total, and an intersection's, over one part, to those of the rest of its parts.
    ``crossed`` names each intersection's parts. A count of a missing part that is printed nowhere is taken as known,
    which hides more rather than less. Where all hidden counts of an attribute were 1, their sum would tell them, so
    another is hidden. What inequalities alone would narrow is not looked for.

    >>> by_sex = {"f": 100, "m": 80}
    >>> by_both = {"f×young": 96, "f×old": 4, "m×young": 40, "m×old": 40}
    >>> tables = {"sex": by_sex, "age": {"young": 136, "old": 44}, "sex×age": by_both}
    >>> sorted(level for _, level in hidden_crossed(tables, {"sex×age": ("sex", "age")}, 11))
    ['f×old', 'f×young', 'm×old', 'm×young']
    """
    known = {(a, level): n for a, levels in counts.items() for level, n in levels.items() if n}
    small = {cell for cell, n in known.items() if n < limit or cell in also}
    sums, held = list(_sums(counts, crossed, known)), small | (known.keys() & anyway)
    while exposed := _exposed(known, sums, held, small):
        more = [_next(cell, sums, known, held) for cell in exposed]
        if not any(more):  # nothing is left to hide: a group that is everyone
            break
        held |= {next(cell for cell in more if cell)}
    return held


def _sums(counts: Counts, crossed: Mapping[str, Sequence[str]], known: Mapping[Cell, int]) -> Iterator[dict[Cell, int]]:
    """The sums that a reader knows: cells with their signs, an attribute's own first."""
    for attribute, levels in counts.items():
        yield {(attribute, level): 1 for level in levels if (attribute, level) in known}
    for name, parts in crossed.items():
        if name not in counts or any(part not in counts for part in parts):
            continue
        for coarser in counts:
            fewer = crossed.get(coarser, (coarser,))
            if set(fewer) < set(parts):
                yield from _margins(counts, known, (name, parts), (coarser, fewer))


def _margins(
    counts: Counts, known: Mapping[Cell, int], whole: tuple[str, Sequence[str]], coarser: tuple[str, Sequence[str]]
) -> Iterator[dict[Cell, int]]:
    (name, parts), (margin, fewer) = whole, coarser
    found: dict[str, dict[Cell, int]] = {}
    for levels in product(*(counts[part] for part in parts)):
        cell, place = (name, CROSS.join(levels)), dict(zip(parts, levels, strict=True))
        total = CROSS.join(place[part] for part in fewer)
        if cell in known and (margin, total) in known:
            found.setdefault(total, {(margin, total): -1})[cell] = 1
    yield from found.values()


def _exposed(
    known: Mapping[Cell, int], sums: Sequence[Mapping[Cell, int]], held: set[Cell], small: set[Cell]
) -> list[Cell]:
    """The small cells that follow from what is printed, in the tables' order."""
    if not small:
        return []
    cells = [cell for cell in known if cell in held]
    matrix = np.array([[one.get(cell, 0) for cell in cells] for one in sums], dtype=np.float64)
    fixed = dict(zip(cells, _fixed(matrix), strict=True))
    ones = {
        cell
        for one in sums
        if min(one.values(), default=-1) > 0 and all(known[c] == 1 for c in one if c in held)
        for cell in one
    }
    return [cell for cell in cells if cell in small and (fixed[cell] or cell in ones)]


def _fixed(matrix: FloatArray) -> BoolArray:
    """Which unknowns of M·x = b have one value in all solutions: those without a part in the null space of M."""
    _, singular, right = np.linalg.svd(matrix, full_matrices=True)
    rank = int((singular > singular[0] * 1e-10).sum()) if len(singular) and singular[0] > 0 else 0
    return np.asarray(np.abs(right[rank:]).max(axis=0, initial=0.0) < FREE)


def _next(cell: Cell, sums: Sequence[Mapping[Cell, int]], known: Mapping[Cell, int], held: set[Cell]) -> Cell | None:
    """A printed count in a sum with this one: of the same attribute, among other hidden ones, the smallest of them."""
    beside = {other for one in sums if cell in one for other in one if other not in held}
    open_sums = {other: sum(other in one and not held.isdisjoint(one) for one in sums) for other in beside}
    order = list(known)
    return min(
        beside,
        key=lambda other: (other[0] != cell[0], -open_sums[other], known[other], order.index(other)),
        default=None,
    )
