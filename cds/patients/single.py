"""Explains one patient."""

from __future__ import annotations

import pandas as pd

from cds.core.cohort import Cohort
from cds.core.model import RegisteredModel
from cds.patients.dates import refuse_other_dates
from cds.patients.gather import gather
from cds.patients.report import PatientReport
from cds.patients.rows import DEFAULT_ID, as_frame, file_stem, refuse_absent_columns, rows_asked
from cds.patients.technical import document, input_hash
from cds.report.patient import patient_view


def explain(
    model: RegisteredModel,
    data: Cohort | pd.DataFrame,
    *,
    patient: str,
    id_column: str = DEFAULT_ID,
    allow_unvalidated: bool = False,
    seed: int = 1,
) -> PatientReport:
    """The two pages about one patient from one model; the same inputs give the same bytes.

    ``data`` holds raw inputs, one row per patient, with columns ``red_flag_<id>``; a column ``recorded_on`` or
    ``date`` dates them (YYYY-MM-DD), ``not_for`` (yes, no or blank) says whether the card's *not for* holds.
    Without a column ``patient``, ``patient`` is the row's position and the page says ``row 12``. The estimate is
    withheld where it must be, with the reason.

    Raises:
        DataError: the patient is not in the data or has several rows, or the row's date is none.
        PredictionError: a column that the model needs is absent, or a value is not what the card declares.
        InputError: a red-flag column holds something other than yes, no or blank.
    """
    frame = as_frame(data, id_column)
    refuse_absent_columns(model.card, frame)
    ids, (position,) = rows_asked(frame, id_column, [patient])
    refuse_other_dates(frame, [position])
    row = frame.iloc[[position]].reset_index(drop=True)
    return report_of(model, row, pseudonym=ids[position], allow_unvalidated=allow_unvalidated, seed=seed)


def report_of(
    model: RegisteredModel, row: pd.DataFrame, *, pseudonym: str, allow_unvalidated: bool, seed: int
) -> PatientReport:
    """The report of one row of raw data."""
    gathered = gather(model, row, pseudonym=pseudonym, allow_unvalidated=allow_unvalidated, seed=seed)
    view = patient_view(gathered.facts)
    told = input_hash(model, row, pseudonym=pseudonym, allow_unvalidated=allow_unvalidated, seed=seed)
    content = document(model, gathered, view, seed=seed, input_sha256=told)
    return PatientReport(view, file_stem(pseudonym, model.card.identity), content)
