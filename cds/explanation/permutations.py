"""Sampled Shapley values: random orders of the inputs and their reverses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.model import RegisteredModel
from cds.explanation.players import Players, predict_mixed
from cds.explanation.unions import Unions

CELLS_PER_PART = 20_000_000


@dataclass(frozen=True, eq=False)
class Part:
    """Steps of the walks from background rows to the patient, and the model's outputs at each step.

    ``rows`` is each step's background row, ``taken`` (steps × inputs) what it already takes from the patient,
    ``outputs`` steps × outputs, ``predicted`` how many distinct rows were predicted.
    """

    rows: IntArray
    taken: BoolArray
    outputs: FloatArray
    predicted: int


def sample_round(
    model: RegisteredModel, game: Players, rng: np.random.Generator, unions: Unions | None = None
) -> Iterator[Part]:
    """One random order and its reverse for every background row, in parts of bounded memory.

    With ``unions`` the inputs of a union follow each other: such orders give Owen values.
    """
    width = len(game.names)
    per_part = max(1, CELLS_PER_PART // (2 * (width + 1) * width))
    for start in range(0, game.background_rows, per_part):
        backgrounds = np.arange(start, min(start + per_part, game.background_rows))
        walks = [walk for row in backgrounds for walk in _antithetic_walks(game.differs[row], rng, unions)]
        rows = np.repeat(np.repeat(backgrounds, 2), [len(walk) for walk in walks])
        taken = np.concatenate(walks)
        outputs, predicted = predict_mixed(model, game, rows, taken)
        yield Part(rows, taken, outputs, predicted)


def marginal_contributions(payoff: FloatArray, part: Part, shape: tuple[int, ...]) -> FloatArray:
    """Contributions by background row and input, the mean of two orders: φ_i = ½ Σ [v(S ∪ i) − v(S)].

    Along one order they add up to v(patient) − v(background row), so a sampled explanation is additive too.
    Castro, Gómez & Tejada 2009, doi:10.1016/j.cor.2008.04.004; reversed orders: Mitchell et al. 2022,
    JMLR 23(43).
    """
    values = np.zeros(shape)
    rows, taken = part.rows, part.taken
    # A step inside a walk adds exactly one input; from one walk's end to the next one's start, none.
    step, player = np.nonzero(taken[1:] & ~taken[:-1] & (rows[1:] == rows[:-1])[:, None])
    np.add.at(values, (rows[1:][step], player), 0.5 * (payoff[1:] - payoff[:-1])[step])
    return values


def _antithetic_walks(
    differs: BoolArray, rng: np.random.Generator, unions: Unions | None
) -> tuple[BoolArray, BoolArray]:
    if unions is None:
        order = rng.permutation(np.flatnonzero(differs))
    else:
        places = rng.permutation(len(unions.members))
        order = np.concatenate([rng.permutation(unions.members[place]) for place in places])
        order = order[differs[order]]
    return _walk(order, len(differs)), _walk(order[::-1], len(differs))


def _walk(order: IntArray, width: int) -> BoolArray:
    taken = np.zeros((len(order) + 1, width), dtype=np.bool_)
    for step, player in enumerate(order, start=1):
        taken[step:, player] = True
    return taken
