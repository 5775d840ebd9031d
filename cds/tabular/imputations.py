"""Reads stacked imputations: one block of rows per imputation, and perhaps the incomplete data they were made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import BoolArray
from cds.core.errors import DataError, row_list
from cds.core.model_card import level_key
from cds.core.protocol import PredictionsSection

ORIGINAL = "0"  # the label of the incomplete data in the long format of R's mice


def imputation_labels(frame: pd.DataFrame, column: str | None) -> NDArray[np.str_] | None:
    """Each row's imputation as text, or None where the protocol names no column.

    Raises
    ------
    DataError
        A row without an imputation.
    """
    if column is None:
        return None
    missing = np.flatnonzero(frame[column].isna())
    if len(missing):
        raise DataError(
            f"imputation column {column!r} is missing at {row_list(missing.tolist())}",
            do="Say in every row which imputation it belongs to",
        )
    return np.array([level_key(value) for value in frame[column].astype(object)], dtype=np.str_)


def original_rows(frame: pd.DataFrame, labels: NDArray[np.str_]) -> BoolArray:
    """The rows of the incomplete data that were imputed: labelled 0, with values missing that no other block lacks."""
    inside = labels == ORIGINAL
    if not inside.any() or inside.all():
        return np.full(len(frame), False)
    filled = frame.loc[inside].isna().any(axis=0) & frame.loc[~inside].notna().all(axis=0)
    return inside if bool(filled.any()) else np.full(len(frame), False)


def with_placeholders(
    frame: pd.DataFrame, predictions: PredictionsSection, original: BoolArray | None
) -> tuple[pd.DataFrame, BoolArray]:
    """The frame with a prediction in every row of the incomplete data, and which rows have one of their own.

    A patient whose inputs are missing may have no prediction there, which is no fault; another row's stands in, so
    that row positions in messages stay those of the file, and is never analysed.
    """
    named = [name for name in prediction_columns(predictions) if name in frame]
    if original is None or not original.any():
        return frame, np.full(len(frame), True)
    lacking = original & frame[named].isna().any(axis=1).to_numpy()
    if not lacking.any() or lacking.all():
        return frame, ~lacking
    filled = frame.copy()
    filled.loc[lacking, named] = frame.loc[~original, named].iloc[0].to_list()
    return filled, ~lacking


def prediction_columns(predictions: PredictionsSection) -> list[str]:
    """The columns that hold frozen predictions."""
    named = predictions.model_dump(exclude={"interval_level"}, exclude_none=True)
    return [c for value in named.values() for c in (value.values() if isinstance(value, dict) else [value])]
