"""Array aliases and the checks that every core type's constructor shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cds.core.errors import DataError, row_list

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
TextArray = NDArray[np.str_]
LARGEST = 1e90  # whose third power, which a spline takes, still is a number


def frozen(values: NDArray[Any]) -> NDArray[Any]:
    """A read-only view, so that a frozen dataclass is frozen through its arrays too.

    Strided values (a column of a table) are laid out in a row first: sums over them differ in the last digit from
    those of a worker process, which receives them so.
    """
    view = np.asarray(values, order="C").view()
    view.flags.writeable = False
    return view


def numbers(values: ArrayLike, name: str, *, allow_missing: bool = False) -> FloatArray:
    """One-dimensional finite floats; refuses text, infinities and (unless allowed) missing values.

    Raises:
        DataError: naming the rows.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be numbers, got text or mixed values") from None
    if array.ndim != 1:
        raise DataError(f"{name} must have one dimension, got {array.ndim}")
    refuse_rows(np.isinf(array), f"{name} must be finite, got an infinite value")
    refuse_rows(np.abs(array) > LARGEST, f"{name} must lie within ±{LARGEST:g}, got a number whose powers overflow")
    if not allow_missing:
        refuse_rows(np.isnan(array), f"{name} must not be missing")
    return frozen(array)


def refuse_rows(bad: BoolArray, message: str, error: type[DataError] | None = None) -> None:
    """Raise a DataError that lists the positions where ``bad`` holds."""
    if bad.any():
        raise (error or DataError)(f"{message} at {row_list(np.flatnonzero(bad).tolist())}")


def same_length(**lengths: int) -> None:
    """Refuse parts that are not aligned.

    >>> same_length(outcome=3, risk=3)
    """
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"all parts must have the same number of rows: {listed}")
