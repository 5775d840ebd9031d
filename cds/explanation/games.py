"""Plays the Shapley games of one patient: every output in every space from one set of predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.explanation import Space
from cds.core.model import RegisteredModel
from cds.explanation.coalitions import Evaluated, count_coalitions, evaluate_coalitions, shapley_by_row
from cds.explanation.interactions import interaction_indices, strongest_pair
from cds.explanation.outputs import Outputs, in_space
from cds.explanation.owen_values import (
    count_owen_coalitions,
    count_union_coalitions,
    held_to,
    open_unions,
    owen_by_row,
    union_coalitions,
    union_sums,
    union_values_by_row,
)
from cds.explanation.permutations import Part, marginal_contributions, sample_round
from cds.explanation.players import Players, predict_mixed
from cds.explanation.unions import Unions

# Coalitions: 14 inputs that all differ from each of 100 background rows make 1.6 million.
EXACT_ROWS = 2_000_000
# Coalitions × outputs: with 18 horizons 12 inputs that all differ stay exact, and 80 MB hold what was predicted.
EXACT_CELLS = 10_000_000
# Coalitions × inputs of Owen values, of which there may be many: at most as much memory as by coalitions of inputs.
EXACT_MEMBERS = 40_000_000
# Predictions at most where the values are sampled.
SAMPLED_ROWS = 400_000
# Monte Carlo standard error, in probability and log-odds: half of a printed percentage point.
TOLERANCE = 0.005
FEWEST_ROUNDS = 10

Game = tuple[str, Space]


@dataclass(frozen=True, eq=False)
class Played:
    """What the games gave.

    ``by_row`` holds, per output and space, the values against each background row (rows × inputs), or None
    where a payoff was infinite; ``errors`` their Monte Carlo standard errors (empty for exact values);
    ``repeat`` the largest difference per output between predictions of the same inputs in separate calls.
    ``union_errors`` are the errors of unions' sums, empty where those are exact. ``tolerances`` are what errors may
    be for a value to be printed. ``pairs`` holds the positions of the inputs that interact most and their index.
    """

    exact: bool
    by_row: Mapping[Game, FloatArray | None]
    repeat: FloatArray
    evaluated: int
    predicted: int
    errors: Mapping[Game, FloatArray] = field(default_factory=dict)
    rounds: int | None = None
    precise: bool = True
    union_errors: Mapping[Game, FloatArray] = field(default_factory=dict)
    tolerances: Mapping[Game, float] = field(default_factory=dict)
    pairs: Mapping[Game, tuple[int, int, float]] = field(default_factory=dict)


def play(
    model: RegisteredModel,
    game: Players,
    own: Outputs,
    background: Outputs,
    *,
    seed: int,
    exact_rows: int,
    sampled_rows: int,
    unions: Unions | None = None,
    evaluated: Evaluated | None = None,
) -> Played:
    """The Shapley values of every output in every space; exact where ``exact_rows`` coalitions suffice.

    With ``unions`` they are Owen values; where only the game of unions can be enumerated, the unions' values are
    exact and those inside them sampled. With more than five outputs fewer coalitions are enumerated, so that what
    they predict fits in memory. ``evaluated`` are every coalition's outputs, where they are known.
    """
    from threadpoolctl import threadpool_limits

    # One thread: many small predictions gain little from more, and on a busy machine lose a factor of five.
    with threadpool_limits(1):
        if unions is not None and all(len(members) == 1 for members in unions.members):
            unions = None  # the same values, and fewer coalitions
        most = enumerated(own, exact_rows)
        if unions is not None:
            most = min(most, EXACT_MEMBERS // len(game.names))
        if unions is not None and count_owen_coalitions(game, unions) <= most:
            return _exact_owen(model, game, own, background, unions)
        if unions is None and count_coalitions(game) <= most:
            return _exact(game, own, background, evaluated or evaluate_coalitions(model, game))
        tally = _Tally(game, own, background, unions)
        if unions is not None and count_union_coalitions(game, unions) <= most:
            tally.hold_to_unions(model, unions)
        return _sampled(model, tally, seed=seed, cap=sampled_rows)


def enumerated(own: Outputs, exact_rows: int) -> int:
    """How many coalitions are enumerated at most: with more than five outputs fewer, so that they fit in memory."""
    return min(exact_rows, EXACT_CELLS // len(own.names))


def games_of(outputs: Outputs) -> list[Game]:
    """Every output in every space."""
    return [(name, space) for name in outputs.names for space in outputs.spaces]


def _exact(game: Players, own: Outputs, background: Outputs, evaluated: Evaluated) -> Played:
    by_row: dict[Game, FloatArray | None] = dict.fromkeys(games_of(own))
    pairs: dict[Game, tuple[int, int, float]] = {}
    for key, payoff in _payoffs(evaluated.outputs, own):
        by_row[key] = shapley_by_row(game, payoff, evaluated.starts)
        indices = interaction_indices(game, payoff, evaluated.starts)
        if (pair := strongest_pair(indices)) is not None:
            pairs[key] = (*pair, float(indices[pair]))
    empty = evaluated.outputs[evaluated.starts]
    full = evaluated.outputs[[*(evaluated.starts[1:] - 1), -1]]
    repeat = _repeat(empty, full, own, background)
    return Played(True, by_row, repeat, len(evaluated.outputs), evaluated.predicted, pairs=pairs)


def _exact_owen(model: RegisteredModel, game: Players, own: Outputs, background: Outputs, unions: Unions) -> Played:
    opened = open_unions(model, game, unions)
    by_row: dict[Game, FloatArray | None] = dict.fromkeys(games_of(own))
    for key, payoff in _payoffs(opened.outputs, own):
        by_row[key] = owen_by_row(game, payoff, opened.segments)
    # Every segment of a row starts with nothing taken and ends with everything: any of them tells.
    ends = {segment.row: segment for segment in opened.segments}
    empty = opened.outputs[[ends[row].start for row in range(game.background_rows)]]
    full = opened.outputs[[ends[row].end - 1 for row in range(game.background_rows)]]
    return Played(True, by_row, _repeat(empty, full, own, background), len(opened.outputs), opened.predicted)


def _payoffs(outputs: FloatArray, own: Outputs) -> Iterator[tuple[Game, FloatArray]]:
    """The payoffs of every game; those that are not finite are left out."""
    for name, space in games_of(own):
        payoff = in_space(outputs[:, own.names.index(name)], space)
        if np.isfinite(payoff).all():
            yield (name, space), payoff


def _sampled(model: RegisteredModel, tally: _Tally, *, seed: int, cap: int) -> Played:
    rng = np.random.default_rng(seed)
    while True:
        before = tally.predicted
        tally.add_round(sample_round(model, tally.game, rng, tally.unions))
        precise = tally.precise()
        if (precise and tally.rounds >= FEWEST_ROUNDS) or (tally.rounds >= 2 and 2 * tally.predicted - before > cap):
            return tally.played(precise)


class _Tally:
    """Running sums over the rounds of sampling, by output and space; games with infinite payoffs drop out.

    ``totals`` are the unions' exact values (rows × unions), where known: each round is held to them.
    """

    def __init__(self, game: Players, own: Outputs, background: Outputs, unions: Unions | None) -> None:
        self.game, self.own, self.background, self.unions = game, own, background, unions
        self.totals: Mapping[Game, FloatArray] | None = None
        self.ahead = (0, 0)  # coalitions and predictions that the totals took
        self.sums = {key: np.zeros(game.differs.shape) for key in games_of(own)}
        self.means: dict[Game, list[FloatArray]] = {key: [] for key in self.sums}
        self.repeat = np.zeros(len(own.names))
        self.rounds = self.evaluated = self.predicted = 0

    def add_round(self, parts: Iterable[Part]) -> None:
        before = {key: total.copy() for key, total in self.sums.items()}
        for part in parts:
            self._check_ends(part)
            self.evaluated, self.predicted = self.evaluated + len(part.rows), self.predicted + part.predicted
            for name, space in list(self.sums):
                payoff = in_space(part.outputs[:, self.own.names.index(name)], space)
                if np.isfinite(payoff).all():
                    self.sums[name, space] += marginal_contributions(payoff, part, self.game.differs.shape)
                else:
                    del self.sums[name, space]
        for key in self.sums:
            found = self._held(key, self.sums[key] - before[key])
            self.sums[key] = before[key] + found
            self.means[key].append(found.mean(axis=0))
        self.rounds += 1

    def hold_to_unions(self, model: RegisteredModel, unions: Unions) -> None:
        rows, taken, starts = union_coalitions(self.game, unions)
        outputs, predicted = predict_mixed(model, self.game, rows, taken)
        self.ahead = (len(rows), predicted)
        self.totals = {
            key: union_values_by_row(self.game, unions, payoff, starts) for key, payoff in _payoffs(outputs, self.own)
        }

    def _held(self, key: Game, found: FloatArray) -> FloatArray:
        if self.unions is None or self.totals is None or key not in self.totals:
            return found
        return held_to(self.totals[key], found, self.game, self.unions)

    def _check_ends(self, part: Part) -> None:
        full, empty = (part.taken == self.game.differs[part.rows]).all(axis=1), ~part.taken.any(axis=1)
        background = Outputs(self.own.names, self.background.values[part.rows[empty]], self.own.probability)
        found = _repeat(part.outputs[empty], part.outputs[full], self.own, background)
        self.repeat = np.maximum(self.repeat, found)

    def error(self, key: Game) -> FloatArray:
        # Rounds are independent and alike: the standard error of their mean.
        spread: FloatArray = np.std(self.means[key], axis=0, ddof=1) / np.sqrt(self.rounds)
        return spread

    def union_error(self, key: Game) -> FloatArray:
        if self.unions is None or (self.totals is not None and key in self.totals):
            return np.zeros(0)
        spread: FloatArray = np.std(union_sums(np.array(self.means[key]), self.unions), axis=0, ddof=1)
        error: FloatArray = spread / np.sqrt(self.rounds)
        return error

    def precise(self) -> bool:
        if self.rounds < 2:
            return False
        return all(
            max(self.error(key).max(initial=0), self.union_error(key).max(initial=0))
            <= _tolerance(key, self.own, self.background)
            for key in self.sums
        )

    def played(self, precise: bool) -> Played:
        by_row = {key: self.sums[key] / self.rounds if key in self.sums else None for key in games_of(self.own)}
        errors = {key: self.error(key) for key in self.sums}
        tolerances = {key: _tolerance(key, self.own, self.background) for key in self.sums}
        unions = {key: error for key in self.sums if len(error := self.union_error(key))}
        evaluated, predicted = self.evaluated + self.ahead[0], self.predicted + self.ahead[1]
        return Played(
            False, by_row, self.repeat, evaluated, predicted, errors, self.rounds, precise, unions, tolerances
        )


def _tolerance(key: Game, own: Outputs, background: Outputs) -> float:
    if key[1] != "value":
        return TOLERANCE
    column = own.names.index(key[0])
    seen = np.append(background.values[:, column], own.values[0, column])
    return TOLERANCE * float(np.ptp(seen))


def _repeat(empty: FloatArray, full: FloatArray, own: Outputs, background: Outputs) -> FloatArray:
    gaps = np.vstack([np.abs(empty - background.values), np.abs(full - own.values[0])])
    largest: FloatArray = gaps.max(axis=0)
    return largest
