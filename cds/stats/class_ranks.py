"""How the members of each category rank by a score: the counts behind AUCs and concordance over several categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ClassRanks:
    """Weighted members of each category at, and below, each distinct score, shape (categories, distinct scores)."""

    at: FloatArray
    below: FloatArray


def class_ranks(order: IntArray, starts: IntArray, code: IntArray, weight: FloatArray, categories: int) -> ClassRanks:
    """Count along a score: ``order`` sorts the rows by it, ``starts`` says where each run of ties begins in it."""
    ordered_code, ordered_weight = code[order], weight[order]
    at = np.zeros((categories, len(starts)))
    for k in range(categories):
        members = np.where(ordered_code == k, ordered_weight, 0.0)
        at[k] = members if len(starts) == len(order) else np.add.reduceat(members, starts)
    return ClassRanks(at, np.cumsum(at, axis=1) - at)
