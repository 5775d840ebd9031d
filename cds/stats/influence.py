"""What each row adds to the error of an estimate: the way to the error of a paired difference."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable


def of_a_mean(each: FloatArray) -> FloatArray | NotEstimable:
    """(x − x̄) / √(n(n − 1)) per row: the squares sum to the squared standard error of the mean.

    >>> terms = of_a_mean(np.array([1.0, 3.0]))
    >>> float(terms @ terms)
    1.0
    """
    if len(each) < 2:
        return NotEstimable("fewer than two patients")
    terms: FloatArray = (each - each.mean()) / np.sqrt(len(each) * (len(each) - 1.0))
    return terms


def paired_se(ours: FloatArray, theirs: FloatArray) -> float:
    """The standard error of the difference of two estimates on the same rows, from both models' terms."""
    apart = ours - theirs
    return float(np.sqrt(apart @ apart))
