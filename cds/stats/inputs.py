"""Raw inputs as a model's card declares them: refused where they are undefined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray
from cds.core.errors import PredictionError, all_at_once, nearest_column, row_list
from cds.core.model_card import Feature, ModelCard, level_key
from cds.stats.recorded import missing_rows, recorded, with_unasked
from cds.stats.strange_values import lost_levels, not_a_number, taken_for_missing, unknown_levels
from cds.stats.suspicions import InputSuspicion, suspicions

__all__ = [
    "InputSuspicion",
    "how_to_complete",
    "missing_required",
    "number_like",
    "prepare_inputs",
    "refuse_missing",
    "suspicions",
]

_YES_NO = {
    "1": 1.0, "0": 0.0, "True": 1.0, "False": 0.0, "TRUE": 1.0, "FALSE": 0.0, "true": 1.0, "false": 0.0,
    "yes": 1.0, "no": 0.0,
}  # fmt: skip
_LOGICAL = {"TRUE": True, "FALSE": False, "true": True, "false": False}  # as R and others write them
_COMPLETE = "Complete them, or set required = false in a new version of the card if the model can take blanks"


def prepare_inputs(card: ModelCard, features: pd.DataFrame) -> pd.DataFrame:
    """The card's inputs in the card's order, as its model was trained on them; other columns are dropped.

    Numbers, integers and booleans become float64 (a boolean 0 or 1); a category whose levels are all
    number-like becomes float64, any other text. Missing values stay missing (NaN), the card's ``missing_codes``
    become missing, and an absent input that is not required is missing in every row. Where a question was not asked
    (``asked_if``) the model is given ``otherwise``, or a blank where the card names none.

    Raises:
        PredictionError: lists every fault at once: missing columns, unknown levels, text where a number is
            declared, infinite values, fractions where an integer is declared.
    """
    faults: list[PredictionError] = []
    columns: dict[str, pd.Series] = {}
    for feature in card.inputs:
        try:
            columns[feature.name] = _prepared(feature, features)
        except PredictionError as fault:
            faults.append(fault)
    if faults:
        raise all_at_once(faults)
    return pd.DataFrame(columns, index=features.index)


def missing_required(card: ModelCard, features: pd.DataFrame) -> dict[str, list[int]]:
    """Row positions where a required input is missing, by input; inputs that are complete are left out."""
    found: dict[str, list[int]] = {}
    for feature in card.inputs:
        if not feature.required:
            continue
        rows = np.flatnonzero(missing_rows(feature, features)).tolist()
        if rows:
            found[feature.name] = rows
    return found


def refuse_missing(card: ModelCard, features: pd.DataFrame) -> None:
    """Refuse rows without a required input.

    Raises:
        PredictionError: naming each input and its rows.
    """
    faults = [
        PredictionError(
            f"required input {name!r} is missing at {row_list(rows)}", do=how_to_complete(card, name, features)
        )
        for name, rows in missing_required(card, features).items()
    ]
    if faults:
        raise all_at_once(faults)


def how_to_complete(card: ModelCard, name: str, features: pd.DataFrame, advice: str = _COMPLETE) -> str:
    """The advice about missing values of an input, and what may have been read as missing by mistake."""
    lost = lost_levels(card.feature(name), features[name]) if name in features else []
    return f"{taken_for_missing(lost)}. {advice}" if lost else advice


def _prepared(feature: Feature, features: pd.DataFrame) -> pd.Series:
    column = _column(feature, features)
    if column is None:
        values: object = np.full(len(features), np.nan)
    elif feature.type in ("number", "integer"):
        values = _numbers(feature, column)
    elif feature.levels or feature.type == "category":
        values = _levels(feature, column)
    elif feature.type == "boolean":
        values = _mapped(feature, column, _YES_NO).astype(np.float64)
    else:
        values = column.astype(object).to_numpy()
    return pd.Series(values, index=features.index, name=feature.name)


def _column(feature: Feature, features: pd.DataFrame) -> pd.Series | None:
    if feature.name not in features:
        if not feature.required:
            return None
        known = [str(name) for name in features.columns]
        raise PredictionError(f"the data have no column {feature.name!r}", do=nearest_column(feature.name, known))
    column = features[feature.name]
    if isinstance(column, pd.DataFrame):
        raise PredictionError(f"the data have column {feature.name!r} twice or more", do="Keep one of them")
    return with_unasked(feature, recorded(feature, column), features)


def _numbers(feature: Feature, column: pd.Series) -> FloatArray:
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        objects = column.astype(object).map(
            lambda value: _LOGICAL.get(value, value) if isinstance(value, str) else value
        )
        number = objects.map(lambda value: isinstance(value, (int, float, np.number, np.bool_)))
        text = ~number.to_numpy(dtype=bool) & ~objects.isna().to_numpy()
        if text.any():
            raise not_a_number(feature, objects, text)
        values = pd.to_numeric(objects).to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(feature, np.isinf(values), "must be finite, got an infinite value")
    if feature.type == "integer":
        fraction = np.isfinite(values) & (values != np.round(values))
        _refuse(feature, fraction, "must be whole numbers, got a fraction")
    return values


def _levels(feature: Feature, column: pd.Series) -> NDArray[Any]:
    if feature.levels is None:
        seen = sorted({level_key(value) for value in column.dropna().unique()})
        known = {level: level for level in seen}
    else:
        known = {level: level for level in feature.levels}
    if known and all(number_like(level) for level in known):
        return _mapped(feature, column, {level: float(level) for level in known}).astype(np.float64)
    return _mapped(feature, column, known)


def number_like(level: str) -> bool:
    """Whether a level is a number as the card writes numbers; ``01`` is a code, not the number 1.

    >>> number_like("1"), number_like("01"), number_like("1_female")
    (True, False, False)
    """
    try:
        return level_key(float(level)) == level
    except ValueError:
        return False


def _mapped(feature: Feature, column: pd.Series, known: Mapping[str, object]) -> NDArray[Any]:
    codes, uniques = pd.factorize(column.astype(object))
    keys = [level_key(value) for value in uniques]
    strange = np.isin(codes, [code for code, key in enumerate(keys) if key not in known])
    if strange.any():
        raise unknown_levels(feature, keys, codes, strange, list(known))
    table = np.array([*(known[key] for key in keys), np.nan], dtype=object)
    values: NDArray[Any] = table[codes]  # a missing value has code −1, the last entry
    return values


def _refuse(feature: Feature, bad: BoolArray, rule: str) -> None:
    if bad.any():
        raise PredictionError(f"input {feature.name!r} {rule} at {row_list(np.flatnonzero(bad).tolist())}")
