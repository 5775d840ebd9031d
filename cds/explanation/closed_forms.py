"""Which method explains a model: its terms or trees where they are known and agree with it, coalitions elsewhere.

What a model tells of its inside is never taken on trust: on the patient, on every background row and on a sample of
their mixtures it must give the model's own prediction before a value is taken from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.explanation import Space
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.prediction import Prediction, RiskByHorizon
from cds.core.structure import Scale
from cds.explanation.coalitions import Evaluated, count_coalitions
from cds.explanation.games import Game, Played, enumerated, games_of, play
from cds.explanation.insides import LINEAR, TREES, Inside, Local, inside_of
from cds.explanation.interactions import strongest_pair
from cds.explanation.outputs import Outputs, in_space, outputs_of
from cds.explanation.players import Players, predict_mixed
from cds.explanation.unions import Unions

__all__ = ["LINEAR", "SUMMED", "TREES", "ManyValues", "Solved", "closed_values", "solve"]

LIMIT = 1e-6
SUMMED = (
    "interventional SHAP values of the raw inputs, exact by enumeration of coalitions that the model's terms or trees "
    "add up to"
)
# Mixtures of patient and background rows that the model predicts, beside what its inside says of them.
_SPOT = 64


@dataclass(frozen=True, eq=False)
class Solved:
    """One game's values, how they were found (empty: by coalitions), and why not by a closed form where one failed."""

    played: Played
    method: str = ""
    fallback: str = ""


@dataclass(frozen=True, eq=False)
class _Read:
    """What was read of a model for one patient: nothing, or an inside that agrees; ``fallback`` says what was wrong."""

    inside: Inside | None = None
    local: Local | None = None
    evaluated: Evaluated | None = None
    closed: Mapping[Game, FloatArray] = field(default_factory=dict)
    fallback: str = ""


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
    games.play), with coalitions summed from the terms or trees where those are enumerated. With ``unions`` every game
    is played: their values are Owen's.
    """
    asked = _Asked(model, game, own, background, enumerated(own, exact_rows), seed)
    read = _Read() if unions is not None else _read(asked)
    keys = games_of(own)
    if all(key in read.closed for key in keys):
        unplayed = _unplayed(model, game, own, background)
        return {key: _solved(key, unplayed, read) for key in keys}
    played = play(
        model, game, own, background,
        seed=seed, exact_rows=exact_rows, sampled_rows=sampled_rows, unions=unions, evaluated=read.evaluated,
    )  # fmt: skip
    return {key: _solved(key, played, read) for key in keys}


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
    inside = inside_of(model)
    if inside is None:
        return NotEstimable("the model is neither additive nor a sum of trees on any scale that is printed")
    names, predicted = _on_scale(model.predict(features), inside.scale)
    _, reference = _on_scale(model.predict(model.background), inside.scale)
    values = inside.many(features, model.background)
    values = np.repeat(values, len(names), axis=2) if values.shape[2] == 1 else values
    base = reference.mean(axis=0)
    residual = float(np.abs(predicted - base - values.sum(axis=1)).max(initial=0.0))
    if not residual <= LIMIT:
        return NotEstimable("the model's terms or trees, as read, do not give the model's own predictions")
    inputs = tuple(feature.name for feature in model.card.inputs)
    return ManyValues(inside.scale, inputs, names, values, base, residual, inside.method)


def _on_scale(prediction: Prediction, scale: Scale) -> tuple[tuple[str, ...], FloatArray]:
    """Names of outputs and a prediction on a scale, shape (rows, outputs)."""
    if scale != "linear_predictor":
        outputs = outputs_of(prediction)
        return outputs.names, in_space(outputs.values, scale)
    found = prediction.linear_predictor if isinstance(prediction, RiskByHorizon) else None
    missing = np.full(len(prediction), np.nan)
    return ("linear predictor",), (missing if found is None else found)[:, np.newaxis]


@dataclass(frozen=True, eq=False)
class _Asked:
    """One patient's question: players, predictions, how many coalitions may be enumerated, and the seed of checks."""

    model: RegisteredModel
    game: Players
    own: Outputs
    background: Outputs
    most: int
    seed: int


def _read(asked: _Asked) -> _Read:
    try:
        inside = inside_of(asked.model)
        if inside is None or inside.scale not in asked.own.spaces:
            return _Read()
        return _checked(asked, inside)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # Another library's inside, of a version that lays it out differently; its message may quote a value.
        told = f"the model's terms or trees could not be read ({type(error).__name__}), so coalitions were evaluated"
        return _Read(fallback=told)


def _checked(asked: _Asked, inside: Inside) -> _Read:
    game, own = asked.game, asked.own
    space: Space = "value" if inside.scale == "linear_predictor" else inside.scale
    predicted = in_space(np.vstack([own.values, asked.background.values]), space)
    if not np.isfinite(predicted).all():
        return _Read(fallback="a risk of exactly 0 or 1 has no log-odds to compare the model's terms or trees with")
    local = inside.local(game.patient, game.background)
    gap = float(np.ptp(predicted - local.sums, axis=0).max())
    if not gap <= LIMIT:
        return _Read(fallback=_differs(gap, space))
    evaluated = None
    if space in ("log_odds", "probability") and count_coalitions(game) <= asked.most:
        evaluated, gap = _summed(asked, local, space)
        if not gap <= LIMIT:
            return _Read(fallback=_differs(gap, "probability"))
    by_row = local.by_row()
    closed = {
        (name, space): by_row[:, :, column if by_row.shape[2] > 1 else 0] for column, name in enumerate(own.names)
    }
    return _Read(inside, local, evaluated, closed)


def _differs(gap: float, space: Space) -> str:
    return (
        f"the model's terms or trees, as read, differ from its own predictions by up to {gap:.2g} ({space}), so "
        "coalitions of inputs were evaluated instead"
    )


def _summed(asked: _Asked, local: Local, space: Space) -> tuple[Evaluated, float]:
    """Every coalition's outputs from the inside, and how far they are from the model's own on a sample of mixtures.

    The patient's and the background rows' own are predicted anew, so that a fickle model is found out.
    """
    game = asked.game
    sizes = 2 ** game.differs.sum(axis=1).astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    sums = local.coalitions(game.differs, starts, int(sizes.sum()))
    offset = (in_space(asked.background.values, space) - sums[starts]).mean(axis=0)
    outputs = _as_risk(sums + offset, space)
    ends = starts + sizes - 1
    spots = np.concatenate([starts, ends, np.random.default_rng(asked.seed).integers(0, len(outputs), _SPOT)])
    rows = np.searchsorted(starts, spots, side="right") - 1
    taken = np.zeros((len(spots), len(game.names)), dtype=np.bool_)
    for place, (row, spot) in enumerate(zip(rows, spots, strict=True)):
        differs = np.flatnonzero(game.differs[row])
        taken[place, differs] = (int(spot - starts[row]) >> np.arange(len(differs))) & 1
    predicted, count = predict_mixed(asked.model, game, rows, taken)
    gap = float(np.abs(outputs[spots] - predicted).max())
    outputs[spots] = predicted
    return Evaluated(outputs, starts, count), gap


def _as_risk(sums: FloatArray, space: Space) -> FloatArray:
    if space == "log_odds":
        from scipy.special import expit

        risk: FloatArray = expit(sums)
        return risk
    # A forest's risk of exactly 0 or 1 may be off by a rounding of its sum, and has no log-odds.
    near = np.round(sums)
    return np.where(np.abs(sums - near) < 1e-12, near, sums)


def _solved(key: Game, played: Played, read: _Read) -> Solved:
    if key not in read.closed or read.inside is None:
        return Solved(played, SUMMED if read.evaluated is not None else "", read.fallback)
    by_row, known = read.closed[key], played.pairs.get(key) if played.exact else None
    alone = replace(
        played,
        exact=True,
        by_row={key: by_row},
        evaluated=0,
        predicted=len(by_row) + 1,
        errors={},
        rounds=None,
        precise=True,
        pairs={} if (pair := known or _pair(read, key)) is None else {key: pair},
    )
    return Solved(alone, read.inside.method)


def _pair(read: _Read, key: Game) -> tuple[int, int, float] | None:
    """The pair that interacts most, where coalitions have not told; None where the model is additive."""
    if read.local is None or read.local.pairs is None:
        return None
    indices = read.local.pairs()
    place = list(read.closed).index(key) if indices.shape[2] > 1 else 0
    found = strongest_pair(indices[:, :, place])
    return None if found is None else (*found, float(indices[(*found, place)]))


def _unplayed(model: RegisteredModel, game: Players, own: Outputs, background: Outputs) -> Played:
    """No coalitions; the model is asked once more, so that one that answers differently is found out."""
    again = outputs_of(model.predict(pd.concat([game.background, game.patient], ignore_index=True))).values
    repeat = np.abs(again - np.vstack([background.values, own.values])).max(axis=0)
    return Played(True, {}, repeat, 0, len(again))
