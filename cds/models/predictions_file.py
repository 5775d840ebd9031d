"""Predictions that came with the data, for a model that cannot be run here (``--model predictions:``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.errors import (
    InputError,
    PredictionError,
    ProtocolError,
    all_at_once,
    nearest,
    nearest_column,
    row_list,
)
from cds.core.outcome import OutcomeKind
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Value, survival_hint
from cds.core.protocol import PredictionsSection


def frozen_predictions(
    frame: pd.DataFrame,
    predictions: PredictionsSection,
    kind: OutcomeKind,
    *,
    categories: Sequence[str] = (),
) -> Prediction:
    """The frozen predictions in a data frame, one per row, as the protocol's ``[predictions]`` names them.

    A binary outcome has a ``risk`` column, survival and competing risks a table of ``risk`` columns by
    horizon, nominal and ordinal outcomes ``probabilities`` by category (in the order of ``categories``),
    a continuous outcome a ``value`` and, where the model gives prediction intervals, their ``low`` and ``high``
    bounds; a repeated outcome and a trial have whichever of these their protocol names.

    Raises:
        ProtocolError: the section does not name what the outcome's kind needs.
        PredictionError: lists at once every column that is missing, holds text, misses values, or (a risk)
            leaves [0, 1], with the rows; bounds in the wrong order, or that do not hold their prediction; risks that
            fall from one horizon to the next.
    """
    match kind:
        case "binary":
            return _risk(frame, predictions)
        case "survival" | "competing_risks":
            return _risk_by_horizon(frame, predictions)
        case "nominal" | "ordinal":
            return _probabilities(frame, predictions, categories)
        case "continuous":
            return _value(frame, predictions)
        case "repeated" | "trial":
            return _whichever(frame, predictions, categories)
        case _:
            assert_never(kind)


def _whichever(frame: pd.DataFrame, section: PredictionsSection, categories: Sequence[str]) -> Prediction:
    if section.value is not None:
        return _value(frame, section)
    if section.probabilities is not None:
        return _probabilities(frame, section, categories)
    return _risk(frame, section)


def _risk(frame: pd.DataFrame, section: PredictionsSection) -> Risk:
    if not isinstance(section.risk, str):
        raise _needs('risk = "column"')
    return Risk(_columns(frame, [section.risk], probability=True)[:, 0])


def _value(frame: pd.DataFrame, section: PredictionsSection) -> Value:
    if section.value is None:
        raise _needs('value = "column"')
    bounds = [name for name in (section.low, section.high) if name is not None]
    values = _columns(frame, [section.value, *bounds], probability=False)
    if not bounds:
        return Value(values[:, 0])
    return Value(values[:, 0], values[:, 1], values[:, 2], section.interval_level)


def _probabilities(frame: pd.DataFrame, section: PredictionsSection, categories: Sequence[str]) -> ClassProbabilities:
    if section.probabilities is None:
        raise _needs('probabilities = {category = "column", …}')
    named = section.probabilities
    order = tuple(categories) or tuple(named)
    faults = [
        *(f"probabilities lack category {c!r}" for c in order if c not in named),
        *(f"probabilities name {c!r}, which is no category. {nearest(c, order)}" for c in named if c not in order),
    ]
    if faults:
        raise all_at_once([ProtocolError(fault, where="[predictions]") for fault in faults])
    return ClassProbabilities(_columns(frame, [named[c] for c in order], probability=True), order)


def _risk_by_horizon(frame: pd.DataFrame, section: PredictionsSection) -> RiskByHorizon:
    if not isinstance(section.risk, dict) or not section.risk:
        raise _needs('risk = {"90" = "column", …}, one column per horizon')
    horizons = {_horizon(text): column for text, column in section.risk.items()}
    if len(horizons) < len(section.risk):
        read = [_horizon(text) for text in section.risk]
        twice = [text for text, horizon in zip(section.risk, read, strict=True) if read.count(horizon) > 1]
        told = f"risk names a horizon twice: {', '.join(map(repr, twice))}"
        raise ProtocolError(told, where="[predictions]", do="Name one column for each horizon")
    order = tuple(sorted(horizons))
    faults: list[InputError] = []
    values = _collected(faults, frame, [horizons[h] for h in order], probability=True)
    lp = None
    if section.linear_predictor is not None:
        lp = _collected(faults, frame, [section.linear_predictor], probability=False)
    if faults:
        raise all_at_once(faults)
    _refuse_falling(values, [horizons[h] for h in order])
    return RiskByHorizon(values, order, None if lp is None else lp[:, 0])


def _refuse_falling(values: FloatArray, names: Sequence[str]) -> None:
    """Refuse risks that fall with the horizon, by column and row; all at once."""
    steps = np.diff(values, axis=1)
    faults: list[InputError] = []
    for k in np.flatnonzero((steps < 0).any(axis=0)):
        rows = np.flatnonzero(steps[:, k] < 0).tolist()
        told = f"column {names[k + 1]!r} lies below {names[k]!r} at {row_list(rows)}"
        faults.append(PredictionError(f"a risk must not fall with the horizon: {told}", do=survival_hint(values)))
    if faults:
        raise all_at_once(faults)


def _horizon(text: str) -> float:
    try:
        horizon = float(text)
    except ValueError:
        horizon = np.nan
    if not (np.isfinite(horizon) and horizon > 0):
        raise ProtocolError(
            f"risk names horizon {text!r}, which is no positive number",
            where="[predictions]",
            do='Write the number alone, in the protocol\'s time_unit: risk = {"365" = "column"}',
        )
    return horizon


def _needs(what: str) -> ProtocolError:
    return ProtocolError("the outcome's frozen predictions are not named", where="[predictions]", do=f"Add {what}")


def _columns(frame: pd.DataFrame, names: Sequence[str], *, probability: bool) -> FloatArray:
    faults: list[InputError] = []
    values = _collected(faults, frame, names, probability=probability)
    if faults:
        raise all_at_once(faults)
    return values


def _collected(faults: list[InputError], frame: pd.DataFrame, names: Sequence[str], *, probability: bool) -> FloatArray:
    values = np.full((len(frame), len(names)), np.nan)
    for position, name in enumerate(names):
        try:
            values[:, position] = _column(frame, name, probability=probability)
        except PredictionError as fault:
            faults.append(fault)
    return values


def _column(frame: pd.DataFrame, name: str, *, probability: bool) -> FloatArray:
    if name not in frame:
        raise PredictionError(f"the data have no column {name!r}", do=nearest_column(name, frame.columns))
    column = frame[name]
    numeric = pd.to_numeric(column, errors="coerce") if column.dtype == object else column
    if not pd.api.types.is_numeric_dtype(numeric.dtype):
        raise PredictionError(f"column {name!r} must hold numbers, got {column.dtype}")
    values: FloatArray = numeric.to_numpy(dtype=np.float64, na_value=np.nan)
    missing = column.isna().to_numpy() | np.isinf(values)
    _refuse(np.isnan(values) & ~missing, f"column {name!r} must hold numbers, got text")
    _refuse(missing, f"column {name!r} must hold a finite prediction in every row, got none")
    if probability:
        outside = (values < 0) | (values > 1)
        _refuse(outside, f"column {name!r} must lie in [0, 1]; it does not", _percent_hint(values))
    return values


def _percent_hint(values: FloatArray) -> str:
    percent = bool(((values >= 0) & (values <= 100)).all()) and bool(np.median(values) > 1)
    return "Are they percentages? Divide them by 100" if percent else ""


def _refuse(bad: BoolArray, rule: str, do: str = "") -> None:
    if bad.any():
        raise PredictionError(f"{rule} at {row_list(np.flatnonzero(bad).tolist())}", do=do)
