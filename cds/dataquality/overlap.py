"""Patients judged here who were among those that the model was developed on or updated with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cds.core.finding import Finding, Severity
from cds.core.fingerprints import Overlap, SubsetOverlap
from cds.core.measure import NotEstimable
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import counted, listed, of_rows

MANY = 0.01  # of the patients, above chance
OVERLAP = DataCheck(
    code="DQ010",
    name="development_overlap",
    what="Patients who were among those that the model was developed on or updated with, by keyed fingerprints of "
    "their inputs, and of the inputs that stay as they are: how many match, against how many would by chance. By "
    "chance is the largest of three numbers: with every column drawn for itself from the patients judged, from how "
    "often the rows seen are alike among themselves, and from how often the patients judged are (coverage). An excess "
    "is real above the 99 % point of the number by chance, and from 3 patients on: blocking from 1 % of the patients "
    "on, below it a warning; in an apparent or internal design it is expected and said (info).",
    source="coverage: Good, Biometrika 1953;40:237, doi:10.1093/biomet/40.3-4.237; Chao & Jost, Ecology 2012;93:2533, "
    "doi:10.1890/11-1952.1; leakage: Kapoor & Narayanan, Patterns 2023;4:100804, doi:10.1016/j.patter.2023.100804",
)
COLUMNS = {"inputs": "all inputs", "stable": "the inputs that stay as they are"}
SEEN = {"development": "the data that the model was developed on", "update": "the data that the model was updated with"}
UNKNOWN = "the patients were not compared with the data that the model was developed on"


def overlap(study: Study) -> Iterator[Finding]:
    """A fault per subset of columns whose excess is real; a clear row where none is, or why it is not known."""
    found = study.overlap
    if study.card is None:
        yield OVERLAP.not_run(NO_CARD)
    elif isinstance(found, Overlap):
        faults = [fault for one in found.subsets for fault in _faults(study, found, one)]
        yield from faults or [OVERLAP.clear(_cleared(study, found))]
    else:
        yield OVERLAP.not_run(found.reason if isinstance(found, NotEstimable) else UNKNOWN)


def _cleared(study: Study, found: Overlap) -> dict[str, Any]:
    subsets = {f"{one.seen}, {one.subset}": _details(one, study.small_cell) for one in found.subsets}
    return next(iter(subsets.values())) if len(subsets) == 1 else {"patients": found.patients, **subsets}


def _faults(study: Study, found: Overlap, one: SubsetOverlap) -> Iterator[Finding]:
    small = study.small_cell
    details = _details(one, small)
    if one.repeats and not one.real:
        yield OVERLAP.fault("info", _cannot_tell(one, small), details)
    if not one.real:
        return
    if study.protocol is not None and study.protocol.judges_development:
        sentence = f"{_counted(one, small)} The design says so: no external validation, and never ready by itself."
        yield OVERLAP.fault("info", sentence, details)
        return
    severity: Severity = "blocking" if one.excess >= MANY * found.patients else "warning"
    sentence = f"{_counted(one, small)} {_likely(one)} {_beside(found, small)} {_what_to_do(one)}"
    yield OVERLAP.fault(severity, sentence, details)


def _counted(one: SubsetOverlap, small: int) -> str:
    """How many match, and how many would by chance."""
    rest = "" if one.subset == "inputs" else "other "
    who = of_rows(one.observed, one.patients, small, f"{rest}patients")
    names = listed(one.columns, most=4) if one.subset == "stable" else f"{len(one.columns)} columns"
    return (
        f"{who[0].upper()}{who[1:]} have the same values in {COLUMNS[one.subset]} ({names}) as a row of "
        f"{SEEN[one.seen]}; chance alone would make {_expected(one)}."
    )


def _expected(one: SubsetOverlap) -> str:
    told = "fewer than 1" if one.expected < 1 else f"about {one.expected:.0f}"
    return f"{told} match (99 % of the time at most {one.high})"


def _likely(one: SubsetOverlap) -> str:
    if one.subset == "stable":
        return "Likely cause: the same people measured again, who are not new to the model."
    return "Likely cause: the file holds rows of the development data, so that performance is flattered."


def _beside(found: Overlap, small: int) -> str:
    if found.not_repeated:
        return f"The analysis is not repeated without them: {found.not_repeated}."
    left = of_rows(found.patients - found.matched, found.patients, small, "patients")
    return f'The analysis is repeated without those who match ("without development patients", {left}).'


def _what_to_do(one: SubsetOverlap) -> str:
    return (
        "Compare the identifiers of this file with those of "
        + ("the development file" if one.seen == "development" else "the file of the update")
        + ", take out whom both hold, and validate on the others."
    )


def _cannot_tell(one: SubsetOverlap, small: int) -> str:
    return (
        f"{_counted(one, small)} Overlap cannot be told from chance: nearly every row of {SEEN[one.seen]} has a like "
        "one there. If they hold several rows of a patient, name patient_column in the card and register a new version."
    )


def _details(one: SubsetOverlap, small: int) -> dict[str, Any]:
    return {
        "patients": one.patients,
        "matching": counted(one.observed, small),
        "expected_by_chance": round(one.expected, 2),
        "by_chance_low": one.low,
        "by_chance_high": one.high,
        **({"excess": round(one.excess, 2)} if not 0 < one.observed < small else {}),
        "columns": len(one.columns),
        "subset": one.subset,
        "seen": one.seen,
        **{f"expected_{name}": round(value, 2) for name, value in one.by_chance.items()},
    }
