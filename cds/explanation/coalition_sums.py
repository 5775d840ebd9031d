"""A model's sum for every coalition, from its terms or leaves: no prediction is asked for.

A sum over coalitions is held as what each set of inputs adds once all of it is taken (its Möbius transform); adding up
over subsets, input by input, gives every coalition's sum: d · 2^d additions where d inputs differ.
"""

from __future__ import annotations

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.structure import Trees
from cds.explanation.coalitions import all_coalitions
from cds.explanation.tree_values import Ways, leaves_of


def linear_sums(by_row: FloatArray, start: FloatArray, differs: BoolArray, starts: IntArray, size: int) -> FloatArray:
    """Sums of an additive predictor, shape (coalitions, 1), in the order of coalitions.Evaluated.

    ``by_row`` (background rows × inputs) is what each input adds when the patient's is taken, ``start`` (background
    rows) the background row's own sum.
    """
    added = np.zeros(size)
    added[starts] = start
    for row, own in enumerate(differs):
        added[starts[row] + 2 ** np.arange(int(own.sum()))] = by_row[row, own]
    return _over_subsets(added, differs, starts)[:, np.newaxis]


def tree_sums(trees: Trees, went: Ways, differs: BoolArray, starts: IntArray, size: int) -> FloatArray:
    """Sums of trees, shape (coalitions, outputs); ``went`` are the ways of the patient (first) and the rows.

    A leaf's value w is reached by the coalitions with all of A and none of B (see tree_values): to A ∪ T for every
    T ⊆ B it adds (−1)^|T| w.
    """
    bit = np.where(differs, 1 << np.maximum(np.cumsum(differs, axis=1) - 1, 0), 0)
    added = np.zeros((trees.trees[0].values.shape[1], size))
    for tree, left in zip(trees.trees, went, strict=True):
        for leaf in leaves_of(tree, left, one=True):
            rows = leaf.rows
            if rows is None:
                continue
            bits = bit[rows[:, np.newaxis], leaf.inputs]
            local = np.arange(len(leaf.inputs))
            taken = (((leaf.fails[1:, np.newaxis] >> local) & 1) * bits).sum(axis=1)
            own = np.flatnonzero((leaf.fails[0] >> local) & 1)
            subsets = all_coalitions(len(own)).astype(np.int64)
            places = starts[rows] + taken + subsets @ bits[:, own].T
            sign = np.broadcast_to(1.0 - 2.0 * (subsets.sum(axis=1, keepdims=True) % 2), places.shape)
            for output, value in enumerate(leaf.values):
                np.add.at(added[output], places.ravel(), (value * sign).ravel())
    return np.column_stack([_over_subsets(each, differs, starts) for each in added])


def _over_subsets(added: FloatArray, differs: BoolArray, starts: IntArray) -> FloatArray:
    """For every coalition the sum over its subsets, row by row of the background."""
    total, counts = added.copy(), differs.sum(axis=1)
    for d in np.unique(counts[counts > 0]):
        rows = starts[counts == d]
        block = total[rows[:, np.newaxis] + np.arange(2**d)]
        for j in range(d):
            halves = block.reshape(len(rows), 2 ** (d - 1 - j), 2, 2**j)
            halves[:, :, 1] += halves[:, :, 0]
        total[rows[:, np.newaxis] + np.arange(2**d)] = block
    return total
