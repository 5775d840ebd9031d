"""Inputs outside the range that their card calls plausible, and inputs written in another unit."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Finding
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.stats.suspicions import InputSuspicion, suspicions

OUT_OF_RANGE = DataCheck(
    code="DQ001",
    name="input_out_of_range",
    what="Numbers outside the plausible range that the model's card declares (warning).",
    source="Kahn et al., eGEMs 2016, atemporal plausibility, doi:10.13063/2327-9214.1244",
)
WRONG_UNIT = DataCheck(
    code="DQ002",
    name="input_in_another_unit",
    what="More than half of an input's values lie outside its plausible range, and 9 in 10 lie inside after "
    "conversion from a unit that is often mistaken for the declared one (blocking).",
    source="Kahn et al., eGEMs 2016, atemporal plausibility, doi:10.13063/2327-9214.1244",
)


def plausibility(study: Study) -> Iterator[Finding]:
    """One fault per suspicious input; a clear row for each check that found none."""
    if study.card is None:
        yield OUT_OF_RANGE.not_run(NO_CARD)
        yield WRONG_UNIT.not_run(NO_CARD)
        return
    ranged = sum(feature.range is not None for feature in study.card.inputs)
    if not ranged:
        yield OUT_OF_RANGE.not_run("the card declares no plausible ranges")
        yield WRONG_UNIT.not_run("the card declares no plausible ranges")
        return
    found = suspicions(study.card, study.cohort.features)
    for check, code in ((OUT_OF_RANGE, "out_of_range"), (WRONG_UNIT, "wrong_unit")):
        faults = [_fault(check, suspicion, len(study.cohort)) for suspicion in found if suspicion.code == code]
        yield from faults or [check.clear({"inputs": ranged})]


def _fault(check: DataCheck, suspicion: InputSuspicion, rows: int) -> Finding:
    cause = f" {suspicion.likely_cause[:1].upper()}{suspicion.likely_cause[1:]}?" if suspicion.likely_cause else ""
    return check.fault(
        "blocking" if check is WRONG_UNIT else "warning",
        f"{suspicion.sentence}{cause}",
        {"outside": len(suspicion.rows), "rows": rows},
        about=suspicion.input,
    )
