"""What two inputs do together beyond what each does alone, from the coalitions already enumerated."""

from __future__ import annotations

import math

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.explanation.coalitions import all_coalitions
from cds.explanation.players import Players


def interaction_indices(game: Players, payoff: FloatArray, starts: IntArray) -> FloatArray:
    """Shapley interaction indices of every pair of inputs (inputs × inputs, symmetric, zero on the diagonal).

    I_ij = Σ_{S ∌ i, j} |S|! (d − |S| − 2)! / (d − 1)! · [v(S ∪ ij) − v(S ∪ i) − v(S ∪ j) + v(S)] of each background
    row's game over the d inputs that differ, and their mean over rows; an input that agrees interacts with nothing.
    An additive model has zeros. SHAP's interaction values (Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9) are
    half of them. Source: Grabisch & Roubens 1999, doi:10.1007/s001820050125.
    """
    total = np.zeros((len(game.names), len(game.names)))
    patterns, place = np.unique(game.differs, axis=0, return_inverse=True)
    for number, differs in enumerate(patterns):
        d = int(differs.sum())
        if d < 2:
            continue
        # The index is linear in the game, so rows with the same differing inputs are one summed game.
        span = np.arange(2**d)
        summed = np.sum([payoff[start + span] for start in starts[np.flatnonzero(place.ravel() == number)]], axis=0)
        total[np.ix_(differs, differs)] += _pairs(summed, d)
    return total / game.background_rows


def strongest_pair(indices: FloatArray) -> tuple[int, int] | None:
    """The pair with the largest index in size, the first of equals; None with a single input."""
    upper = np.triu(np.abs(indices), 1)
    if len(indices) < 2:
        return None
    one, other = np.unravel_index(int(np.argmax(upper)), upper.shape)
    return (int(one), int(other)) if one != other else (0, 1)


def _pairs(payoff: FloatArray, d: int) -> FloatArray:
    members = all_coalitions(d).astype(np.float64)
    size = members.sum(axis=1).astype(np.int64)
    # w(s) of a coalition S of s others; out of reach for s = −2, −1, d − 1 and d, where no coalition needs it.
    weight = np.zeros(d + 3)
    weight[2 : d + 1] = [math.factorial(s) * math.factorial(d - s - 2) / math.factorial(d - 1) for s in range(d - 1)]
    both, one, none = weight[size], weight[size + 1], weight[size + 2]
    # +w(t − 2) where a coalition of t holds both, −w(t − 1) where it holds one, +w(t) where it holds neither.
    constant = float(payoff @ none)
    single = (payoff * (-one - none)) @ members
    double = members.T @ ((payoff * (both + 2 * one + none))[:, None] * members)
    indices = constant + single[:, None] + single[None, :] + double
    np.fill_diagonal(indices, 0.0)
    return np.asarray(indices, dtype=np.float64)
