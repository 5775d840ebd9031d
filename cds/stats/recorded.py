"""What was recorded of an input: codes that the card declares to mean missing, and questions that were not asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray
from cds.core.model_card import Feature, level_key

_WHOLE_TRUTH = {"true": "True", "false": "False"}  # a card's true stands for every spelling that a file has for it


def recorded(feature: Feature, column: pd.Series) -> pd.Series:
    """The column with the card's ``missing_codes`` read as missing; the column itself where it holds none.

    Where a text code made a file's whole column of numbers text, the numbers are numbers again.
    """
    coded = coded_missing(feature, column)
    if not coded.any():
        return column
    values = column.astype(object).to_numpy(copy=True)
    values[coded] = np.nan
    cleaned = pd.Series(values, index=column.index, name=column.name, dtype=object)
    if feature.type in ("number", "integer") and not pd.api.types.is_numeric_dtype(column.dtype):
        return _as_numbers(cleaned)
    return cleaned.infer_objects()


def coded_missing(feature: Feature, column: pd.Series) -> BoolArray:
    """The rows that hold a code which the card declares to mean missing, shape (n,)."""
    if not feature.missing_codes:
        return np.full(len(column), False)
    declared = {level_key(code) for code in feature.missing_codes}
    codes, found = pd.factorize(column.astype(object))
    meant = [k for k, value in enumerate(found) if level_key(value).strip() in declared]
    return np.isin(codes, meant)


def not_asked(feature: Feature, features: pd.DataFrame) -> BoolArray:
    """The rows in which the card says that the question is not asked, shape (n,); none where that is not known."""
    rule = feature.asked_if
    if rule is None or rule.column not in features or isinstance(features[rule.column], pd.DataFrame):
        return np.full(len(features), False)
    filtering = features[rule.column]
    codes, found = pd.factorize(filtering.astype(object))
    others = [k for k, value in enumerate(found) if _key(value) != _key(rule.value)]
    return np.isin(codes, others)  # a missing answer to the first question (code −1) does not tell


def missing_rows(feature: Feature, features: pd.DataFrame) -> BoolArray:
    """The rows without a value although the question was asked, shape (n,); every such row where the column is absent.

    A declared code for missing is no value.
    """
    if feature.name not in features:
        return ~not_asked(feature, features)
    column = features[feature.name]
    absent = column.isna().to_numpy(dtype=bool) | coded_missing(feature, column)
    return absent & ~not_asked(feature, features)


def with_unasked(feature: Feature, column: pd.Series, features: pd.DataFrame) -> pd.Series:
    """The column with the card's ``asked_if.otherwise`` in the rows that were not asked and hold no value."""
    rule = feature.asked_if
    if rule is None or rule.otherwise is None:
        return column
    rows = not_asked(feature, features) & column.isna().to_numpy(dtype=bool)
    if not rows.any():
        return column
    values = column.astype(object).to_numpy(copy=True)
    values[rows] = rule.otherwise
    return pd.Series(values, index=column.index, name=column.name, dtype=object)


def _key(value: Any) -> str:
    key = level_key(value).strip()
    return _WHOLE_TRUTH.get(key.lower(), key)


def _as_numbers(column: pd.Series) -> pd.Series:
    """Text as numbers where all of it can be read so; otherwise as it is, for the reader's own message."""
    try:
        return column.astype(np.float64)
    except (TypeError, ValueError):
        return column
