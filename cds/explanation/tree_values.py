"""Exact interventional SHAP values of a sum of trees, from its leaves instead of coalitions.

A leaf is reached where every input asked about on its path sends the row that way. Of a patient x and a background
row z only two sets matter: A, the inputs that only x sends to the leaf, and B, those that only z sends there. Where an
input is sent there by neither, no mixture reaches the leaf; else exactly those with all of A and none of B do, a
game whose Shapley values are (|A|−1)! |B|! / (|A|+|B|)! of the leaf's value for a member of A and
−|A|! (|B|−1)! / (|A|+|B|)! of it for one of B. Patients and background rows share few such patterns, so each pair of
patterns is weighed once, not each pair of rows.

Several columns made from one input are one input here: its levels' columns are never valued apart.

Source: Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9 (interventional tree values); Nadel & Wettenstein 2025,
arXiv:2511.09376 (patterns of patients and background rows per leaf).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.structure import Tree, Trees

# A path of more different inputs than this does not fit a pattern of 63 bits.
MOST_INPUTS = 62
# Rows × nodes, one byte each.
MOST_KEPT = 30_000_000


@dataclass(frozen=True, eq=False)
class Leaf:
    """A leaf as seen by rows: its inputs, its value per output, and by row which inputs (bits) send it elsewhere."""

    inputs: list[int]
    values: FloatArray
    fails: IntArray
    rows: IntArray | None = None


@dataclass(frozen=True, eq=False)
class Ways:
    """Which way rows go in every tree, shape (rows, nodes) each; asked anew each time where too many to keep."""

    rows: int
    again: Callable[[], Iterable[BoolArray]]

    def __iter__(self) -> Iterator[BoolArray]:
        return iter(self.again())


def ways(trees: Trees, features: pd.DataFrame) -> Ways:
    """The ways of these rows."""
    cells = len(features) * sum(len(tree.left) for tree in trees.trees)
    if cells > MOST_KEPT:
        return Ways(len(features), lambda: trees.goes_left(features))
    kept = list(trees.goes_left(features))
    return Ways(len(features), lambda: kept)


def tree_values(trees: Trees, patients: pd.DataFrame, background: pd.DataFrame) -> FloatArray:
    """SHAP values of many patients, shape (patients, inputs, outputs), against the mean of the background rows."""
    count = len(patients)
    total = np.zeros((trees.trees[0].values.shape[1], len(trees.names), count))
    for tree, left in zip(trees.trees, _went(trees, patients, background), strict=True):
        for leaf in leaves_of(tree, left):
            theirs, which = np.unique(leaf.fails[:count], return_inverse=True)
            ours, often = np.unique(leaf.fails[count:], return_counts=True)
            gain, loss = _weights(theirs, ours, len(leaf.inputs))
            share = often / len(background)
            table = (gain * share) @ _bits(ours, leaf.inputs) - (loss @ share)[:, np.newaxis] * _bits(
                theirs, leaf.inputs
            )
            for bit, name in enumerate(leaf.inputs):
                column = table[which, bit]
                for output, value in enumerate(leaf.values):
                    total[output, name] += value * column
    return total.transpose(2, 1, 0)


def tree_values_by_row(trees: Trees, went: Ways) -> FloatArray:
    """SHAP values of one patient against each background row, shape (background rows, inputs, outputs).

    ``went`` are the ways of the patient (first) and the background rows.
    """
    total = np.zeros((went.rows - 1, len(trees.names), trees.trees[0].values.shape[1]))
    for tree, left in zip(trees.trees, went, strict=True):
        for leaf in leaves_of(tree, left, one=True):
            if leaf.rows is None or not leaf.inputs:
                continue
            own, others = leaf.fails[:1], leaf.fails[1:]
            ours, which = np.unique(others, return_inverse=True)
            gain, loss = _weights(own, ours, len(leaf.inputs))
            table = gain.T * _bits(ours, leaf.inputs) - loss.T * _bits(own, leaf.inputs)
            shares = table[which][:, :, np.newaxis] * leaf.values
            total[leaf.rows[:, np.newaxis], leaf.inputs] += shares
    return total


def margins(trees: Trees, went: Ways) -> FloatArray:
    """The sum of the trees, shape (rows, outputs): what the model predicts on their scale, up to a constant."""
    total = np.zeros((went.rows, trees.trees[0].values.shape[1]))
    rows = np.arange(len(total))
    for tree, left in zip(trees.trees, went, strict=True):
        node = np.zeros(len(total), dtype=np.int64)
        while (inner := tree.left[node] >= 0).any():
            onward = np.where(left[rows, node], tree.left[node], tree.right[node])
            node = np.where(inner, onward, node)
        total += tree.values[node]
    return total


def _went(trees: Trees, patients: pd.DataFrame, background: pd.DataFrame) -> Iterator[BoolArray]:
    yield from (np.vstack(parts) for parts in zip(trees.goes_left(patients), trees.goes_left(background), strict=True))


def leaves_of(tree: Tree, left: BoolArray, *, one: bool = False) -> Iterator[Leaf]:
    """Every leaf; with ``one`` the first row is the patient, and rows that share no mixture in a leaf are left out."""
    everyone = np.arange(len(left))
    waiting: list[tuple[int, list[int], IntArray, IntArray]] = [(0, [], np.zeros(len(left), dtype=np.int64), everyone)]
    while waiting:
        node, inputs, fails, rows = waiting.pop()
        if tree.left[node] < 0:
            if inputs:
                yield Leaf(inputs, tree.values[node], fails, rows[1:] - 1 if one else None)
            continue
        source = int(tree.source[node])
        named = inputs if source in inputs else [*inputs, source]
        bit = named.index(source)
        went = left[rows, node]
        for child, stays in ((tree.left[node], went), (tree.right[node], ~went)):
            found = fails | (~stays).astype(np.int64) << bit
            if not one:
                waiting.append((int(child), named, found, rows))
                continue
            alive = (found & found[0]) == 0
            alive[0] = True
            if alive[1:].any():
                waiting.append((int(child), named, found[alive], rows[alive]))


def _weights(theirs: IntArray, ours: IntArray, inputs: int) -> tuple[FloatArray, FloatArray]:
    """For each pattern of patients (rows) and of background rows (columns) what a member of A gains and one of B loses.

    ``ours`` fail where only the patient may pass: those are A. ``theirs`` are B.
    """
    a, b = np.bitwise_count(ours).astype(np.intp), np.bitwise_count(theirs).astype(np.intp)
    gain, loss = _shapley_weights(inputs)
    meets = (theirs[:, np.newaxis] & ours) == 0
    return meets * gain[a, b[:, np.newaxis]], meets * loss[a, b[:, np.newaxis]]


@functools.lru_cache(maxsize=MOST_INPUTS + 1)
def _shapley_weights(inputs: int) -> tuple[FloatArray, FloatArray]:
    """(a−1)! b! / (a+b)! and a! (b−1)! / (a+b)! for sizes up to ``inputs``; 0 where the numerator has none."""
    size, f = inputs + 1, math.factorial
    gain = [[f(a - 1) * f(b) / f(a + b) if a else 0.0 for b in range(size)] for a in range(size)]
    loss = [[f(a) * f(b - 1) / f(a + b) if b else 0.0 for b in range(size)] for a in range(size)]
    return np.array(gain), np.array(loss)


def _bits(patterns: IntArray, inputs: list[int]) -> FloatArray:
    """Which inputs are in each pattern, shape (patterns, inputs)."""
    found: FloatArray = ((patterns[:, np.newaxis] >> np.arange(len(inputs))) & 1).astype(np.float64)
    return found


def tree_interactions(trees: Trees, went: Ways) -> FloatArray:
    """Shapley interaction indices of one patient, shape (inputs, inputs, outputs), the mean over background rows.

    ``went`` is as for tree_values_by_row.

    Of a leaf's value two members of A have (|A|−2)! |B|! / (|A|+|B|−1)!, two of B |A|! (|B|−2)! / (|A|+|B|−1)!, and one
    of each −(|A|−1)! (|B|−1)! / (|A|+|B|−1)!.

    Source: Grabisch & Roubens 1999, doi:10.1007/s001820050125.
    """
    size = len(trees.names)
    total = np.zeros((size, size, trees.trees[0].values.shape[1]))
    for tree, left in zip(trees.trees, went, strict=True):
        for leaf in leaves_of(tree, left, one=True):
            ours, often = np.unique(leaf.fails[1:], return_counts=True)
            index = _pair_indices(leaf.fails[:1], ours, often / (len(left) - 1), len(leaf.inputs))
            total[np.ix_(leaf.inputs, leaf.inputs)] += index[:, :, np.newaxis] * leaf.values
    total[np.arange(size), np.arange(size)] = 0.0
    return total


def _pair_indices(own: IntArray, ours: IntArray, share: FloatArray, inputs: int) -> FloatArray:
    places = list(range(inputs))
    in_a, in_b = _bits(ours, places), _bits(own, places)
    a, b = in_a.sum(axis=1).astype(np.intp), int(in_b.sum())
    both_a, both_b, mixed = (share * table[a, b] for table in _pair_weights(inputs))
    crossed = (mixed @ in_a)[:, np.newaxis] * in_b
    index: FloatArray = (in_a * both_a[:, np.newaxis]).T @ in_a + both_b.sum() * in_b.T @ in_b - crossed - crossed.T
    return index


@functools.lru_cache(maxsize=MOST_INPUTS + 1)
def _pair_weights(inputs: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    size, f = range(inputs + 1), math.factorial
    both_a = [[f(a - 2) * f(b) / f(a + b - 1) if a > 1 else 0.0 for b in size] for a in size]
    both_b = [[f(a) * f(b - 2) / f(a + b - 1) if b > 1 else 0.0 for b in size] for a in size]
    mixed = [[f(a - 1) * f(b - 1) / f(a + b - 1) if a and b else 0.0 for b in size] for a in size]
    return np.array(both_a), np.array(both_b), np.array(mixed)
