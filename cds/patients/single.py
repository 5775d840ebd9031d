"""Explains one patient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from cds.core.cohort import Cohort
from cds.core.model import RegisteredModel
from cds.core.safety import SafetyRules
from cds.patients.dates import refuse_other_dates
from cds.patients.gather import gather
from cds.patients.report import PatientReport
from cds.patients.rows import DEFAULT_ID, as_frame, file_stem, refuse_other_data, rows_asked
from cds.patients.technical import document, input_hash
from cds.report.patient import patient_view
from cds.report.wording import refuse_other_languages


def explain(
    model: RegisteredModel,
    data: Cohort | pd.DataFrame,
    *,
    patient: str,
    id_column: str = DEFAULT_ID,
    allow_unvalidated: bool = False,
    seed: int = 1,
    language: str = "en",
    rules: str | Path | None = None,
) -> PatientReport:
    """The two pages about one patient from one model; the same inputs give the same bytes.

    ``data`` holds raw inputs, one row per patient, with columns ``red_flag_<id>``; a column ``recorded_on`` or
    ``date`` dates them (YYYY-MM-DD), ``not_for`` (yes, no or blank) says whether the card's *not for* holds.
    Without a column ``patient``, ``patient`` is the row's position and the page says ``row 12``. The estimate is
    withheld where it must be, with the reason. ``language`` is that of the page (``en`` or ``de``), ``rules`` a file of
    red-flag rules in place of the shipped ones.

    Raises:
        DataError: the patient is not in the data or has several rows, or the row's date is none.
        PredictionError: the data have none of the columns that the model needs.
        InputError: a red-flag column holds something other than yes, no or blank; rules that cannot be read, or a
            language that there is no catalogue of.
    """
    refuse_other_languages(language)
    frame = as_frame(data, id_column)
    refuse_other_data(model.card, frame)
    ids, (position,) = rows_asked(frame, id_column, [patient])
    refuse_other_dates(frame, [position])
    row = frame.iloc[[position]].reset_index(drop=True)
    asked: dict[str, Any] = {
        "allow_unvalidated": allow_unvalidated,
        "seed": seed,
        "language": language,
        "rules": rules_of(rules),
    }
    return report_of(model, row, pseudonym=ids[position], **asked)


def rules_of(file: str | Path | None) -> SafetyRules:
    """The red-flag rules of a file, the shipped ones where none is given; InputError as ``read_rules``."""
    from cds.safety.red_flags import read_rules

    return read_rules(None if file is None else Path(file))


def report_of(
    model: RegisteredModel,
    row: pd.DataFrame,
    *,
    pseudonym: str,
    allow_unvalidated: bool,
    seed: int,
    language: str = "en",
    rules: SafetyRules | None = None,
) -> PatientReport:
    """The report of one row of raw data, in a language that there is, screened by ``rules`` or the shipped ones."""
    asked: dict[str, Any] = {"allow_unvalidated": allow_unvalidated, "seed": seed, "language": language, "rules": rules}
    gathered = gather(model, row, pseudonym=pseudonym, **asked)
    view = patient_view(gathered.facts, language=language)
    told = input_hash(model, row, pseudonym=pseudonym, **asked)
    content = document(model, gathered, view, seed=seed, input_sha256=told)
    return PatientReport(view, file_stem(pseudonym, model.card.identity), content)
