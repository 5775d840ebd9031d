"""Patients who could be randomised and have no arm: they leave the intention-to-treat set."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Finding
from cds.core.study import Study
from cds.dataquality.check import DataCheck
from cds.dataquality.counts import counted

WITHOUT_ARM = DataCheck(
    code="DQ023",
    name="eligible_without_an_arm",
    what="Patients of a trial who were eligible (trial.eligible) and whose arm is missing: they are left out as not "
    "randomised, and if they were randomised, the comparison is no longer by intention to treat (warning).",
    source="CONSORT 2010, items 13a and 16, BMJ 2010;340:c332, doi:10.1136/bmj.c332",
)


def without_arm(study: Study) -> Iterator[Finding]:
    """A warning where eligible patients have no arm; a clear row otherwise, and where there is no trial."""
    protocol, missing = study.protocol, study.cohort.without_arm
    if protocol is None or protocol.trial is None or not missing:
        yield WITHOUT_ARM.clear()
        return
    told = counted(missing, study.small_cell)
    who = "1 eligible patient has" if told == 1 else f"{str(told).capitalize()} eligible patients have"
    sentence = (
        f"{who} no arm in column {protocol.trial.arm!r} and {'is' if told == 1 else 'are'} left out as not randomised. "
        "Whoever was randomised belongs in the arm as randomised, whether or not seen again: complete the arm; if "
        "they were not randomised, accept this with the reason."
    )
    yield WITHOUT_ARM.fault("warning", sentence, {"eligible_without_arm": told})
