"""What the latest validation run says about the model, for the patient's page: verdict, and what was unmet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.core.model import Standing
from cds.report.dates import written_date
from cds.report.facts import PatientFacts
from cds.report.performance import label_of
from cds.report.rounding import enough_decimals, fixed
from cds.report.run_times import row_within
from cds.report.verdict import Decision
from cds.report.wording import Sentences, shortened

MOST_CRITERIA = 3
_LONGEST_REGULATORY = 90
_BETWEEN = ("within", "difference_within", "ratio_within")


@dataclass(frozen=True)
class StandingBlock:
    """The lines of the block; ``strong`` prints the first in bold, as no READY is beside a withheld estimate."""

    lines: tuple[str, ...]
    strong: bool


def standing_block(facts: PatientFacts, decision: Decision, say: Sentences) -> StandingBlock:
    """Readiness with its numbers, what was not met, whether the run judged this very model, regulatory status."""
    standing = facts.standing
    status = facts.card.regulatory_status
    short = shortened(status, _LONGEST_REGULATORY)  # page 2 has more of it
    regulatory = say("standing.regulatory", status=short.rstrip(".") or say("facts.missing"))
    if standing is None:
        return StandingBlock((say("standing.absent"), regulatory), strong=True)
    ready = standing.readiness == "ready"
    lines = [_readiness(facts, standing, say), *_unmet(facts, standing, say)]
    if standing.readiness not in ("ready", "not_ready"):
        lines.append(say("standing.inconclusive_care"))
    return StandingBlock((*lines, _run(facts, standing, say), regulatory), strong=not ready or decision.form != "none")


def _run(facts: PatientFacts, standing: Standing, say: Sentences) -> str:
    population = standing.population or say("facts.missing")
    if standing.synthetic:
        population = f"{population} ({say('facts.synthetic_run')})"
    where = say("standing.run", created=written_date(standing.created, say), population=population)
    return f"{where} {say('standing.same_hash' if facts.same_model else 'standing.other_hash')}"


def _readiness(facts: PatientFacts, standing: Standing, say: Sentences) -> str:
    known = standing.readiness if standing.readiness in ("ready", "not_ready") else "inconclusive"
    return say(f"standing.{known}", counts=_counts(facts, standing, say))


def _counts(facts: PatientFacts, standing: Standing, say: Sentences) -> str:
    person, n = facts.card.person, f"{standing.n:,}"
    if standing.events is not None:
        return say("standing.counts", n=n, person=person, events=f"{standing.events:,}")
    return say("standing.counts_plain", n=n, person=person)


def _unmet(facts: PatientFacts, standing: Standing, say: Sentences) -> list[str]:
    """A line each for what failed, what stayed open, and what could not be looked at."""
    known = {"fails": "standing.failed", "inconclusive": "standing.unsettled"}
    lines: dict[str, list[str]] = {name: [] for name in (*known.values(), "standing.not_assessed")}
    for row in standing.unsettled:
        lines[known.get(str(row.get("verdict")), "standing.not_assessed")].append(_criterion(facts, row, say))
    return [say(name, list=_few(texts, say)) for name, texts in lines.items() if texts]


def _few(texts: list[str], say: Sentences) -> str:
    if len(texts) > MOST_CRITERIA:
        texts = [*texts[:MOST_CRITERIA], say("standing.more", count=len(texts) - MOST_CRITERIA)]
    return "; ".join(texts)


def _criterion(facts: PatientFacts, row: Mapping[str, Any], say: Sentences) -> str:
    group = say("standing.in_group", group=row["group"]) if row.get("group") else ""
    label = f"{_contrast(row, say)} {row_within(row, facts, say)}".rstrip()
    estimate, low, high = (row.get(name) for name in ("estimate", "low", "high"))
    if estimate is None or low is None or high is None:
        given = row.get("reason")
        reason = say.message(str(given), "standing.reason_elsewhere") if given else say("facts.missing")
        return say("standing.criterion_reason", label=label, group=group, reason=reason)
    criterion = row.get("criterion") or {}
    digits = enough_decimals([estimate, low, high], _bounds(criterion))
    numbers = {"estimate": fixed(estimate, digits), "low": fixed(low, digits), "high": fixed(high, digits)}
    required = _required(criterion, say)
    told = say("standing.criterion", label=label, group=group, required=required, **numbers)
    never = str(row.get("verdict")) == "inconclusive" and row.get("reason")  # an interval alone needs no reason
    return f"{told} {say('standing.distance')}" if never else told


def _contrast(row: Mapping[str, Any], say: Sentences) -> str:
    kind = row.get("kind")
    label = label_of(row, say)
    return say(f"standing.{kind}", label=label) if kind in ("difference", "ratio") else label


def _bounds(criterion: Mapping[str, Any]) -> list[float]:
    pairs = [criterion[key] for key in _BETWEEN if criterion.get(key) is not None]
    single = [criterion[key] for key in ("at_least", "at_most") if criterion.get(key) is not None]
    return [float(bound) for bound in (*(each for pair in pairs for each in pair), *single)]


def _required(criterion: Mapping[str, Any], say: Sentences) -> str:
    """The tolerance of a criterion in words."""
    for key in _BETWEEN:
        if criterion.get(key) is not None:
            low, high = criterion[key]
            return say("standing.between", low=fixed(low), high=fixed(high))
    low, high = criterion.get("at_least"), criterion.get("at_most")
    parts = [] if low is None else [say("standing.at_least", low=fixed(low))]
    parts += [] if high is None else [say("standing.at_most", high=fixed(high))]
    return ", ".join(parts) or say("facts.missing")
