"""Finds a patient's row, and names a patient's files, without ever quoting an identifier."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cds.core.cohort import Cohort
from cds.core.errors import DataError, PredictionError, all_at_once, nearest_column, row_list
from cds.core.model_card import ModelCard, level_key

DEFAULT_ID = "patient"
ROW = "row "  # before a position, so that it is never taken for a patient's number


def as_frame(data: Cohort | pd.DataFrame, id_column: str) -> pd.DataFrame:
    """The rows as a data frame; a cohort's patients become the id column, its groups columns of their own."""
    if isinstance(data, pd.DataFrame):
        return data.reset_index(drop=True)
    frame = data.features.reset_index(drop=True)
    groups = {name: levels for name, levels in data.groups.items() if name not in frame}
    return frame.assign(**{id_column: data.patients}, **groups)


def patient_ids(frame: pd.DataFrame, id_column: str) -> list[str]:
    """Each row's pseudonym as text; ``row 12`` and the like where the data have no column ``patient``.

    Raises:
        DataError: another id column is absent, or a pseudonym is missing.
    """
    if by_position(frame, id_column):
        return [f"{ROW}{position}" for position in range(len(frame))]
    refuse_absent_id(frame, id_column)
    column = frame[id_column]
    missing = np.flatnonzero(column.isna() | (column.astype(str).str.strip() == "")).tolist()
    if missing:
        raise DataError(f"column {id_column!r} has no identifier at {row_list(missing)}", do="Give every row one")
    return [level_key(value).strip() for value in column.tolist()]


def by_position(frame: pd.DataFrame, id_column: str) -> bool:
    """Whether patients are row positions, for want of a column of pseudonyms."""
    return id_column == DEFAULT_ID and id_column not in frame


def rows_asked(frame: pd.DataFrame, id_column: str, wanted: Sequence[str] | None) -> tuple[list[str], list[int]]:
    """Each row's pseudonym, and the rows of the wanted patients; a bare position does where rows have no names.

    Raises:
        DataError: as ``patient_ids`` and ``rows_of``.
    """
    ids, positions = patient_ids(frame, id_column), by_position(frame, id_column)
    if wanted is not None and positions:
        wanted = [f"{ROW}{str(each).strip().removeprefix(ROW)}" for each in wanted]
    return ids, rows_of(
        ids, wanted, f"the row positions 0 to {len(frame) - 1}" if positions else f"column {id_column!r}"
    )


def refuse_absent_id(frame: pd.DataFrame, id_column: str) -> None:
    """Refuse data without the column of pseudonyms that was named.

    Raises:
        DataError: naming the nearest column.
    """
    if id_column not in frame:
        raise DataError(f"the data have no column {id_column!r}", do=nearest_column(id_column, frame.columns))


def rows_of(ids: Sequence[str], wanted: Sequence[str] | None, searched: str = "the data") -> list[int]:
    """The row of each wanted patient, of every row where none is named; ``searched`` says where they are named.

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
            which = f"patient number {number + 1} of those asked for" if len(asked) > 1 else "the patient asked for"
            known = f"{len(places):,} patient{'' if len(places) == 1 else 's'}"
            faults.append(
                DataError(f"{which} is not in {searched} ({known})", do="Is it named in another column (--id)?")
            )
    if len(set(asked)) < len(asked):
        faults.append(DataError("a patient is asked for twice"))
    if faults:
        raise all_at_once(faults)
    return [places[patient][0] for patient in asked]


def absent_columns(card: ModelCard, frame: pd.DataFrame) -> list[PredictionError]:
    """What to say of each column that the model cannot do without and the data do not have, with the nearest name."""
    known = [str(name) for name in frame.columns]
    return [
        PredictionError(f"the data have no column {feature.name!r}", do=nearest_column(feature.name, known))
        for feature in card.inputs
        if feature.required and feature.name not in frame
    ]


def refuse_other_data(card: ModelCard, frame: pd.DataFrame) -> None:
    """Refuse data with none of the columns that the model needs: they are about something else.

    Where only some are absent each patient's page says which input is needed.

    Raises:
        PredictionError: listing every column with the nearest name.
    """
    absent = absent_columns(card, frame)
    if absent and len(absent) == sum(feature.required for feature in card.inputs):
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
