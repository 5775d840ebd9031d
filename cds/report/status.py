"""The one line at the top of both pages, and the action under it."""

from __future__ import annotations

from dataclasses import dataclass

from cds.report.facts import PatientFacts
from cds.report.verdict import SOONEST, Decision
from cds.report.wording import Sentences

MOST_REASONS = 6
_MARK = {"stop": "■", "ask_first": "?", "caution": "▲", "available": "●"}
_INPUTS = {"missing", "implausible"}


@dataclass(frozen=True)
class StatusLine:
    """Kind and form for the eye, the word, the line in large print, what to do, why, and the strip of page 2.

    ``word`` is one of four (STOP, ASK FIRST, CAUTION, AVAILABLE); ``line`` says besides whether a number follows.
    """

    kind: str
    form: str
    mark: str
    word: str
    line: str
    headline: str
    reasons: tuple[str, ...]
    strip: str


def status_line(facts: PatientFacts, decision: Decision, say: Sentences, *, without_reasons: bool) -> StatusLine:
    """The status that the decision asks for, in words; ``without_reasons`` where the explanation is withheld."""
    word = say(f"status.{decision.status}")
    form = {"none": "no_estimate", "range": "only_range", "point": "given"}[decision.form]
    line = say(f"status.caution_{form}") if decision.status == "caution" else word
    return StatusLine(
        decision.status,
        decision.form,
        _MARK[decision.status],
        word,
        line,
        _headline(facts, decision, say),
        _reasons(facts, decision, say, without_reasons=without_reasons),
        _strip(line, decision, say),
    )


def _headline(facts: PatientFacts, decision: Decision, say: Sentences) -> str:
    """What to do next: with a red flag its action, of several the most urgent ones."""
    if decision.status == "stop":
        soonest = min(facts.screen.present, key=lambda flag: SOONEST.index(flag.urgency)).urgency
        return " ".join(dict.fromkeys(flag.action for flag in facts.screen.present if flag.urgency == soonest))
    if decision.status == "ask_first":
        return say("status.ask")
    if decision.form == "none":
        return say("status.complete_inputs" if set(decision.withheld) <= _INPUTS else "status.without_model")
    return say("status.range_given" if decision.form == "range" else "status.estimate_given")


def _reasons(facts: PatientFacts, decision: Decision, say: Sentences, *, without_reasons: bool) -> tuple[str, ...]:
    if decision.reasons:
        # Thoughts of self-harm are told whatever else withholds the estimate.
        alerts = [say("status.alert", name=alert.item.name) for alert in facts.screen.alerts]
        reasons = [*decision.reasons[:1], *alerts, *decision.reasons[1:]]
    elif decision.cautions:
        reasons = [say("caution.line", reasons="; ".join(decision.cautions))]
    else:
        reasons = [say("status.available_no_reasons" if without_reasons else "status.available_line")]
    if len(reasons) <= MOST_REASONS:
        return tuple(reasons)
    return (*reasons[: MOST_REASONS - 1], say("status.more", count=len(reasons) - MOST_REASONS + 1))


def _strip(line: str, decision: Decision, say: Sentences) -> str:
    if decision.status in ("stop", "ask_first"):
        told = [say("strip.no_estimate")]
    else:
        told = [say(f"strip.{code}") for code in decision.withheld or decision.concerns if code != "alert"]
    if "alert" in decision.concerns:
        told.append(say("strip.alert"))
    return say("strip.both", line=line, why="; ".join(told)) if told else line
