"""Imputations taken for patients, and several rows of a patient where one is declared."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from cds.core.arrays import IntArray
from cds.core.finding import Finding, Severity
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.columns import coded_inputs, coded_outcome
from cds.dataquality.counts import counted, listed, of_rows

FEWEST_PATIENTS = 20  # whose rows all come in equal numbers, before that is taken for no accident
FEWEST_STABLE = 2  # inputs that are the same in all copies
ALIKE = 0.5  # how far the other inputs must agree between a patient's copies, above chance (1: always)
TELLING = 10  # different values of a column that can show in how many copies its rows come
MANY = 0.05
_IMPUTATION = re.compile(
    r"[._]?(imp|impnr|imputations?|imputed|mi_m)([._ ]?(id|nr|no|num|number|index))?_?", re.IGNORECASE
)
_PATIENT = re.compile(
    r"(patient|subject|participant|person|respondent|case|study|record|pat)[._ ]?(id|nr|no|code|key|number)|id|pid|"
    r"pseudonym|patient|subject|participant",
    re.IGNORECASE,
)
STACKED = DataCheck(
    code="DQ017",
    name="rows_that_are_no_patients",
    what="Imputations stacked on each other and taken for patients: a column such as Impnr or .imp with equally many "
    "rows of each number although cohort.imputation names none, or rows that all come in the same number of copies of "
    "the outcome and several inputs, and agree in most others (blocking). A column such as id by which rows that count "
    "as different patients are one (warning; blocking above 5 % of the patients).",
    source="White, Royston & Wood, Stat Med 2011;30:377, doi:10.1002/sim.4067, for the analysis of stacked imputations",
)


def stacked(study: Study) -> Iterator[Finding]:
    """A fault where rows are not patients; a clear row where nothing speaks against it."""
    found: list[Finding] = []
    if study.cohort.imputations is None:
        found = [*_numbered(study), *_equal_numbers(study)]
    found += _shared_names(study)
    if not found and study.card is None:
        yield STACKED.not_run(NO_CARD)
        return
    yield from found or [STACKED.clear({"rows": len(study.cohort)})]


def _numbered(study: Study) -> Iterator[Finding]:
    """A column that numbers imputations: consecutive whole numbers from 0 or 1, each in equally many rows."""
    inputs = set() if study.card is None else {feature.name for feature in study.card.inputs}
    for name in study.cohort.features.columns:
        if name in inputs or not _IMPUTATION.fullmatch(str(name)):
            continue
        numbers = pd.to_numeric(study.cohort.features[name], errors="coerce").to_numpy(dtype=np.float64)
        levels, counts = np.unique(numbers, return_counts=True)
        whole = len(levels) > 1 and levels[0] in (0, 1) and (np.diff(levels) == 1).all()
        if whole and len(set(counts.tolist())) == 1:
            sentence = (
                f"The column {name!r} numbers {len(levels)} imputations of {counts[0]} rows each, and the protocol "
                f"takes every row for a patient. Write imputation = {str(name)!r} (and patient) in [cohort], so that "
                "results are pooled by Rubin's rules; else every interval is too narrow."
            )
            yield STACKED.fault("blocking", sentence, {"imputations": len(levels), "rows": int(counts[0])})


def _equal_numbers(study: Study) -> Iterator[Finding]:
    """Rows that come in the same number of copies in the outcome and most inputs, in whatever order."""
    if study.cohort.visits is not None or len(study.cohort) != len(np.unique(study.cohort.patients)):
        return
    inputs, outcome = coded_inputs(study), coded_outcome(study.cohort.outcome)
    columns = inputs | outcome
    factors = {name: _common_factor(code) for name, code in columns.items()}
    for m in sorted({factors[name] for name, code in columns.items() if code.max() >= TELLING} - {1}):
        stable = {name: columns[name] for name, factor in factors.items() if factor % m == 0}
        same, varying = [name for name in inputs if name in stable], [name for name in inputs if name not in stable]
        if len(same) < FEWEST_STABLE or not set(outcome) <= set(stable):
            continue
        group = np.asarray(pd.DataFrame(stable).groupby(list(stable), sort=False).ngroup(), dtype=np.int64)
        if group.max() + 1 < FEWEST_PATIENTS or _common_factor(group) % m:
            continue
        if not varying or np.median([_agreement(group, inputs[name]) for name in varying]) >= ALIKE:
            yield _copied(study, m, same, varying)
            return


def _copied(study: Study, m: int, stable: list[str], varying: list[str]) -> Finding:
    if varying:
        also = f"; only {listed(varying)} differ{'s' if len(varying) == 1 else ''} between them"
    else:
        also = ", with the same value of every input"
    sentence = (
        f"Every row comes {m} times with the same outcome and the same {len(stable)} inputs{also}. Likely "
        f"cause: {m} imputations of {len(study.cohort) // m} patients, or the file copied below itself. Name the "
        "columns of patient and imputation in [cohort], or keep each patient once."
    )
    details = {"copies": m, "patients": len(study.cohort) // m, "inputs_that_vary": len(varying)}
    return STACKED.fault("blocking", sentence, details)


def _common_factor(code: IntArray) -> int:
    """The greatest number by which the counts of all levels can be divided."""
    return math.gcd(*np.unique(code, return_counts=True)[1].tolist())


def _agreement(group: IntArray, code: IntArray) -> float:
    """How much more often two rows of a group agree on a column than any two rows; 1 where they always do (kappa)."""
    within = _pairs(group * (code.max() + 2) + code + 1) / _pairs(group)
    any_two = _pairs(code) / (len(code) * (len(code) - 1) / 2)
    return (within - any_two) / (1 - any_two) if any_two < 1 else 1.0


def _pairs(code: IntArray) -> float:
    """How many pairs of rows have the same code."""
    counts = np.unique(code, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def _shared_names(study: Study) -> list[Finding]:
    """Columns that name patients and give one name to what the protocol takes for several."""
    protocol, cohort = study.protocol, study.cohort
    declared = (
        {} if protocol is None else protocol.cohort.model_dump(include={"patient", "imputation", "site", "visit"})
    )
    used = {*declared.values(), *(() if protocol is None else protocol.cohort.groups)}
    used |= set() if study.card is None else {feature.name for feature in study.card.inputs}
    names = [n for n in cohort.features.columns if n not in used and _PATIENT.fullmatch(str(n))]
    found = [_fault_of(study, str(name)) for name in names]
    return [fault for fault in found if fault is not None]


def _fault_of(study: Study, name: str) -> Finding | None:
    ids, patients, small = study.cohort.features[name], study.cohort.patients, study.small_cell
    per_id = pd.Series(patients).groupby(ids.to_numpy(), dropna=True).nunique()
    shared = int(per_id[per_id > 1].sum())
    total = len(np.unique(patients))
    if not shared or len(per_id) < max(FEWEST_PATIENTS, total // 100):  # few names are those of places
        return None
    severity: Severity = "blocking" if shared > MANY * total else "warning"
    who = of_rows(shared, total, small, "patients").capitalize()
    sentence = (
        f"{who} share their {name!r} with another one: {_who(study)} Likely cause: several rows a patient (visits, "
        f"imputations, copies). Write patient = {name!r} in [cohort], with visit or imputation where rows are these, "
        "or keep one row of each."
    )
    return STACKED.fault(severity, sentence, {"patients": total, "sharing": counted(shared, small)}, about=name)


def _who(study: Study) -> str:
    declared = None if study.protocol is None else study.protocol.cohort.patient
    if declared is not None:
        return f"the protocol names {declared!r} as patient."
    return "the protocol names no patient, so that every row counts as one."
