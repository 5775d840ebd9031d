"""Whether an explanation stays the same when the patient's numbers move within their measurement error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.explanation import Check, Explanation
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.explanation.games import Game
from cds.explanation.outputs import Outputs, in_space, outputs_of
from cds.explanation.players import CELLS_PER_BATCH, Players
from cds.explanation.units import Units, fewer_rows, grid, unit_values, units_of
from cds.stats.inputs import prepare_inputs

NAME = "stability"
REPEATS = 20
STRONGEST = 5
# Predictions: 20 repeats of 13 inputs have 34 background rows each.
PREDICTIONS = 20_000
FEWEST_ROWS, MOST_ROWS = 5, 100


@dataclass(frozen=True, eq=False)
class _Walks:
    """Walks from ``rows`` (background) to the patient: units in ``orders`` (walks × units), ``taken`` at each step."""

    rows: IntArray
    orders: IntArray
    taken: BoolArray


def stability(
    model: RegisteredModel,
    game: Players,
    own: Outputs,
    background: Outputs,
    explanations: Mapping[Game, Explanation],
    *,
    seed: int,
    repeats: int = REPEATS,
) -> dict[Game, Check]:
    """The mean rank correlation of the strongest contributions under measurement error, for each explanation.

    Each of ``repeats`` seeded copies of the patient has every number with a declared ``measurement_error`` moved by a
    normal error of that standard deviation, kept inside the card's range, whole for an integer. Patient and copies are
    explained anew by the same sampled orders and background rows (as many rows as fit 20,000 predictions, drawn once),
    so that what they differ by is the error alone. Compared are the five strongest contributions, with their signs, in
    steps as printed: Spearman's ρ, its mean over copies against the card's limit. ``details`` also has how often the
    strongest stays the strongest.

    Not run where the card states no measurement error, where none of those inputs is recorded, where log-odds are
    infinite; not informative where fewer than two contributions differ as printed.

    Source: Alvarez-Melis & Jaakkola 2018, arXiv:1806.08049.
    """
    limit = model.card.explanation.limits.stability
    rng = np.random.default_rng([seed, 1])
    moved = _moved(model.card, game.patient, rng, repeats)
    if isinstance(moved, str):
        return {key: Check(NAME, None, limit, None, moved) for key in explanations}
    found: dict[Game, Check] = {}
    first = next(iter(explanations.values()))
    units = units_of(first, game.names)
    walks = _walks(game, units, rng, repeats)
    outputs = _predicted(model, game, walks, moved)
    for (name, space), explanation in explanations.items():
        payoff = in_space(outputs[..., own.names.index(name)], space)
        if not np.isfinite(payoff).all():
            found[name, space] = Check(NAME, None, limit, None, "infinite")
            continue
        shown = unit_values(explanation, game.names)
        step = grid(space, background, own, name)
        found[name, space] = _check(shown, _contributions(payoff, walks), step, limit, len(np.unique(walks.rows)))
    return found


def _moved(card: ModelCard, patient: pd.DataFrame, rng: np.random.Generator, repeats: int) -> pd.DataFrame | str:
    """The patient and, below, the copies; or the code of why there are none."""
    numeric = [f for f in card.inputs if f.measurement_error and f.type in ("number", "integer")]
    if not numeric:
        return "no_measurement_error"
    recorded = [f for f in numeric if patient[f.name].notna().iloc[0]]
    if not recorded:
        return "none_recorded"
    copies = pd.concat([patient] * (repeats + 1), ignore_index=True)
    for feature in recorded:
        value = float(patient[feature.name].iloc[0])
        moved = value + float(feature.measurement_error or 0) * rng.standard_normal(repeats)
        low, high = feature.range or (-np.inf, np.inf)
        # A value that is itself outside may stay where it is.
        moved = np.clip(moved, min(low, value), max(high, value))
        if feature.type == "integer":
            moved = np.rint(moved)
        copies[feature.name] = np.concatenate([[value], moved])
    return prepare_inputs(card, copies.astype(object))


def _walks(game: Players, units: Units, rng: np.random.Generator, repeats: int) -> _Walks:
    count = len(units.columns)
    most = PREDICTIONS // (2 * (repeats + 1) * (count + 1))
    chosen = fewer_rows(game, int(np.clip(most, FEWEST_ROWS, MOST_ROWS)), rng)
    orders = np.array([rng.permutation(count) for _ in chosen])
    orders = np.concatenate([orders, orders[:, ::-1]])
    place = np.argsort(orders, axis=1)
    steps = place[:, None, :] < np.arange(count + 1)[None, :, None]
    return _Walks(np.concatenate([chosen, chosen]), orders, units.taken(steps))


def _predicted(model: RegisteredModel, game: Players, walks: _Walks, moved: pd.DataFrame) -> FloatArray:
    """The outputs of every copy at each step of each walk (copies × walks × steps × outputs)."""
    steps = walks.taken.shape[1]
    taken = walks.taken.reshape(-1, len(game.names))
    frame = prepare_inputs(model.card, pd.concat([game.background.astype(object), moved.astype(object)]))
    rows = np.repeat(walks.rows, steps)
    per_batch = max(1, CELLS_PER_BATCH // max(taken.size, 1))
    parts = []
    for start in range(0, len(moved), per_batch):
        copies = np.arange(start, min(start + per_batch, len(moved)))[:, None]
        columns = {
            name: frame[name].array.take(
                np.where(taken[:, place], game.background_rows + copies, rows[None, :]).reshape(-1)
            )
            for place, name in enumerate(game.names)
        }
        parts.append(outputs_of(model.predict(pd.DataFrame(columns))).values)
    return np.concatenate(parts).reshape(len(moved), len(walks.rows), steps, -1)


def _contributions(payoff: FloatArray, walks: _Walks) -> FloatArray:
    """Each copy's contribution of each unit (copies × units): the mean over walks of what its step adds."""
    values = np.zeros((len(payoff), walks.orders.shape[1]))
    added = np.diff(payoff, axis=2)
    for walk, order in enumerate(walks.orders):
        values[:, order] += added[:, walk]
    return values / len(walks.orders)


def _check(shown: FloatArray, found: FloatArray, step: float, limit: float, rows: int) -> Check:
    from scipy.stats import rankdata

    details = {"repeats": len(found) - 1, "background_rows": rows, "distribution": "normal"}
    strongest = np.argsort(-np.abs(shown), kind="stable")[:STRONGEST]
    if step <= 0:
        return Check(NAME, None, limit, None, "nothing_to_rank", details)
    printed = np.rint(found[:, strongest] / step)
    if np.ptp(printed[0]) == 0:
        return Check(NAME, None, limit, None, "nothing_to_rank", details)
    ranks = rankdata(printed, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    norms = np.sqrt((ranks**2).sum(axis=1))
    # A copy in which all are alike has no order: it counts as unrelated to the patient's.
    together = (ranks[1:] @ ranks[0]) / np.where(norms[1:] > 0, norms[1:] * norms[0], 1.0)
    sizes = np.abs(np.rint(found / step))
    kept = sizes[1:, int(np.argmax(np.abs(found[0])))] >= sizes[1:].max(axis=1)
    value = float(np.mean(together))
    details |= {"compared": len(strongest), "top_kept": float(np.mean(kept))}
    return Check(NAME, value, limit, value >= limit, "", details)
