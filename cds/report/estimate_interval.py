"""How unsure the estimate is, in one sentence: an interval with its source, or that none is available and why."""

from __future__ import annotations

import re

from cds.core.prediction import Value
from cds.core.spread import CONFORMAL, CategorySet, Spread
from cds.report.estimate_parts import written
from cds.report.facts import PatientFacts
from cds.report.frequencies import of_100
from cds.report.wording import Sentences


def interval(facts: PatientFacts, say: Sentences) -> str:
    """The page's interval with its source, else that there is none and why."""
    found = facts.interval
    if found is None:
        return say("estimate.interval_none", reason=_reason(facts, say))
    told = {"level": f"{100 * found.level:g}", "source": source_words(found, say)}
    if isinstance(found, CategorySet):
        return _set(facts, found, told, say)
    if isinstance(facts.prediction, Value):
        write = written(facts, say)
        sentence = say("estimate.interval_value", low=write(found.low), high=write(found.high), **told)
        return _with_coverage(sentence, found, say)
    by_category = found.details.get("by_category")
    if by_category:
        ranges = [
            say("estimate.interval_class", low=of_100(low), high=of_100(high), category=facts.category(category))
            for category, (low, high) in by_category.items()
        ]
        return say("estimate.interval_classes", list=", ".join(ranges), **told)
    return say("estimate.interval", low=of_100(found.low), high=of_100(found.high), **told)


def source_words(found: Spread, say: Sentences) -> str:
    """How an interval was made; a method that the catalogue does not know keeps its own words."""
    if "refits" in found.details:
        return say("method.refits", refits=found.details["refits"])
    if found.method == CONFORMAL and "rows" in found.details:
        return say("method.set_apart", rows=found.details["rows"])
    if found.details.get("baseline") == "fixed":
        return say("method.baseline_fixed")
    return say.get(f"method.{re.sub('[^a-z0-9]+', '_', found.method.lower()).strip('_')}", found.method)


def _set(facts: PatientFacts, found: CategorySet, told: dict[str, str], say: Sentences) -> str:
    if set(found.categories) >= set(facts.card.categories):
        return say("estimate.interval_every", **told)
    named = ", ".join(facts.category(category) for category in found.categories)
    return _with_coverage(say("estimate.interval_set", list=named, **told), found, say)


def _with_coverage(sentence: str, found: Spread, say: Sentences) -> str:
    """What conformal prediction promises, and what not."""
    if found.method != CONFORMAL:
        return sentence
    return f"{sentence} {say('estimate.coverage', count=f'{100 * found.level:g}')}"


def _reason(facts: PatientFacts, say: Sentences) -> str:
    return say(f"estimate.no_interval_{facts.no_interval}" if facts.no_interval else "estimate.no_interval_given")
