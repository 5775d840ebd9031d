"""The players of a Shapley game: the card's raw inputs, each the patient's or a background row's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.errors import DataError
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.explanation.outputs import outputs_of
from cds.stats.inputs import prepare_inputs

CELLS_PER_BATCH = 1_500_000
_RADIX_LIMIT = 2**62


@dataclass(frozen=True, eq=False)
class Players:
    """Patient and background as raw inputs, and which of them differ.

    ``frame`` holds the background rows and, last, the patient; ``codes`` the same as codes of equal values
    (rows × inputs, missing equal to missing); ``differs`` (background rows × inputs) tells where they differ.
    """

    names: tuple[str, ...]
    frame: pd.DataFrame
    codes: IntArray
    differs: BoolArray

    @property
    def background_rows(self) -> int:
        """How many rows the background has."""
        return len(self.differs)

    @property
    def patient(self) -> pd.DataFrame:
        """The patient's raw inputs, one row."""
        return self.frame.iloc[[-1]].reset_index(drop=True)

    @property
    def background(self) -> pd.DataFrame:
        """The background's raw inputs."""
        return self.frame.iloc[:-1].reset_index(drop=True)

    def mixed(self, rows: IntArray, taken: BoolArray) -> pd.DataFrame:
        """Raw inputs: the patient's where ``taken`` (rows × inputs), else background row ``rows``'s."""
        patient = self.background_rows
        columns: dict[str, Any] = {}
        for position, name in enumerate(self.names):
            source = np.where(taken[:, position], patient, rows)
            columns[name] = self.frame.iloc[:, position].array.take(source)
        return pd.DataFrame(columns)

    def identity(self, rows: IntArray, taken: BoolArray) -> IntArray:
        """A code per mixed row, equal exactly where the raw inputs are (mixed radix, compressed if large)."""
        key, size = np.zeros(len(rows), dtype=np.int64), 1
        for position in range(len(self.names)):
            column = self.codes[:, position]
            radix = int(column.max()) + 1
            if size * radix > _RADIX_LIMIT:
                key, kinds = pd.factorize(key)
                size = len(kinds)
            key = key * radix + np.where(taken[:, position], column[-1], column[rows])
            size *= radix
        return key.astype(np.int64)


def players(card: ModelCard, background: pd.DataFrame, row: pd.DataFrame) -> Players:
    """The players of one patient against a background.

    Raises:
        DataError: ``row`` is not one row.
        PredictionError: inputs that the card does not allow.
    """
    if len(row) != 1:
        raise DataError(f"an explanation is of one patient: give one row of raw inputs, got {len(row)}")
    names = tuple(feature.name for feature in card.inputs)
    # An optional input that only one of the two holds is missing in the other.
    parts = [part.reindex(columns=list(names)).astype(object) for part in (background, row)]
    frame = prepare_inputs(card, pd.concat(parts, ignore_index=True))
    codes = np.column_stack([pd.factorize(frame[name], use_na_sentinel=False)[0] for name in names])
    return Players(names, frame, codes.astype(np.int64), codes[:-1] != codes[-1])


def predict_mixed(model: RegisteredModel, game: Players, rows: IntArray, taken: BoolArray) -> tuple[FloatArray, int]:
    """The model's outputs (rows × outputs) on mixed rows, and how many distinct rows were predicted.

    Each distinct row is predicted once, in few large batches.
    """
    place, kinds = pd.factorize(game.identity(rows, taken))
    first = np.empty(len(kinds), dtype=np.int64)
    first[place[::-1]] = np.arange(len(place) - 1, -1, -1)
    batches = [
        outputs_of(model.predict(game.mixed(rows[chosen], taken[chosen]))).values
        for chosen in _batches(first, len(game.names))
    ]
    return np.concatenate(batches)[place], len(kinds)


def _batches(chosen: IntArray, width: int) -> Iterator[IntArray]:
    size = max(1, CELLS_PER_BATCH // max(width, 1))
    for start in range(0, len(chosen), size):
        yield chosen[start : start + size]
