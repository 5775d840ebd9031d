"""An outcome of which only one class was observed."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Finding
from cds.core.sample import BinarySample
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.predictions import NOT_BINARY

ONE_CLASS = DataCheck(
    code="DQ006",
    name="outcome_of_one_class",
    what="Every patient, or no patient, has the outcome: nothing about the model can be judged (blocking).",
    source="Riley et al., Stat Med 2021;40:4230 (events needed for validation), doi:10.1002/sim.9025",
)


OTHER_COLUMN = DataCheck(
    code="DQ008",
    name="outcome_other_than_the_cards",
    what="The protocol's outcome column is not the one on the model's card: is it the outcome that the model predicts? "
    "(blocking, until the protocol accepts it with the reason).",
    source="The run would otherwise stand for a use that it did not examine",
)


def outcome_column(study: Study) -> Iterator[Finding]:
    """Whether the protocol judges the outcome that the card declares."""
    declared = "" if study.card is None else study.card.outcome_column
    judged = study.protocol.outcome.column if study.protocol and study.protocol.outcome.kind == "binary" else ""
    if not declared or not judged:
        yield OTHER_COLUMN.not_run("the card declares no outcome column" if study.card else NO_CARD)
    elif declared == judged:
        yield OTHER_COLUMN.clear()
    else:
        sentence = (
            f"The protocol judges the column {judged!r}, the model's card predicts {declared!r}. If they are the same "
            f"outcome, accept {OTHER_COLUMN.code} in the protocol and say so."
        )
        yield OTHER_COLUMN.fault("blocking", sentence, {"protocol": judged, "card": declared})


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
