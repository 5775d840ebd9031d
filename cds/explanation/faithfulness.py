"""Whether taking inputs away in the explanation's order moves the estimate more than in random orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.explanation import Check, Explanation
from cds.core.model import RegisteredModel
from cds.explanation.games import Game
from cds.explanation.outputs import Outputs, in_space
from cds.explanation.players import Players, predict_mixed
from cds.explanation.units import fewer_rows, grid, unit_values, units_of

NAME = "faithfulness"
RANDOM_ORDERS = 50
PREDICTIONS = 20_000
FEWEST_ROWS, MOST_ROWS = 5, 100
# Deletions along a curve: with more units several go at a time.
MOST_STEPS = 40


def faithfulness(
    model: RegisteredModel,
    game: Players,
    own: Outputs,
    background: Outputs,
    explanations: Mapping[Game, Explanation],
    *,
    seed: int,
    orders: int = RANDOM_ORDERS,
) -> dict[Game, Check]:
    """The share of random orders that the explanation's order of deletion matches or beats, for each explanation.

    D(π) = mean over k of v(N) − v(N without the first k of π) is the area above the deletion curve, v(S) the mean
    prediction with the inputs outside S taken from background rows. Deleting from the contribution that raises most
    to the one that lowers most should make the estimate fall fastest, the reverse order make it rise fastest: judged
    is the area between the two curves, half of D(π) − D(reverse of π), which random orders have a mean of zero for.
    So a patient whose estimate lies at the background's mean, where raising and lowering inputs balance, is judged by
    the same rule. ``orders`` seeded random orders and their reverses are compared; equal contributions are deleted in
    the card's order both ways, so that an explanation that tells inputs nothing apart has no area at all.

    Not informative where no order moves the estimate by as much as a page prints, or where there is one input.

    Source: deletion curves: Petsiuk, Das & Saenko 2018, arXiv:1806.07421; Samek et al. 2017,
    doi:10.1109/TNNLS.2016.2599820.
    """
    limit = model.card.explanation.limits.faithfulness
    units = units_of(next(iter(explanations.values())), game.names)
    count = len(units.columns)
    if count < 2:
        return {key: Check(NAME, None, limit, None, "single_input") for key in explanations}
    rng = np.random.default_rng([seed, 2])
    random = np.array([rng.permutation(count) for _ in range(orders)])
    shown = {key: unit_values(each, game.names) for key, each in explanations.items()}
    tried = [random, random[:, ::-1]]
    for values in shown.values():
        tried += [np.argsort(-values, kind="stable")[None], np.argsort(values, kind="stable")[None]]
    kept = _kept(np.concatenate(tried))
    most = PREDICTIONS // len(kept[0])
    chosen = fewer_rows(game, int(np.clip(most, FEWEST_ROWS, MOST_ROWS)), rng)
    outputs = _mean_payoffs(model, game, units.taken(kept[0]), chosen)
    found: dict[Game, Check] = {}
    for place, (key, values) in enumerate(shown.items()):
        name, space = key
        payoff = in_space(outputs[..., own.names.index(name)], space)
        if not np.isfinite(payoff).all():
            found[key] = Check(NAME, None, limit, None, "infinite")
            continue
        # Coalitions × rows to the mean payoff of each, then to the curve of each order (orders × deletions).
        curves = payoff.mean(axis=1)[kept[1]]
        areas = (curves[:, :1] - curves).mean(axis=1)
        between = (areas[:orders] - areas[orders : 2 * orders]) / 2
        mine = float(areas[2 * orders + 2 * place] - areas[2 * orders + 2 * place + 1]) / 2
        step = grid(space, background, own, name)
        found[key] = _check(mine, between, bool(np.ptp(values) > 0), step=step, limit=limit, rows=len(chosen))
    return found


def _kept(orders: IntArray) -> tuple[BoolArray, IntArray]:
    """The distinct coalitions left by deleting along the orders (coalitions × units), and each curve's places in them.

    The places are orders × steps: first nothing, last everything is deleted, in between one unit more at each step, or
    several where there are more units than steps.
    """
    count = orders.shape[1]
    place = np.argsort(orders, axis=1)
    deleted = np.rint(np.linspace(0, count, min(count, MOST_STEPS) + 1)).astype(np.int64)
    left = place[:, None, :] >= deleted[None, :, None]
    packed = np.packbits(left, axis=2).reshape(-1, (count + 7) // 8)
    _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    distinct = left.reshape(-1, count)[first]
    return distinct, inverse.reshape(len(orders), len(deleted))


def _mean_payoffs(model: RegisteredModel, game: Players, taken: BoolArray, chosen: IntArray) -> FloatArray:
    """The outputs of every coalition with each chosen background row (coalitions × rows × outputs)."""
    rows = np.tile(chosen, len(taken))
    outputs, _ = predict_mixed(model, game, rows, np.repeat(taken, len(chosen), axis=0))
    return outputs.reshape(len(taken), len(chosen), -1)


def _check(mine: float, between: FloatArray, told: bool, *, step: float, limit: float, rows: int) -> Check:
    largest = float(np.abs(between).max(initial=0.0))
    details: dict[str, Any] = {
        "random_orders": 2 * len(between),
        "background_rows": rows,
        "area": mine,
        "largest_random_area": largest,
    }
    moves = max(largest, abs(mine)) >= step / 2 > 0
    # Where every order does the same and the explanation says so, there is nothing to tell.
    if not moves or (not told and np.ptp(between) <= 1e-9 * largest):
        return Check(NAME, None, limit, None, "nothing_moves", details)
    # An order and its reverse have opposite areas: both are random orders.
    areas = np.concatenate([between, -between])
    value = float(np.mean(areas <= mine + 1e-9 * max(largest, abs(mine))))
    return Check(NAME, value, limit, value >= limit, "", details)
