"""SHAP values of the raw inputs through the whole pipeline, in the space shown.

The model is called through ``predict`` alone, so a column that a pipeline encodes is one player, and what is
checked is the model that gives the estimate. Interventional values: inputs outside a coalition come from one
registered background row at a time. Sampling never touches NumPy's global random state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, nearest
from cds.core.explanation import Explanation, Space
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.explanation.checks import additivity, repeatability
from cds.explanation.closed_forms import Solved, solve
from cds.explanation.examine import examined
from cds.explanation.games import EXACT_ROWS, SAMPLED_ROWS, Game, games_of
from cds.explanation.outputs import Outputs, in_space, outputs_of
from cds.explanation.particulars import imprecise, particulars, related
from cds.explanation.players import Players, players
from cds.explanation.unions import Unions, together

_RESAMPLES = 200

Explained = Explanation | NotEstimable


def explain_output(
    model: RegisteredModel, row: pd.DataFrame, *, space: Space, seed: int = 1, output: str | None = None
) -> Explained:
    """SHAP values of one output of one patient in one space; explain_outputs gives all of them at once.

    ``output`` may be left out where the model has a single output.

    Raises:
        DataError: an unknown or missing output, or a space that the output does not have.
        PredictionError: inputs that the card does not allow.
    """
    explained = explain_spaces(model, row, seed=seed, output=output)
    if space not in explained:
        raise DataError(f"the model's output has no space {space!r}", do=f"It has: {', '.join(explained)}")
    return explained[space]


def explain_spaces(
    model: RegisteredModel, row: pd.DataFrame, *, seed: int = 1, output: str | None = None
) -> dict[Space, Explained]:
    """SHAP values of one output of one patient in each of its spaces, from one set of predictions."""
    explained = explain_outputs(model, row, seed=seed)
    names = list(dict.fromkeys(name for name, _ in explained))
    if output is None and len(names) > 1:
        raise DataError("the model has several outputs", do=f"Choose one: {', '.join(names)}")
    if output is not None and output not in names:
        raise DataError(f"the model has no output {output!r}", do=nearest(output, names))
    return {space: found for (name, space), found in explained.items() if name == (output or names[0])}


def explain_outputs(
    model: RegisteredModel,
    row: pd.DataFrame,
    *,
    seed: int = 1,
    exact_rows: int = EXACT_ROWS,
    sampled_rows: int = SAMPLED_ROWS,
) -> dict[Game, Explained]:
    """SHAP values of every output (event, class, horizon) in every space (probability, log-odds or value).

    φ_i = mean over background rows z of the Shapley value of v(S) = f(x_S, z_rest), f in the space shown:
    the mean of log-odds, not the log-odds of the mean. Exact in closed form on the scale on which the model is
    additive or a sum of trees (see closed_forms), and in other spaces by enumeration, where that needs at most
    ``exact_rows`` coalitions (13 inputs against 100 rows need 819,200). Beyond, sampled with random orders
    and their reverses until every Monte Carlo standard error is at most 0.005 (of a value: of its range), or
    until ``sampled_rows`` predictions were made; ``details["precise"]`` tells which.
    Where the card's ``[explanation]`` makes domains or clusters players, they are Owen values.
    ``details["background_se"]`` is the standard error that the choice of background rows alone gives.

    ``row`` is one row of raw inputs; missing inputs pass through to the model unchanged.

    Returns NotEstimable without a background, without declared inputs, and for log-odds where a risk is 0 or
    1.

    Raises:
        DataError: not one row.
        PredictionError: inputs that the card or the model does not allow.

    Source: Lundberg & Lee 2017, NeurIPS 30; Strumbelj & Kononenko 2014, doi:10.1007/s10115-013-0679-x.
    """
    from threadpoolctl import threadpool_limits

    if len(row) != 1:
        raise DataError(f"an explanation is of one patient: give one row of raw inputs, got {len(row)}")
    # One thread: many small predictions gain little from more, and on a busy machine lose a factor of five or more.
    with threadpool_limits(1):
        return _explained(model, row, seed=seed, exact_rows=exact_rows, sampled_rows=sampled_rows)


def _explained(
    model: RegisteredModel, row: pd.DataFrame, *, seed: int, exact_rows: int, sampled_rows: int
) -> dict[Game, Explained]:
    own = outputs_of(model.predict(row))
    reason = _cannot(model)
    if reason or model.background is None:
        return dict.fromkeys(games_of(own), NotEstimable(reason))
    game = players(model.card, model.background, row)
    # Predicted apart from the coalitions, so that a model that answers differently each time is found out.
    background = outputs_of(model.predict(model.background))
    unions = together(model).unions
    caps = {"exact_rows": exact_rows, "sampled_rows": sampled_rows}
    solved = solve(model, game, own, background, seed=seed, unions=unions, **caps)
    patient = _Patient(model, game, own, background, solved, seed, unions)
    found = {key: _explanation(patient, key) for key in games_of(own)}
    return examined(model, game, own, background, found, seed=seed)


@dataclass(frozen=True, eq=False)
class _Patient:
    """What was predicted for one patient."""

    model: RegisteredModel
    game: Players
    own: Outputs
    background: Outputs
    solved: Mapping[Game, Solved]
    seed: int
    unions: Unions | None


def _cannot(model: RegisteredModel) -> str:
    if model.background is None or model.background.empty:
        return "no background sample is registered with this model: nothing to compare the patient with"
    if not model.card.inputs:
        return "the model's card declares no inputs"
    return ""


def _explanation(patient: _Patient, key: Game) -> Explained:
    (output, space), played, own = key, patient.solved[key].played, patient.own
    by_row, column = played.by_row[key], own.names.index(output)
    prediction = float(in_space(own.values[:, column], space)[0])
    if not np.isfinite(prediction):
        return NotEstimable("the model gives this patient a risk of exactly 0 or 1, whose log-odds are infinite")
    base = in_space(patient.background.values[:, column], space)
    if by_row is None or not np.isfinite(base).all():
        return NotEstimable(
            "the model gives a risk of exactly 0 or 1 to some of the combinations compared, whose log-odds are infinite"
        )
    values = by_row.mean(axis=0)
    gap = abs(prediction - float(base.mean()) - float(values.sum()))
    return Explanation(
        output=output,
        space=space,
        base=float(base.mean()),
        values=_named(patient.game, values),
        prediction=prediction,
        method=_method(patient.solved[key], patient.unions),
        exact=played.exact,
        background_rows=patient.game.background_rows,
        background_sha256=patient.model.background_sha256,
        seed=None if played.exact else patient.seed,
        monte_carlo_se=None if played.exact else float(played.errors[key].max(initial=0)),
        checks=(
            additivity(gap, patient.model.card.explanation.limits.additivity),
            repeatability(float(played.repeat[column]), patient.model.card.explanation.limits.additivity),
        ),
        details=_details(patient, key, by_row),
        horizon=own.horizon(output),
        **particulars(key, played, patient.game.names, values, patient.unions),
    )


def _method(solved: Solved, unions: Unions | None) -> str:
    if solved.method:
        return solved.method
    what = "SHAP values" if unions is None else f"Owen values over {unions.kind}"
    how = "exact by enumeration of coalitions" if solved.played.exact else "sampled with antithetic permutations"
    return f"interventional {what} of the raw inputs, {how}"


def _details(patient: _Patient, key: Game, by_row: FloatArray) -> dict[str, Any]:
    game, solved, count = patient.game, patient.solved[key], len(by_row)
    played = solved.played
    rng = np.random.default_rng(patient.seed)
    resampled = rng.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES) @ by_row
    top = int(np.argmax(np.abs(by_row.mean(axis=0))))
    found: dict[str, Any] = {
        **related(patient.model),
        "coalitions": played.evaluated,
        "predictions": played.predicted,
        "top_input_kept": float(np.mean(np.argmax(np.abs(resampled), axis=1) == top)),
    }
    if count > 1:
        found["background_se"] = _named(game, np.std(by_row, axis=0, ddof=1) / np.sqrt(count))
    if solved.fallback:
        found["fallback"] = solved.fallback
    if not played.exact:
        found |= {"rounds": played.rounds, "precise": not imprecise(key, played, game.names)}
        found["monte_carlo_se"] = _named(game, played.errors[key])
    return found


def _named(game: Players, values: FloatArray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(game.names, values, strict=True)}
