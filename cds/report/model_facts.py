"""What a clinician may want to know about the model: for whom, from whom, how well, who answers for it."""

from __future__ import annotations

from dataclasses import dataclass

from cds.core.model_card import ModelCard
from cds.report.dates import written_date
from cds.report.estimate_parts import by_when, counted_from
from cds.report.facts import PatientFacts
from cds.report.performance import overall_performance
from cds.report.verdict import Decision
from cds.report.wording import Sentences, shortened

_LONGEST = 420


@dataclass(frozen=True)
class Fact:
    """A row of the table of model facts; ``whole`` where it must never be shortened."""

    name: str
    text: str
    whole: bool = False


def model_facts(facts: PatientFacts, decision: Decision, say: Sentences) -> tuple[Fact, ...]:
    """The rows; what the card does not say is printed as not recorded."""
    told = decision.form != "none"  # page 1 then says what is predicted
    card = facts.card
    responsible = ", ".join(part for part in (card.responsible, card.contact) if part)
    source = ". ".join(part.rstrip(".") for part in (card.source, card.licence) if part)
    rows = [
        *([] if told else [("predicts", _predicts(facts, say))]),
        ("intended", card.intended_use),
        ("not_for", "; ".join(card.not_for)),
        ("developed", _developed(card, say)),
        ("validated", _validated(facts, say)),
        ("performance", _performance(facts, say)),
        ("limits", card.limits),
        ("responsible", responsible),
        ("review", written_date(card.review_by, say)),
        ("regulatory", card.regulatory_status),
        ("source", source),
    ]
    found = [Fact(say(f"facts.{name}"), shortened(text, _LONGEST) or say("facts.missing")) for name, text in rows]
    if card.disclaimer:
        # Some licences ask that it is shown with every score, in full.
        found.append(Fact(say("facts.disclaimer"), card.disclaimer, whole=True))
    return tuple(found)


def _predicts(facts: PatientFacts, say: Sentences) -> str:
    card = facts.card
    return f"{(card.predicts or card.event_phrase).rstrip('.')}. {counted_from(card, say)} {by_when(facts, say)}"


def _developed(card: ModelCard, say: Sentences) -> str:
    development = card.development
    population = card.population or (development.description if development else "")
    if development is None:
        return population
    events = say("facts.developed_events", events=f"{development.events:,}") if development.events is not None else ""
    return say(
        "facts.developed_rows",
        population=population or say("facts.missing"),
        rows=f"{development.rows:,}",
        person=card.person,
        events=events,
    )


def _validated(facts: PatientFacts, say: Sentences) -> str:
    standing = facts.standing
    if standing is None:
        return say("facts.validated_none")
    population = standing.population or say("facts.missing")
    if standing.synthetic:
        population = f"{population}, {say('facts.synthetic_run')}"
    design = say.get(f"facts.design_{standing.design}", standing.design)
    name = "facts.validated_in" if standing.events is not None else "facts.validated_plain"
    return say(
        name,
        population=population,
        n=f"{standing.n:,}",
        person=facts.card.person,
        events=f"{standing.events or 0:,}",
        design=design,
        created=written_date(standing.created, say),
    )


def _performance(facts: PatientFacts, say: Sentences) -> str:
    if facts.standing is None:
        return say("facts.performance_none")
    if not facts.same_model:
        return say("facts.performance_other")
    return overall_performance(facts, facts.standing, say) or say("facts.performance_none")
