"""What the model's card claims, beside what was found here, and what the audit says of the claims themselves."""

from __future__ import annotations

from collections.abc import Iterator

from cds.claims.audit import Audit, audit_card
from cds.claims.reported import ALIASES, Reported, read_number
from cds.core.errors import CardError
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval
from cds.core.model_card import ModelCard
from cds.core.study import Answer, Study

NOTE = "The claims are the card's; they were made elsewhere, in other patients or in those of the development."


def validate(study: Study) -> Iterator[Finding | Curve | Table]:
    """Two tables; nothing where there is no card or it claims nothing."""
    if study.card is None or not study.card.claims:
        return
    compared = tuple(_compared(study, study.card))
    if compared:
        header = ("claim", "reported", "found here", "reported value")
        yield Table(
            "claims_compared", "claims", "The card's claims and what was found", header, compared, NOTE, "other"
        )
    try:
        yield from _audited(audit_card(study.card))
    except CardError as fault:  # a claim that cannot be read is no reason not to validate the model
        yield _table((("[claims]", "cannot be read", str(fault)),))


def _compared(study: Study, card: ModelCard) -> Iterator[tuple[str, ...]]:
    """A row per claimed number that was measured here too, for all patients."""
    for name, value in card.claims.items():
        key = ALIASES.get(name, name)
        answers = _answers(study, key, card.claims.get("threshold"))
        if len(answers) != 1 or key not in study.measures:
            continue
        try:
            reported = read_number(value)
        except ValueError:
            continue  # the audit tells what is wrong with it
        yield (study.measures[key].label, reported.text, *_beside(reported, answers[0]))


def _answers(study: Study, measure: str, threshold: object) -> list[Answer]:
    return [
        answer
        for request, answer in study.answers.items()
        if request.measure == measure
        and request.analysis == "primary"
        and request.subgroup.overall
        and request.threshold in (None, threshold)
    ]


def _beside(reported: Reported, answer: Answer) -> tuple[str, str]:
    result = answer.result
    if not isinstance(result, Estimate):
        return result.reason, "–"
    value = f"{result.value:.3f}"
    if not isinstance(result.interval, Interval):
        return f"{value} (no interval: {result.interval.reason})", "–"
    low, high = result.interval.low, result.interval.high
    where = "above the interval" if reported.low > high else "below the interval" if reported.high < low else "inside"
    return f"{value} ({low:.3f} to {high:.3f})", where


def _audited(audit: Audit) -> Iterator[Table]:
    """The claims that are impossible, misleading or implausible."""
    if not audit.wrong:
        return
    yield _table(tuple((f.claim, f.judgement, f.sentence) for f in audit.wrong))


def _table(rows: tuple[tuple[str, ...], ...]) -> Table:
    header = ("claim", "judged", "why")
    return Table("claims_audit", "claims", "Claims of the card that do not hold up", header, rows, "", "other")
