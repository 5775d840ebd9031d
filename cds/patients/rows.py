"""Finds a patient's row, and names a patient's files, without ever quoting an identifier."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, PredictionError, all_at_once, nearest, row_list
from cds.core.model import ModelCard, level_key

DEFAULT_ID = "patient"


def as_frame(data: Cohort | pd.DataFrame, id_column: str) -> pd.DataFrame:
    """The rows as a data frame; a cohort's patients become the id column, its groups columns of their own."""
    if isinstance(data, pd.DataFrame):
        return data.reset_index(drop=True)
    frame = data.features.reset_index(drop=True)
    groups = {name: levels for name, levels in data.groups.items() if name not in frame}
    return frame.assign(**{id_column: data.patients}, **groups)


def patient_ids(frame: pd.DataFrame, id_column: str) -> list[str]:
    """Each row's pseudonym as text; the row positions where the data have no column ``patient``.

    Raises:
        DataError: another id column is absent, or a pseudonym is missing.
    """
    if id_column not in frame:
        if id_column == DEFAULT_ID:
            return [str(position) for position in range(len(frame))]
        raise DataError(f"the data have no column {id_column!r}", do=nearest(id_column, map(str, frame.columns)))
    column = frame[id_column]
    missing = np.flatnonzero(column.isna()).tolist()
    if missing:
        raise DataError(f"column {id_column!r} has no identifier at {row_list(missing)}", do="Give every row one")
    return [level_key(value).strip() for value in column.tolist()]


def rows_of(ids: Sequence[str], wanted: Sequence[str] | None) -> list[int]:
    """The row of each wanted patient, of every row where none is named.

    Raises:
        DataError: a patient is unknown, asked for twice, or has several rows; identifiers are not quoted.
    """
    places: dict[str, list[int]] = {}
    for row, patient in enumerate(ids):
        places.setdefault(patient, []).append(row)
    asked = list(places) if wanted is None else [str(patient).strip() for patient in wanted]
    faults: list[DataError] = []
    for number, patient in enumerate(asked):
        found = places.get(patient, [])
        if len(found) > 1:
            faults.append(DataError(f"one patient has several rows: {row_list(found)}", do="Keep one row each"))
        if not found:
            faults.append(DataError(f"patient number {number + 1} of those asked for is not in the data"))
    if len(set(asked)) < len(asked):
        faults.append(DataError("a patient is asked for twice"))
    if faults:
        raise all_at_once(faults)
    return [places[patient][0] for patient in asked]


def refuse_absent_columns(card: ModelCard, frame: pd.DataFrame) -> None:
    """Refuse data without a column that the model needs: nobody in them could get an estimate.

    Raises:
        PredictionError: listing every such column with the nearest name.
    """
    known = [str(name) for name in frame.columns]
    absent: list[InputError] = [
        PredictionError(f"the data have no column {feature.name!r}", do=nearest(feature.name, known))
        for feature in card.inputs
        if feature.required and feature.name not in frame
    ]
    if absent:
        raise all_at_once(absent)


def file_stem(pseudonym: str, model: str) -> str:
    """A file name without extension: a slug of the pseudonym, and a hash of it and the model.

    >>> file_stem("Ünal / 7", "lbp@1")
    'unal-7-fcdf2814'
    """
    plain = unicodedata.normalize("NFKD", pseudonym).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40].strip("-") or DEFAULT_ID
    whole = hashlib.sha256("\n".join((model, pseudonym)).encode())
    return f"{slug}-{whole.hexdigest()[:8]}"
