"""Plays the Shapley games of one patient: every output in every space from one set of predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.explanation import Space
from cds.core.model import RegisteredModel
from cds.explanation.coalitions import count_coalitions, evaluate_coalitions, shapley_by_row
from cds.explanation.outputs import Outputs, in_space
from cds.explanation.permutations import Part, marginal_contributions, sample_round
from cds.explanation.players import Players

# Coalitions: 14 inputs that all differ from each of 100 background rows make 1.6 million.
EXACT_ROWS = 2_000_000
# Coalitions × outputs: with 18 horizons 12 inputs that all differ stay exact, and 80 MB hold what was predicted.
EXACT_CELLS = 10_000_000
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
    """

    exact: bool
    by_row: Mapping[Game, FloatArray | None]
    repeat: FloatArray
    evaluated: int
    predicted: int
    errors: Mapping[Game, FloatArray] = field(default_factory=dict)
    rounds: int | None = None
    precise: bool = True


def play(
    model: RegisteredModel,
    game: Players,
    own: Outputs,
    background: Outputs,
    *,
    seed: int,
    exact_rows: int,
    sampled_rows: int,
) -> Played:
    """The Shapley values of every output in every space; exact where ``exact_rows`` coalitions suffice.

    With more than five outputs fewer coalitions are enumerated, so that what they predict fits in memory.
    """
    from threadpoolctl import threadpool_limits

    # One thread: many small predictions gain little from more, and on a busy machine lose a factor of five.
    with threadpool_limits(1):
        if count_coalitions(game) <= min(exact_rows, EXACT_CELLS // len(own.names)):
            return _exact(model, game, own, background)
        return _sampled(model, game, own, background, seed=seed, cap=sampled_rows)


def games_of(outputs: Outputs) -> list[Game]:
    """Every output in every space."""
    return [(name, space) for name in outputs.names for space in outputs.spaces]


def _exact(model: RegisteredModel, game: Players, own: Outputs, background: Outputs) -> Played:
    evaluated = evaluate_coalitions(model, game)
    by_row: dict[Game, FloatArray | None] = {}
    for name, space in games_of(own):
        payoff = in_space(evaluated.outputs[:, own.names.index(name)], space)
        finite = bool(np.isfinite(payoff).all())
        by_row[name, space] = shapley_by_row(game, payoff, evaluated.starts) if finite else None
    empty = evaluated.outputs[evaluated.starts]
    full = evaluated.outputs[[*(evaluated.starts[1:] - 1), -1]]
    repeat = _repeat(empty, full, own, background)
    return Played(True, by_row, repeat, len(evaluated.outputs), evaluated.predicted)


def _sampled(
    model: RegisteredModel, game: Players, own: Outputs, background: Outputs, *, seed: int, cap: int
) -> Played:
    rng = np.random.default_rng(seed)
    tally = _Tally(game, own, background)
    while True:
        before = tally.predicted
        tally.add_round(sample_round(model, game, rng))
        precise = tally.precise()
        if (precise and tally.rounds >= FEWEST_ROUNDS) or (tally.rounds >= 2 and 2 * tally.predicted - before > cap):
            return tally.played(precise)


class _Tally:
    """Running sums over the rounds of sampling, by output and space; games with infinite payoffs drop out."""

    def __init__(self, game: Players, own: Outputs, background: Outputs) -> None:
        self.game, self.own, self.background = game, own, background
        self.sums = {key: np.zeros(game.differs.shape) for key in games_of(own)}
        self.means: dict[Game, list[FloatArray]] = {key: [] for key in self.sums}
        self.repeat = np.zeros(len(own.names))
        self.rounds = self.evaluated = self.predicted = 0

    def add_round(self, parts: Iterable[Part]) -> None:
        before = {key: total.mean(axis=0) for key, total in self.sums.items()}
        for part in parts:
            self._check_ends(part)
            self.evaluated, self.predicted = self.evaluated + len(part.rows), self.predicted + part.predicted
            for name, space in list(self.sums):
                payoff = in_space(part.outputs[:, self.own.names.index(name)], space)
                if np.isfinite(payoff).all():
                    self.sums[name, space] += marginal_contributions(payoff, part, self.game.differs.shape)
                else:
                    del self.sums[name, space]
        for key, total in self.sums.items():
            self.means[key].append(total.mean(axis=0) - before[key])
        self.rounds += 1

    def _check_ends(self, part: Part) -> None:
        full, empty = (part.taken == self.game.differs[part.rows]).all(axis=1), ~part.taken.any(axis=1)
        background = Outputs(self.own.names, self.background.values[part.rows[empty]], self.own.probability)
        found = _repeat(part.outputs[empty], part.outputs[full], self.own, background)
        self.repeat = np.maximum(self.repeat, found)

    def error(self, key: Game) -> FloatArray:
        # Rounds are independent and alike: the standard error of their mean.
        spread: FloatArray = np.std(self.means[key], axis=0, ddof=1) / np.sqrt(self.rounds)
        return spread

    def precise(self) -> bool:
        if self.rounds < 2:
            return False
        return all(self.error(key).max() <= _tolerance(key, self.own, self.background) for key in self.sums)

    def played(self, precise: bool) -> Played:
        by_row = {key: self.sums[key] / self.rounds if key in self.sums else None for key in games_of(self.own)}
        errors = {key: self.error(key) for key in self.sums}
        return Played(False, by_row, self.repeat, self.evaluated, self.predicted, errors, self.rounds, precise)


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
