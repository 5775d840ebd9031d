"""Counts as messages and details print them: not where they are so small that they would point at a patient."""

from __future__ import annotations

from collections.abc import Iterable


def counted(count: int, small: int) -> int | str:
    """The count, or that it is below ``small``.

    >>> counted(0, 11), counted(3, 11), counted(40, 11)
    (0, 'fewer than 11', 40)
    """
    return count if count == 0 or count >= small else f"fewer than {small}"


def of_rows(count: int, rows: int, small: int, what: str = "rows") -> str:
    """``count`` of ``rows`` in words, where neither the count nor what it leaves is small.

    >>> of_rows(40, 600, 11), of_rows(3, 600, 11), of_rows(595, 600, 11), of_rows(600, 600, 11)
    ('40 of 600 rows', 'fewer than 11 of 600 rows', 'nearly all of 600 rows', 'all 600 rows')
    """
    if count == rows:
        return f"all {rows} {what}"
    if 0 < rows - count < small <= count:
        return f"nearly all of {rows} {what}"
    return f"{counted(count, small)} of {rows} {what}"


def listed(names: Iterable[str], most: int = 6) -> str:
    """Names in quotes, the first few of them.

    >>> listed(["a", "b"]), listed(["a", "b", "c"], most=2)
    ("'a', 'b'", "'a', 'b' and 1 more")
    """
    every = [repr(name) for name in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
