"""An outcome of which only one class was observed."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Finding
from cds.core.sample import BinarySample
from cds.core.study import Study
from cds.dataquality.check import DataCheck
from cds.dataquality.predictions import NOT_BINARY

ONE_CLASS = DataCheck(
    code="DQ006",
    name="outcome_of_one_class",
    what="Every patient, or no patient, has the outcome: nothing about the model can be judged (blocking).",
    source="Riley et al., Stat Med 2021;40:4230 (events needed for validation), doi:10.1002/sim.9025",
)


def outcome_classes(study: Study) -> Iterator[Finding]:
    """Whether both classes occur."""
    sample = study.sample
    if not isinstance(sample, BinarySample):
        yield ONE_CLASS.not_run(NOT_BINARY)
        return
    events = int(sample.outcome.sum())
    details = {"events": events, "rows": len(sample)}
    if sample.has_both_classes:
        yield ONE_CLASS.clear(details)
        return
    who = "No patient" if not events else "Every patient"
    yield ONE_CLASS.fault("blocking", f"{who} has the outcome. Is outcome.positive the right value?", details)
