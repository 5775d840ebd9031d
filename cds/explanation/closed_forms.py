"""Which method explains a model: its terms or trees where they are known and agree with it, coalitions elsewhere.

What a model tells of its inside is never taken on trust: on the patient and on every background row it must give the
model's own prediction, up to one constant, before a value is taken from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.model import Additive, OfTrees, RegisteredModel
from cds.core.prediction import RiskByHorizon
from cds.core.structure import Scale, Trees
from cds.explanation.games import Game, Played, games_of, play
from cds.explanation.interactions import strongest_pair
from cds.explanation.linear_values import linear_values, linear_values_by_row
from cds.explanation.outputs import Outputs, in_space, outputs_of
from cds.explanation.players import Players
from cds.explanation.tree_values import margins, tree_interactions, tree_values, tree_values_by_row
from cds.explanation.unions import Unions

LIMIT = 1e-6
LINEAR = "interventional SHAP values of the raw inputs, in closed form: the model is additive here"
TREES = "interventional SHAP values of the raw inputs, exact from the leaves of the model's trees"


@dataclass(frozen=True, eq=False)
class Solved:
    """One game's values, how they were found (empty: by coalitions), and why not by a closed form where one failed."""

    played: Played
    method: str = ""
    fallback: str = ""


@dataclass(frozen=True, eq=False)
class _Inside:
    """What a model tells of its inside: a sum per row and output, the values that follow, and the strongest pair's."""

    scale: Scale
    method: str
    sums: Callable[[pd.DataFrame], FloatArray]
    many: Callable[[pd.DataFrame, pd.DataFrame], FloatArray]
    by_row: Callable[[pd.DataFrame, pd.DataFrame], FloatArray]
    pairs: Callable[[pd.DataFrame, pd.DataFrame], FloatArray] | None = None


def solve(
    model: RegisteredModel,
    game: Players,
    own: Outputs,
    background: Outputs,
    *,
    seed: int,
    exact_rows: int,
    sampled_rows: int,
    unions: Unions | None = None,
) -> dict[Game, Solved]:
    """The values of every output in every space, each by the method that fits it.

    The scale on which a model is additive or a sum of trees takes its closed form; other spaces are played (see
    games.play). With ``unions`` every game is played: their values are Owen's.
    """
    inside, closed, fallback = (None, {}, "") if unions is not None else _read(model, game, own, background)
    keys = games_of(own)
    if all(key in closed for key in keys):
        return {key: Solved(_unplayed(model, game, own, background, closed), _told(inside)) for key in keys}
    played = play(
        model, game, own, background, seed=seed, exact_rows=exact_rows, sampled_rows=sampled_rows, unions=unions
    )
    return {key: _solved(key, played, closed, inside, fallback) for key in keys}


@dataclass(frozen=True, eq=False)
class ManyValues:
    """Closed-form values of many patients, shape (patients, inputs, outputs), on ``scale``.

    ``base`` (outputs) + Σ inputs is the model's own prediction on that scale, to within ``residual``.
    """

    scale: Scale
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    values: FloatArray
    base: FloatArray
    residual: float
    method: str


def closed_values(model: RegisteredModel, features: pd.DataFrame) -> ManyValues | NotEstimable:
    """SHAP values of many patients at once, on the scale on which the model is additive or a sum of trees.

    That is the log-odds of a logistic regression or of gradient boosting of two classes, the value of a linear
    regression or of regression trees, the probability of a forest, the linear predictor of a Cox regression.

    Returns NotEstimable without a background, for any other model, where a risk is 0 or 1, and where base + Σ values
    differs from a prediction by more than 1e-6.

    Raises:
        PredictionError: inputs that the card does not allow.
    """
    if model.background is None or model.background.empty:
        return NotEstimable("no background sample is registered with this model: nothing to compare patients with")
    inside = _inside(model)
    if inside is None:
        return NotEstimable("the model is neither additive nor a sum of trees on any scale that is printed")
    names, predicted, reference = _on_scale(model, features, model.background, inside.scale)
    values = inside.many(features, model.background)
    values = np.repeat(values, len(names), axis=2) if values.shape[2] == 1 else values
    base = reference.mean(axis=0)
    residual = float(np.abs(predicted - base - values.sum(axis=1)).max(initial=0.0))
    if not residual <= LIMIT:
        return NotEstimable("the model's terms or trees, as read, do not give the model's own predictions")
    inputs = tuple(feature.name for feature in model.card.inputs)
    return ManyValues(inside.scale, inputs, names, values, base, residual, inside.method)


def _on_scale(
    model: RegisteredModel, features: pd.DataFrame, background: pd.DataFrame, scale: Scale
) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Names of outputs and the model's own predictions on a scale, of patients and of the background."""
    both = [model.predict(features), model.predict(background)]
    if scale != "linear_predictor":
        outputs = [outputs_of(each) for each in both]
        shown = [in_space(each.values, scale) for each in outputs]
        return outputs[0].names, shown[0], shown[1]
    found = [each.linear_predictor for each in both if isinstance(each, RiskByHorizon)]
    one, other = (
        np.full((len(each), 1), np.nan) if lp is None else lp[:, None] for each, lp in zip(both, found, strict=True)
    )
    return ("linear predictor",), one, other


def _read(
    model: RegisteredModel, game: Players, own: Outputs, background: Outputs
) -> tuple[_Inside | None, dict[Game, _Closed], str]:
    try:
        inside = _inside(model)
        return inside, *_closed(inside, game, own, background)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # Another library's inside, of a version that lays it out differently; its message may quote a value.
        told = f"the model's terms or trees could not be read ({type(error).__name__}), so coalitions were evaluated"
        return None, {}, told


def _inside(model: RegisteredModel) -> _Inside | None:
    known = model.model
    if isinstance(known, Additive) and model.background is not None:
        first = known.additive_shares(model.background.iloc[[0]])
        if first is not None:
            return _additive(known, first.scale)
    trees = known.trees() if isinstance(known, OfTrees) else None
    return None if trees is None else _of_trees(trees)


def _additive(known: Additive, scale: Scale) -> _Inside:
    def shares(features: pd.DataFrame) -> FloatArray:
        found = known.additive_shares(features)
        return np.full((len(features), 1), np.nan) if found is None else found.values

    return _Inside(
        scale,
        LINEAR,
        lambda rows: shares(rows).sum(axis=1, keepdims=True),
        lambda rows, background: linear_values(shares(rows), shares(background))[:, :, None],
        lambda row, background: linear_values_by_row(shares(row), shares(background))[:, :, None],
    )


def _of_trees(trees: Trees) -> _Inside:
    return _Inside(
        trees.scale,
        TREES,
        lambda rows: margins(trees, rows),
        lambda rows, background: tree_values(trees, rows, background),
        lambda row, background: tree_values_by_row(trees, row, background),
        lambda row, background: tree_interactions(trees, row, background),
    )


@dataclass(frozen=True, eq=False)
class _Closed:
    by_row: FloatArray
    pair: tuple[int, int, float] | None


def _closed(
    inside: _Inside | None, game: Players, own: Outputs, background: Outputs
) -> tuple[dict[Game, _Closed], str]:
    """The games that the inside of the model solves; or why it does not, where it ought to."""
    if inside is None or inside.scale not in own.spaces:
        return {}, ""
    space = inside.scale
    predicted = in_space(np.vstack([own.values, background.values]), space)
    if not np.isfinite(predicted).all():
        return {}, "a risk of exactly 0 or 1 has no log-odds to compare the model's terms or trees with"
    apart = predicted - np.vstack([inside.sums(game.patient), inside.sums(game.background)])
    gap = float(np.ptp(apart, axis=0).max())
    if not gap <= LIMIT:
        return {}, (
            f"the model's terms or trees, as read, differ from its own predictions by up to {gap:.2g} ({space}), so "
            "coalitions of inputs were evaluated instead"
        )
    by_row = inside.by_row(game.patient, game.background)
    indices = inside.pairs(game.patient, game.background) if inside.pairs is not None else None
    found: dict[Game, _Closed] = {}
    for column, name in enumerate(own.names):
        place = column if by_row.shape[2] > 1 else 0
        pair = None if indices is None else strongest_pair(indices[:, :, place])
        index = None if pair is None or indices is None else (*pair, float(indices[(*pair, place)]))
        found[name, space] = _Closed(by_row[:, :, place], index)
    return found, ""


def _solved(key: Game, played: Played, closed: dict[Game, _Closed], inside: _Inside | None, fallback: str) -> Solved:
    if key not in closed:
        return Solved(played, fallback=fallback)
    return Solved(_without_coalitions(played, {key: closed[key]}, played.repeat), _told(inside))


def _told(inside: _Inside | None) -> str:
    return "" if inside is None else inside.method


def _unplayed(
    model: RegisteredModel, game: Players, own: Outputs, background: Outputs, closed: dict[Game, _Closed]
) -> Played:
    """Values without coalitions; the model is asked once more, so that one that answers differently is found out."""
    again = outputs_of(model.predict(pd.concat([game.background, game.patient], ignore_index=True))).values
    repeat = np.abs(again - np.vstack([background.values, own.values])).max(axis=0)
    return _without_coalitions(Played(True, {}, repeat, 0, len(again)), closed, repeat)


def _without_coalitions(played: Played, closed: dict[Game, _Closed], repeat: FloatArray) -> Played:
    return replace(
        played,
        exact=True,
        by_row={key: each.by_row for key, each in closed.items()},
        repeat=repeat,
        evaluated=0,
        predicted=len(next(iter(closed.values())).by_row) + 1,
        errors={},
        rounds=None,
        precise=True,
        pairs={key: each.pair for key, each in closed.items() if each.pair is not None},
    )
