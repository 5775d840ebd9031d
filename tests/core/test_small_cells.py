"""Which counts are hidden."""

from itertools import product

import numpy as np
import pytest

from cds.core.small_cells import hidden, hidden_crossed


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([120, 4, 30], {1, 2}), ([120, 4, 3], {1, 2}), ([120, 0, 30], set()), ([5], {0}), ([None, 4, 30], {1, 2})],
)
def test_small_counts_and_what_would_give_them_away(counts, expected):
    assert hidden(counts, 11) == expected


def test_one_attribute_alone_is_as_the_simple_rule_has_it():
    assert hidden_crossed({"a": {"x": 120, "y": 4, "z": 30}}, {}, 11) == {("a", "y"), ("a", "z")}
    assert hidden_crossed({"a": {"x": 120, "y": 0, "z": None}}, {}, 11) == set()
    assert hidden_crossed({"a": {"x": 5}}, {}, 11) == {("a", "x")}


def test_two_single_patients_are_not_told_by_their_sum():
    assert hidden_crossed({"a": {"x": 120, "y": 1, "z": 1, "w": 40}}, {}, 11) == {("a", "y"), ("a", "z"), ("a", "w")}


def test_a_large_count_that_leaves_few_is_hidden_with_another():
    events = {"a": {"x": 47, "y": 30, "z": 60}}
    assert hidden_crossed(events, {}, 11, also=[("a", "x")]) == {("a", "x"), ("a", "y")}


def test_what_is_not_printed_anyway_protects():
    counts = {"a": {"x": 120, "y": 4, "z": 30}}
    assert hidden_crossed(counts, {}, 11, anyway=[("a", "x")]) == {("a", "x"), ("a", "y")}


@pytest.mark.parametrize("seed", range(12))
def test_no_small_count_follows_from_the_printed_ones(seed):
    """Every printed count is a sum of joint cells; a hidden one must not be a combination of those sums."""
    rng = np.random.default_rng(seed)
    a, b, c = (rng.integers(0, k, 400) ** 2 // (k - 1) for k in (3, 4, 2))
    values = {"a": a.astype(str), "b": b.astype(str), "c": c.astype(str)}
    crossed = {"a×b": ("a", "b"), "b×c": ("b", "c"), "a×b×c": ("a", "b", "c")}
    atoms = np.array(list(product(*(np.unique(v) for v in values.values()))))
    place = {"a": 0, "b": 1, "c": 2}
    of_atoms, counts = {}, {}
    for name in (*values, *crossed):
        parts = crossed.get(name, (name,))
        counts[name] = {}
        for levels in product(*(np.unique(values[p]) for p in parts)):
            level = "×".join(levels)
            inside = [atoms[:, place[p]] == x for p, x in zip(parts, levels, strict=True)]
            of_atoms[name, level] = np.logical_and.reduce(inside).astype(float)
            rows = [values[p] == x for p, x in zip(parts, levels, strict=True)]
            counts[name][level] = int(np.logical_and.reduce(rows).sum())
    limit = sorted({k for levels in counts.values() for k in levels.values() if k})[2]
    kept_back = hidden_crossed(counts, crossed, limit)
    small = {(n, level) for n, levels in counts.items() for level, k in levels.items() if 0 < k < limit}
    assert small and small <= kept_back
    empty = [v for (n, level), v in of_atoms.items() if counts[n][level] == 0]
    zero = np.array(empty).any(axis=0) if empty else np.zeros(len(atoms), dtype=bool)
    printed = np.array([np.ones(len(atoms)), *(v for cell, v in of_atoms.items() if cell not in kept_back)])[:, ~zero]
    rank = np.linalg.matrix_rank(printed)
    for cell in small:
        assert np.linalg.matrix_rank(np.vstack([printed, of_atoms[cell][~zero]])) == rank + 1, cell
