"""Exact Shapley values: every coalition of the inputs in which the patient and a background row differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.model import RegisteredModel
from cds.explanation.players import Players, predict_mixed


@dataclass(frozen=True, eq=False)
class Evaluated:
    """Outputs of every coalition of every background row.

    ``outputs`` is coalitions × outputs; background row b's 2^d coalitions start at ``starts[b]``, coalition m
    holding the j-th differing input where bit j of m is set.
    """

    outputs: FloatArray
    starts: IntArray
    predicted: int


def count_coalitions(game: Players) -> int:
    """How many coalitions an exact explanation enumerates: Σ over background rows of 2^(inputs differing)."""
    return sum(2 ** int(d) for d in game.differs.sum(axis=1))


def evaluate_coalitions(model: RegisteredModel, game: Players) -> Evaluated:
    """Predict every coalition of every background row, each distinct row once."""
    sizes = [2 ** int(d) for d in game.differs.sum(axis=1)]
    rows = np.repeat(np.arange(game.background_rows), sizes)
    taken = np.zeros((len(rows), len(game.names)), dtype=np.bool_)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    for start, size, differs in zip(starts, sizes, game.differs, strict=True):
        taken[start : start + size, differs] = all_coalitions(int(differs.sum()))
    outputs, predicted = predict_mixed(model, game, rows, taken)
    return Evaluated(outputs, starts, predicted)


def shapley_by_row(game: Players, payoff: FloatArray, starts: IntArray) -> FloatArray:
    """Shapley values of every background row's game (background rows × inputs); zero where nothing differs.

    φ_i = Σ_{S ∌ i} |S|! (d − |S| − 1)! / d! · [v(S ∪ i) − v(S)] over the d inputs in which patient and
    background row differ; an input in which they agree is a null player, so leaving it out changes no value.
    Mean over rows: interventional SHAP values (Lundberg & Lee 2017; Janzing et al. 2020, AISTATS, PMLR 108).
    """
    values = np.zeros(game.differs.shape)
    counts = game.differs.sum(axis=1)
    for d in np.unique(counts[counts > 0]):
        weights = shapley_weights(int(d))
        for row in np.flatnonzero(counts == d):
            coalition_payoffs = payoff[starts[row] : starts[row] + 2**d]
            values[row, game.differs[row]] = coalition_payoffs @ weights
    return values


def all_coalitions(d: int) -> BoolArray:
    """Every coalition of d players (2^d × d), player j being bit j of the coalition's number."""
    members: BoolArray = ((np.arange(2**d)[:, None] >> np.arange(d)) & 1).astype(np.bool_)
    return members


@lru_cache(maxsize=16)
def shapley_weights(d: int) -> FloatArray:
    """What each of the 2^d coalitions' payoffs enters each player's Shapley value with (2^d × d).

    >>> shapley_weights(1).tolist()
    [[-1.0], [1.0]]
    """
    # A coalition S enters i's value with +w(|S| − 1) where it holds i and with −w(|S|) where it does not.
    sizes = [math.factorial(s) * math.factorial(d - s - 1) / math.factorial(d) for s in range(d)]
    weight = np.array([*sizes, 0.0])  # no coalition without i has d members
    members = all_coalitions(d)
    size = members.sum(axis=1)
    return np.where(members, weight[size - 1][:, None], -weight[size][:, None])
