"""Reads the columns that say who a row is about, where, when, and how much it weighs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, row_list
from cds.core.model_card import level_key

MISSING = "(missing)"
TIME_ZONE = r"(?<=\d\d:\d\d)(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)$"  # and the seconds before it
MOST_SINGLE_SITES = 10  # more sites of one patient each name the patients


def patient_names(
    frame: pd.DataFrame,
    column: str | None,
    *,
    imputations: NDArray[np.str_] | None = None,
    visits: FloatArray | None = None,
    unclear: bool = False,
) -> NDArray[np.str_]:
    """Each row's patient as text: the declared column, else ``patient``, else the row position.

    With ``imputations``, each row's imputation, a patient has one row in each of them; with ``visits``, each row's
    time, one row at each of them. ``unclear`` where one of them could not be read: rows are then not compared.

    Raises
    ------
    DataError
        A row without a patient, or a patient in more than one row (of an imputation); imputations of patients who
        are not named.
    """
    name = column or ("patient" if "patient" in frame else None)
    if name is None and visits is not None:
        raise DataError(
            "the visits' rows do not say which patient they are about", do="Name the column as cohort.patient"
        )
    if name is None and imputations is not None:
        raise DataError(
            "the imputations' rows do not say which patient they are about", do="Name the column as cohort.patient"
        )
    if name is None:
        return np.arange(len(frame)).astype(np.str_)
    texts = as_text(frame[name])
    missing = np.flatnonzero(frame[name].isna())
    if len(missing):
        raise DataError(f"patient column {name!r} is missing at {row_list(missing.tolist())}")
    if unclear:
        return texts
    parts = {"patient": texts, "imputation": imputations, "visit": visits}
    keys = {key: values for key, values in parts.items() if values is not None}
    twice = np.flatnonzero(pd.DataFrame(keys).duplicated(keep=False))
    if len(twice):
        patients = len(np.unique(texts[twice]))
        have = "1 patient has" if patients == 1 else f"{patients} patients have"
        within = [key for key in ("imputation", "visit") if key in keys]
        once = " ".join(["once", *(f"in each {key}" for key in within)])
        several = (
            '; if the rows are imputations of the same patients, name their column: imputation = "…" in [cohort]; if '
            'they are visits or landmarks, name theirs: visit = "…", beside an outcome of kind "repeated" or [landmark]'
        )
        raise DataError(
            f"patient column {name!r} must name each patient {once}: {have} several rows, "
            f"at {row_list(twice.tolist())}",
            do=f"Keep one row per patient{''.join(f' and {key}' for key in within) or several}",
        )
    return texts


def visit_times(frame: pd.DataFrame, column: str | None) -> FloatArray | None:
    """Each row's visit or landmark, a time from 0; None where no column is declared.

    Raises
    ------
    DataError
        Times that are missing, text, infinite or negative, with the row positions.
    """
    if column is None:
        return None
    times: FloatArray = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(times) & (times >= 0))
    if bad.any():
        raise DataError(
            f"visit column {column!r} must hold times of 0 or more; it does not at "
            f"{row_list(np.flatnonzero(bad).tolist())}"
        )
    return times


def sampling_weights(frame: pd.DataFrame, column: str | None) -> FloatArray | None:
    """Each row's sampling weight, or None where the protocol names no column.

    Raises
    ------
    DataError
        Weights that are text, missing, negative or infinite, or that are all 0.
    """
    if column is None:
        return None
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        rows = row_list(np.flatnonzero(bad).tolist())
        raise DataError(f"weight column {column!r} must hold finite numbers of 0 or more; it does not at {rows}")
    if not values.any():
        raise DataError(f"weight column {column!r} holds only zeros")
    return values


def site_names(frame: pd.DataFrame, column: str | None) -> NDArray[np.str_] | None:
    """Each row's site as text, or None where the protocol names no column.

    Raises
    ------
    DataError
        A row without a site.
    """
    if column is None:
        return None
    missing = np.flatnonzero(frame[column].isna())
    if len(missing):
        raise DataError(f"site column {column!r} is missing at {row_list(missing.tolist())}")
    return as_text(frame[column])


def refuse_patient_sites(sites: NDArray[np.str_], patients: NDArray[np.str_]) -> None:
    """Refuse a site column that names the patients: reports print the sites' names.

    Raises
    ------
    DataError
        The sites are the patients' identifiers, or more than ten sites hold one patient each.
    """
    pairs = len(set(zip(sites.tolist(), patients.tolist(), strict=True)))
    apart = pairs == len(set(sites.tolist())) == len(set(patients.tolist())) > MOST_SINGLE_SITES
    if apart or np.array_equal(sites, patients):
        raise DataError(
            "every patient is a site of their own", do="Name a column of hospitals or regions as cohort.site"
        )


def calendar_dates(frame: pd.DataFrame, column: str | None) -> NDArray[np.datetime64] | None:
    """Each row's date (ISO, year-month-day), or None where the protocol names no column.

    A time of day is dropped, and a time zone with it: the date is the one that was written.

    Raises
    ------
    DataError
        Dates that are missing or cannot be read.
    """
    if column is None:
        return None
    written = frame[column].astype(str).str.replace(TIME_ZONE, "", regex=True)
    dates = pd.to_datetime(written, format="ISO8601", errors="coerce")
    bad = np.flatnonzero(dates.isna())
    if len(bad):
        raise DataError(
            f"date column {column!r} holds no date at {row_list(bad.tolist())}", do="Write dates as 2026-11-30"
        )
    return dates.to_numpy().astype("datetime64[D]")


def as_text(column: pd.Series) -> NDArray[np.str_]:
    """Each row's value as text: 1.0 is ``1``, a missing value ``(missing)``."""
    codes, levels = pd.factorize(column.astype(object))
    return np.array([*(level_key(level) for level in levels), MISSING], dtype=np.str_)[codes]
