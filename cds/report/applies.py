"""Does the model apply to this patient? Not-for, range, missing and imputed inputs, resemblance, group."""

from __future__ import annotations

from cds.core.explanation import EstimateRange, MissingInput
from cds.core.prediction import Risk, RiskByHorizon, Value
from cds.report.facts import PatientFacts
from cds.report.frequencies import of_100
from cds.report.performance import group_lines
from cds.report.times import within
from cds.report.verdict import Decision, listed
from cds.report.wording import Sentences

MOST = 4
UNUSUAL = 0.9  # of others are more typical


def applies_lines(facts: PatientFacts, decision: Decision, say: Sentences) -> tuple[str, ...]:
    """The answers in the order in which a doubt would stop a reader; numbers only where the decision allows them."""
    troubles = [*_missing(facts, say), *_unreadable(facts, say), *_implausible(facts, say)]
    troubles += _outside(facts, decision, say)
    troubles += _imputed(facts, decision, say)
    return (
        _not_for(facts, say),
        *_capped(troubles, say),
        *([] if troubles else [_clear(facts, say)]),
        _like(facts, say),
        *(group_lines(facts, say) or [say("applies.group_unknown")]),
        _population(facts, say),
    )


def _capped(lines: list[str], say: Sentences) -> list[str]:
    if len(lines) <= MOST:
        return lines
    return [*lines[: MOST - 1], say("applies.more", count=len(lines) - MOST + 1)]


def _not_for(facts: PatientFacts, say: Sentences) -> str:
    if not facts.card.not_for:
        return say("applies.not_for_none")
    stated = say("applies.not_for", list="; ".join(facts.card.not_for))
    if facts.in_not_for is False and facts.screen.present:
        return stated  # a red flag often is a reason of its own: nothing reassuring beside it
    if facts.in_not_for is False and facts.screen.not_recorded:
        return f"{stated} {say('applies.not_for_unasked')}"
    answer = {True: "applies.not_for_recorded", False: "applies.not_for_clear", None: "applies.not_for_ask"}
    return f"{stated} {say(answer[facts.in_not_for])}"


def _missing(facts: PatientFacts, say: Sentences) -> list[str]:
    names = [facts.title(missing.input) for missing in facts.support.missing_required]
    return [say("applies.missing_required", inputs=listed(names, say))] if names else []


def _unreadable(facts: PatientFacts, say: Sentences) -> list[str]:
    return [say("applies.unreadable", input=facts.title(name)) for name in facts.unreadable]


def _implausible(facts: PatientFacts, say: Sentences) -> list[str]:
    return [
        say(
            "applies.implausible",
            input=facts.title(o.input),
            value=facts.shown(o.input, say),
            low=f"{o.low:g}",
            high=f"{o.high:g}",
        )
        for o in facts.support.outside_plausible
    ]


def _outside(facts: PatientFacts, decision: Decision, say: Sentences) -> list[str]:
    consequence = say("applies.only_range") if decision.form == "range" else ""
    person = facts.card.person
    lines = [
        say(
            _by_source("applies.outside", facts),
            input=facts.title(o.input),
            value=facts.shown(o.input, say),
            person=person,
            low=f"{o.low:g}",
            high=f"{o.high:g}",
        )
        for o in facts.support.outside_development
    ]
    lines += [
        say(
            _by_source("applies.unseen_level", facts),
            input=facts.title(u.input),
            value=facts.reworded(u.input, u.shown, say),
            person=person,
        )
        for u in facts.support.unseen_levels
    ]
    return [f"{line} {consequence}".strip() for line in lines]


def _imputed(facts: PatientFacts, decision: Decision, say: Sentences) -> list[str]:
    return [_one_imputed(facts, missing, decision, say) for missing in facts.support.missing_optional]


def _one_imputed(facts: PatientFacts, missing: MissingInput, decision: Decision, say: Sentences) -> str:
    if decision.form != "point":
        return say("applies.imputed_short", input=facts.title(missing.input))
    assumed = say("applies.assumed_nothing")
    if missing.assumed:
        assumed = say("applies.assumed", value=facts.reworded(missing.input, missing.assumed, say))
    if not missing.estimates or not missing.usual:
        return say("applies.imputed_plain", input=facts.title(missing.input), assumed=assumed)
    values = [facts.reworded(missing.input, value, say) for value in missing.usual]
    usual = ("–" if missing.numeric and len(values) == 2 else ", ").join(values)
    words = {"input": facts.title(missing.input), "assumed": assumed, "usual": usual}
    found = next((e for e in missing.estimates if e.horizon == facts.horizon), missing.estimates[-1])
    beyond = f" {say('applies.imputed_outside')}" if _outside_span(facts, found) else ""
    if facts.card.outcome in ("continuous", "score"):
        span = {"low": f"{found.low:.3g}", "high": f"{found.high:.3g}"}
        return say("applies.imputed_value", **span, **words) + beyond
    output = say("applies.output", output=facts.category(found.output)) if len(missing.estimates) > 1 else ""
    if found.horizon is not None:
        output = f" {within(found.horizon, facts.card.time_unit, say)}"
    told = say("applies.imputed", low=of_100(found.low), high=of_100(found.high), output=output, **words)
    return told + beyond


def _outside_span(facts: PatientFacts, found: EstimateRange) -> bool:
    """Whether the estimate that is given lies, as printed, where no usual value of the input would put it."""
    shown = facts.prediction
    if isinstance(shown, RiskByHorizon):
        own = float(shown.at(found.horizon).values[0]) if found.horizon is not None else None
    else:
        own = float(shown.values[0]) if isinstance(shown, Risk | Value) else None
    if own is None:
        return False
    low, high = (found.low, found.high) if isinstance(shown, Value) else (of_100(found.low), of_100(found.high))
    return not low <= (own if isinstance(shown, Value) else of_100(own)) <= high


def _like(facts: PatientFacts, say: Sentences) -> str:
    found = facts.support.resemblance
    if found is None:
        return say("applies.like_unknown")
    name = "applies.like" if found.share_nearer < UNUSUAL else "applies.unusual"
    name = "applies.unlike" if facts.sparse else name
    whom, rows = say(f"applies.whom_{found.source}"), found.rows or found.background_rows
    return say(name, whom=whom, percent=f"{100 * found.share_nearer:.0f}", rows=f"{rows:,}")


def _clear(facts: PatientFacts, say: Sentences) -> str:
    """No concern: every value lies in the ranges, of the development data or of the background sample, if known."""
    inside = {
        "development": "applies.inside",
        "background": "applies.inside_reference",
        "none": "applies.range_unknown",
    }[facts.support.range_source]
    return f"{say('applies.complete')} {say(inside)}"


def _by_source(name: str, facts: PatientFacts) -> str:
    """The sentence that speaks of the reference patients where the ranges are theirs."""
    return f"{name}_reference" if facts.support.range_source == "background" else name


def _population(facts: PatientFacts, say: Sentences) -> str:
    if not facts.card.population:
        return say("applies.population_missing")
    return say("applies.population", population=facts.card.population)
