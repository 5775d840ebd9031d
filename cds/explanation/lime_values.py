"""LIME: a linear model of the model near one patient, over several seeds, and how well it fits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, nearest
from cds.core.explanation import LocalSurrogate
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.explanation.outputs import Outputs, outputs_of
from cds.stats.inputs import prepare_inputs

FEWEST_BACKGROUND_ROWS = 10


def local_surrogate(
    model: RegisteredModel,
    row: pd.DataFrame,
    *,
    seed: int = 1,
    repeats: int = 20,
    samples: int = 1000,
    output: str | None = None,
) -> LocalSurrogate | NotEstimable:
    """LIME weights of the raw inputs of one patient, in the model's own unit (probability, value or score).

    Every repeat builds a fresh explainer with its own seed (children of ``seed``), without discretisation, that
    samples around the patient with the spread of the registered background. Categories and booleans are one
    input each, integers are rounded, and numbers are kept inside their plausible range (or the background's)
    before the model sees them. Inputs that never vary in the background keep the patient's value and weight 0.
    ``output`` is needed where the model has several.

    Returns NotEstimable where an input is missing, without a usable background, and where the estimate is
    the same everywhere near the patient.

    Raises:
        DataError: not one row, fewer than 2 repeats, or an unknown or missing output.
        PredictionError: inputs that the card or the model does not allow.

    Source: Ribeiro, Singh & Guestrin 2016, doi:10.1145/2939672.2939778.
    """
    from threadpoolctl import threadpool_limits

    if len(row) != 1:
        raise DataError(f"an explanation is of one patient: give one row of raw inputs, got {len(row)}")
    if repeats < 2:
        raise DataError(f"repeats must be at least 2 to tell stability, got {repeats}")
    own = outputs_of(model.predict(row))
    column = _output_column(own, output)
    prepared = prepare_inputs(model.card, row)
    missing = [model.card.feature(str(name)).title for name in prepared.columns[prepared.iloc[0].isna()]]
    if missing:
        return NotEstimable(f"not available: missing inputs ({', '.join(missing)})")
    encoding = _encode(model, prepared)
    if isinstance(encoding, NotEstimable):
        return encoding
    seeds = tuple(int(child) for child in np.random.SeedSequence(seed).generate_state(repeats))
    with threadpool_limits(1):  # batches this small only lose by more threads
        fits = _fits(model, encoding, column, seeds, samples)
    if any(fit.flat for fit in fits):
        return NotEstimable("the model gives the same estimate everywhere near this patient")
    return _surrogate(own.names[column], float(own.values[0, column]), encoding, fits, seeds)


def _output_column(own: Outputs, output: str | None) -> int:
    if output is None and len(own.names) > 1:
        raise DataError("the model has several outputs", do=f"Choose one: {', '.join(own.names)}")
    if output is not None and output not in own.names:
        raise DataError(f"the model has no output {output!r}", do=nearest(output, own.names))
    return 0 if output is None else own.names.index(output)


@dataclass(frozen=True, eq=False)
class _Encoding:
    """The varying inputs as numbers: background and patient, and how to turn numbers back into raw inputs."""

    names: tuple[str, ...]
    categorical: tuple[int, ...]
    background: FloatArray
    patient: FloatArray
    decode: Callable[[FloatArray], pd.DataFrame]
    constant: tuple[str, ...]


def _encode(model: RegisteredModel, patient: pd.DataFrame) -> _Encoding | NotEstimable:
    if model.background is None:
        return NotEstimable("no background sample is registered with this model, so there is nothing to sample from")
    background = prepare_inputs(model.card, model.background).dropna()
    if len(background) < FEWEST_BACKGROUND_ROWS:
        return NotEstimable(
            f"not available: {len(background)} background rows have no missing inputs; "
            f"{FEWEST_BACKGROUND_ROWS} are needed"
        )
    varying = tuple(str(name) for name in background.columns if background[name].nunique() > 1)
    if not varying:
        return NotEstimable("no input varies in the registered background sample")
    joined = pd.concat([background, patient], ignore_index=True)
    codes, levels = _codes(model.card, joined, varying)
    return _Encoding(
        names=varying,
        categorical=tuple(position for position, name in enumerate(varying) if name in levels),
        background=codes[:-1],
        patient=codes[-1],
        decode=_decoder(model.card, patient, varying, levels, codes),
        constant=tuple(str(name) for name in background.columns if name not in varying),
    )


def _codes(card: ModelCard, joined: pd.DataFrame, names: tuple[str, ...]) -> tuple[FloatArray, dict[str, Any]]:
    levels: dict[str, Any] = {}
    columns = []
    for name in names:
        if _is_number(card.feature(name)):
            columns.append(joined[name].to_numpy(dtype=np.float64))
        else:
            codes, levels[name] = pd.factorize(joined[name], sort=True)
            columns.append(codes.astype(np.float64))
    return np.column_stack(columns), levels


def _is_number(feature: Feature) -> bool:
    return feature.type in ("number", "integer")


def _decoder(
    card: ModelCard,
    patient: pd.DataFrame,
    names: tuple[str, ...],
    levels: Mapping[str, Any],
    codes: FloatArray,
) -> Callable[[FloatArray], pd.DataFrame]:
    def bounds(position: int, feature: Feature) -> tuple[float, float]:
        low, high = feature.range or (np.inf, -np.inf)
        # The patient's own value is never cut, however implausible.
        seen = codes[:, position] if feature.range is None else codes[-1:, position]
        return min(low, float(seen.min())), max(high, float(seen.max()))

    def decode(encoded: FloatArray) -> pd.DataFrame:
        raw = {str(name): np.repeat(patient[name].to_numpy(), len(encoded)) for name in patient.columns}
        for position, name in enumerate(names):
            feature, column = card.feature(name), encoded[:, position]
            if name in levels:
                raw[name] = np.asarray(levels[name])[column.astype(np.int64)]
                continue
            inside = np.clip(column, *bounds(position, feature))
            raw[name] = np.round(inside) if feature.type == "integer" else inside
        return pd.DataFrame(raw)

    return decode


@dataclass(frozen=True, eq=False)
class _Fit:
    weights: FloatArray
    contributions: FloatArray
    r_squared: float
    local_prediction: float
    samples: int
    flat: bool


class _Sampled(Exception):  # noqa: N818  # no error: it ends LIME's first pass
    """LIME's sample is drawn."""


def _fits(model: RegisteredModel, encoding: _Encoding, column: int, seeds: Sequence[int], samples: int) -> list[_Fit]:
    """One fit per seed; the model predicts all their samples in one batch, which costs it a third of one by one."""
    drawn: list[FloatArray] = []

    def draw(encoded: FloatArray) -> FloatArray:
        drawn.append(encoded)
        raise _Sampled

    for seed in seeds:
        with contextlib.suppress(_Sampled):
            _explained(encoding, seed, samples, draw)
    values = outputs_of(model.predict(encoding.decode(np.concatenate(drawn)))).values[:, column]
    # The same seed draws the same sample again.
    return [_fit(encoding, seed, samples, part) for seed, part in zip(seeds, np.split(values, len(seeds)), strict=True)]


def _fit(encoding: _Encoding, seed: int, samples: int, values: FloatArray) -> _Fit:
    found = _explained(encoding, seed, samples, lambda _: values)
    weights = np.zeros(len(encoding.names))
    for position, weight in found.local_exp[1]:
        weights[position] = weight
    return _Fit(
        weights,
        weights * _distance_from_mean(encoding),
        float(found.score),
        float(np.ravel(found.local_pred)[0]),
        samples,
        float(np.ptp(values)) == 0,
    )


def _explained(encoding: _Encoding, seed: int, samples: int, predict: Callable[[FloatArray], FloatArray]) -> Any:
    from lime.lime_tabular import LimeTabularExplainer

    explainer = LimeTabularExplainer(
        encoding.background,
        mode="regression",
        feature_names=list(encoding.names),
        categorical_features=list(encoding.categorical),
        discretize_continuous=False,
        sample_around_instance=True,
        feature_selection="none",
        random_state=seed,
    )
    width = len(encoding.names)
    return explainer.explain_instance(encoding.patient, predict, num_features=width, num_samples=samples)


def _distance_from_mean(encoding: _Encoding) -> FloatArray:
    # A number: standard deviations from the background's mean. A category: 1 − the share that has this level.
    mean, sd = encoding.background.mean(axis=0), encoding.background.std(axis=0)
    distance: FloatArray = (encoding.patient - mean) / sd
    for position in encoding.categorical:
        distance[position] = 1 - np.mean(encoding.background[:, position] == encoding.patient[position])
    return distance


def _surrogate(
    output: str, prediction: float, encoding: _Encoding, fits: list[_Fit], seeds: tuple[int, ...]
) -> LocalSurrogate:
    weights = np.array([fit.weights for fit in fits])

    def named(values: FloatArray) -> dict[str, float]:
        found = dict.fromkeys(encoding.constant, 0.0)
        return found | {name: float(value) for name, value in zip(encoding.names, values, strict=True)}

    return LocalSurrogate(
        output=output,
        values=named(weights.mean(axis=0)),
        r_squared=float(np.mean([fit.r_squared for fit in fits])),
        local_prediction=float(np.mean([fit.local_prediction for fit in fits])),
        prediction=prediction,
        rank_stability=_rank_stability(weights),
        repeats=len(fits),
        seeds=seeds,
        contributions=named(np.mean([fit.contributions for fit in fits], axis=0)),
        details={
            "weight_sd": named(weights.std(axis=0, ddof=1)),
            "samples": fits[0].samples,
            "background_rows": len(encoding.background),
            "constant_in_background": list(encoding.constant),
        },
    )


def _rank_stability(weights: FloatArray) -> float:
    """Mean Spearman correlation of the absolute weights between repeats; 1 with a single input."""
    from scipy.stats import rankdata

    if weights.shape[1] == 1:
        return 1.0
    ranks = rankdata(np.abs(weights), axis=1)
    correlations = np.corrcoef(ranks)
    return float(np.mean(correlations[np.triu_indices(len(weights), k=1)]))
