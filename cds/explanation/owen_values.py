"""Owen values: unions of inputs are the players, and each union's value is divided among its inputs.

The unions are the card's domains or clusters of related inputs. A union's value is its Shapley value in the game of
unions; inside it, inputs divide that value by what they add, the other unions being in or out as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.model import RegisteredModel
from cds.explanation.coalitions import all_coalitions, shapley_weights
from cds.explanation.players import Players, predict_mixed
from cds.explanation.unions import Unions


@dataclass(frozen=True, eq=False)
class Segment:
    """The coalitions of one background row's game that give the values of some inputs.

    ``units`` are in or out in every combination, ``others`` unions in or out as a whole: coalition h·2^units + t, from
    ``start`` on, holds the unions of h and the units of t. Units are the inputs of one union, or all unions as they
    are, which value the inputs that are alone in theirs. ``inputs`` are the positions valued, ``places`` theirs among
    the units.
    """

    row: int
    inputs: IntArray
    places: IntArray
    units: int
    others: int
    start: int

    @property
    def end(self) -> int:
        """Where the next segment starts."""
        return self.start + (1 << (self.others + self.units))


@dataclass(frozen=True, eq=False)
class Opened:
    """The outputs (coalitions × outputs) of every segment, and how many distinct rows were predicted."""

    segments: tuple[Segment, ...]
    outputs: FloatArray
    predicted: int


def count_owen_coalitions(game: Players, unions: Unions) -> float:
    """How many coalitions exact values enumerate.

    Over background rows: Σ over unions of several inputs of 2^(other unions) · 2^(its inputs), and 2^unions where an
    input is alone in its union. Only inputs in which patient and background row differ count, and their unions.
    """
    sizes = _sizes(game, unions)
    count = (sizes > 0).sum(axis=1)
    several = np.where(sizes > 1, 2.0 ** (count[:, None] - 1 + sizes), 0.0).sum(axis=1)
    alone = np.where((sizes == 1).any(axis=1) | (count == 0), 2.0**count, 0.0)
    return float((several + alone).sum())


def count_union_coalitions(game: Players, unions: Unions) -> float:
    """How many coalitions the game of unions has, over all background rows: Σ 2^(unions that differ)."""
    return float((2.0 ** (_sizes(game, unions) > 0).sum(axis=1)).sum())


def open_unions(model: RegisteredModel, game: Players, unions: Unions) -> Opened:
    """Predict every coalition that exact Owen values need, each distinct row once."""
    parts = list(_segments(game, unions))
    segments = tuple(segment for segment, _ in parts)
    rows = np.repeat([s.row for s in segments], [s.end - s.start for s in segments]).astype(np.int64)
    taken = np.concatenate([np.zeros((0, len(game.names)), dtype=np.bool_), *(taken for _, taken in parts)])
    outputs, predicted = predict_mixed(model, game, rows, taken)
    return Opened(segments, outputs, predicted)


def owen_by_row(game: Players, payoff: FloatArray, segments: tuple[Segment, ...]) -> FloatArray:
    """Owen values of every background row's game (background rows × inputs); zero where nothing differs.

    φ_i = Σ_{H ⊆ M∖k} h!(m − h − 1)!/m! Σ_{T ⊆ B_k∖i} t!(b − t − 1)!/b! [v(Q_H ∪ T ∪ i) − v(Q_H ∪ T)], where i is in
    union k of m, B_k holds its b inputs and Q_H those of the unions in H. Their sum over B_k is the Shapley value of
    union k in the game of unions. Inputs in which patient and row agree are null players and drop out.
    Source: Owen 1977, doi:10.1007/978-3-642-45494-3_7; as SHAP values: López & Saboya 2009,
    doi:10.1016/j.ejor.2008.06.028.
    """
    values = np.zeros(game.differs.shape)
    for segment in segments:
        inside = payoff[segment.start : segment.end].reshape(2**segment.others, -1)
        expected = _over_others(segment.others) @ inside
        values[segment.row, segment.inputs] = (expected @ shapley_weights(segment.units))[segment.places]
    return values


def union_values_by_row(game: Players, unions: Unions, payoff: FloatArray, starts: IntArray) -> FloatArray:
    """Shapley values of the game of unions (background rows × unions), from the payoffs of ``union_coalitions``."""
    sizes = _sizes(game, unions)
    values = np.zeros(sizes.shape)
    for row, start in enumerate(starts):
        playing = np.flatnonzero(sizes[row])
        if len(playing):
            values[row, playing] = payoff[start : start + 2 ** len(playing)] @ shapley_weights(len(playing))
    return values


def union_coalitions(game: Players, unions: Unions) -> tuple[IntArray, BoolArray, IntArray]:
    """Rows, what they take (coalitions × inputs), and each background row's start in the game of unions."""
    held = _membership(game, unions)
    taken = []
    for differs in game.differs:
        playing = [union & differs for union in held if (union & differs).any()]
        taken.append(_joined(playing, len(differs)))
    sizes = [len(each) for each in taken]
    rows = np.repeat(np.arange(game.background_rows), sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return rows, np.concatenate(taken), starts


def held_to(totals: FloatArray, values: FloatArray, game: Players, unions: Unions) -> FloatArray:
    """Sampled values (rows × inputs) moved to add up to the exact ``totals`` (rows × unions) of their unions.

    What is missing is spread evenly over a union's inputs that differ. Where values are unbiased for each input, so
    are those moved: what is missing is zero on average.
    """
    moved = values.copy()
    for column, members in enumerate(unions.members):
        places = list(members)
        differs = game.differs[:, places]
        size = np.maximum(differs.sum(axis=1), 1)
        missing = (totals[:, column] - values[:, places].sum(axis=1)) / size
        moved[:, places] += np.where(differs, missing[:, None], 0.0)
    return moved


def union_sums(values: FloatArray, unions: Unions) -> FloatArray:
    """Each union's sum over its inputs, the last axis of ``values``."""
    return np.stack([values[..., list(members)].sum(axis=-1) for members in unions.members], axis=-1)


def _sizes(game: Players, unions: Unions) -> IntArray:
    """How many inputs of each union differ, background rows × unions."""
    return union_sums(game.differs.astype(np.float64), unions).astype(np.int64)


def _membership(game: Players, unions: Unions) -> BoolArray:
    held = np.zeros((len(unions.members), len(game.names)), dtype=np.bool_)
    for place, members in enumerate(unions.members):
        held[place, list(members)] = True
    return held


def _joined(playing: list[BoolArray], width: int) -> BoolArray:
    """Every coalition of these unions (coalitions × inputs), the j-th being in where bit j is set."""
    held = np.array(playing, dtype=np.int64).reshape(len(playing), width)
    joined: BoolArray = all_coalitions(len(playing)).astype(np.int64) @ held > 0
    return joined


def _segments(game: Players, unions: Unions) -> Iterator[tuple[Segment, BoolArray]]:
    held, start = _membership(game, unions), 0
    for row, differs in enumerate(game.differs):
        playing = [union & differs for union in held if (union & differs).any()]
        for segment, taken in _of_row(row, playing, len(differs), start):
            start = segment.end
            yield segment, taken


def _of_row(row: int, playing: list[BoolArray], width: int, start: int) -> Iterator[tuple[Segment, BoolArray]]:
    alone = np.array([place for place, union in enumerate(playing) if union.sum() == 1], dtype=np.int64)
    if len(alone) or not playing:
        # Without players it is the background row alone, which the check of repeatability wants.
        inputs = np.array([np.flatnonzero(playing[place])[0] for place in alone], dtype=np.int64)
        segment = Segment(row, inputs, alone, len(playing), 0, start)
        start = segment.end
        yield segment, _joined(playing, width)
    for place, union in enumerate(playing):
        inputs = np.flatnonzero(union)
        if len(inputs) < 2:
            continue
        outside = _joined(playing[:place] + playing[place + 1 :], width)
        taken = np.repeat(outside, 2 ** len(inputs), axis=0)
        taken[:, inputs] = np.tile(all_coalitions(len(inputs)), (len(outside), 1))
        segment = Segment(row, inputs, np.arange(len(inputs)), len(inputs), len(playing) - 1, start)
        start = segment.end
        yield segment, taken


def _over_others(others: int) -> FloatArray:
    # How likely each set of the other unions comes before the open one in a random order of all.
    size = all_coalitions(others).sum(axis=1)
    chance = [math.factorial(h) * math.factorial(others - h) / math.factorial(others + 1) for h in range(others + 1)]
    found: FloatArray = np.array(chance)[size]
    return found
