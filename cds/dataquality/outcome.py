"""An outcome of which only one class was observed, that never varies, or that the model does not predict."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.finding import Finding
from cds.core.protocol import (
    CompetingRisksOutcome,
    ContinuousOutcome,
    OutcomeSection,
    RepeatedOutcome,
    SurvivalOutcome,
)
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck

ONE_CLASS = DataCheck(
    code="DQ006",
    name="outcome_of_one_class",
    what="Every patient, or no patient, has the outcome; every patient is of one category; or every observed value is "
    "the same: nothing about the model can be judged (blocking). A declared category that nobody has: its own "
    "probabilities cannot be judged (warning).",
    source="Riley et al., Stat Med 2021;40:4230 (events needed for validation), doi:10.1002/sim.9025",
)


OTHER_COLUMN = DataCheck(
    code="DQ008",
    name="outcome_not_on_the_card",
    what="The protocol's outcome column, or its unit, is not the one on the model's card: is it the outcome that the "
    "model predicts? (blocking, until the protocol accepts it with the reason).",
    source="The run would otherwise stand for a use that it did not examine",
)


def outcome_column(study: Study) -> Iterator[Finding]:
    """Whether the protocol judges the outcome that the card declares."""
    declared = "" if study.card is None else study.card.outcome_column
    judged = "" if study.protocol is None else _column(study.protocol.outcome)
    if not declared or not judged:
        yield OTHER_COLUMN.not_run("the card declares no outcome column" if study.card else NO_CARD)
    elif declared == judged:
        yield _unit(study) or OTHER_COLUMN.clear()
    else:
        sentence = (
            f"The protocol judges the column {judged!r}, the model's card predicts {declared!r}. If they are the same "
            f"outcome, accept {OTHER_COLUMN.code} in the protocol and say so."
        )
        yield OTHER_COLUMN.fault("blocking", sentence, {"protocol": judged, "card": declared})


def _unit(study: Study) -> Finding | None:
    """A fault where protocol and card name different units of an outcome that is a number."""
    outcome, card = study.protocol and study.protocol.outcome, study.card
    if not isinstance(outcome, ContinuousOutcome | RepeatedOutcome) or card is None or not (outcome.unit and card.unit):
        return None
    if outcome.unit.casefold() == card.unit.casefold():
        return None
    sentence = (
        f"The protocol's outcome is in {outcome.unit}, the model predicts {card.unit}. If they are the same unit, "
        f"accept {OTHER_COLUMN.code} in the protocol and say so."
    )
    return OTHER_COLUMN.fault("blocking", sentence, {"protocol": outcome.unit, "card": card.unit})


def _column(outcome: OutcomeSection) -> str:
    """The column that says what happened; with follow-up times, the one beside them."""
    match outcome:
        case SurvivalOutcome():
            return outcome.event
        case CompetingRisksOutcome():
            return outcome.status
        case _:
            return outcome.column


def outcome_classes(study: Study) -> Iterator[Finding]:
    """Whether the outcome varies: both classes, every declared category, more than one value."""
    sample = study.sample
    if isinstance(sample, BinarySample):
        yield _events(sample)
    elif isinstance(sample, NominalSample):
        yield _categories(sample)
    elif isinstance(sample, ContinuousSample | RepeatedSample):
        yield _values(sample)
    elif isinstance(sample, CompetingRisksSample):
        yield _times(sample)
    else:
        yield ONE_CLASS.not_run(f"it does not look at {sample.kind.replace('_', ' ')} outcomes")


def _events(sample: BinarySample) -> Finding:
    events = int(sample.outcome.sum())
    details = {"events": events, "rows": len(sample)}
    if sample.has_both_classes:
        return ONE_CLASS.clear(details)
    who = "No patient" if not events else "Every patient"
    return ONE_CLASS.fault("blocking", f"{who} has the outcome. Is outcome.positive the right value?", details)


def _times(sample: CompetingRisksSample) -> Finding:
    events, others = int(sample.happened.sum()), int(((sample.status > 0) & (sample.status != sample.cause)).sum())
    details = {"events": events, "other_events": others, "rows": len(sample)}
    if events:
        return ONE_CLASS.clear(details)
    sentence = "Nobody had the event: every follow-up was censored" + (", or ended by another event" if others else "")
    return ONE_CLASS.fault("blocking", f"{sentence}. Are the event's codes the right ones?", details)


def _categories(sample: NominalSample) -> Finding:
    counts = np.bincount(sample.code, minlength=len(sample.categories))
    details = {"rows": len(sample), "categories": len(sample.categories), "absent": int((counts == 0).sum())}
    absent = [name for name, n in zip(sample.categories, counts, strict=True) if not n]
    if not absent:
        return ONE_CLASS.clear(details)
    if len(absent) == len(sample.categories) - 1:
        only = sample.categories[int(counts.argmax())]
        sentence = f"Every patient is of the category {only}. Are outcome.categories the right values?"
        return ONE_CLASS.fault("blocking", sentence, details)
    sentence = (
        f"No patient is of the category {', '.join(absent)}: measures that need it have no value. "
        "Are outcome.categories the right values?"
    )
    return ONE_CLASS.fault("warning", sentence, details)


def _values(sample: ContinuousSample | RepeatedSample) -> Finding:
    distinct = len(np.unique(sample.observed))
    details = {"rows": len(sample), "distinct_values": distinct}
    if distinct > 1:
        return ONE_CLASS.clear(details)
    return ONE_CLASS.fault("blocking", "Every observed value is the same. Is it the right column?", details)
