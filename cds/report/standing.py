"""What the latest validation run says about the model, for the patient's page: verdict, what was unmet, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds.core.model import Standing
from cds.report.facts import PatientFacts
from cds.report.verdict import Decision
from cds.report.wording import Sentences

MOST_CRITERIA = 3
MOST_THRESHOLDS = 3


def standing_lines(facts: PatientFacts, say: Sentences) -> tuple[str, ...]:
    """Readiness with its numbers, what was not met, and whether the run judged this very model."""
    standing = facts.standing
    if standing is None:
        return (say("standing.absent"),)
    lines = [_readiness(facts, standing, say)]
    if standing.unsettled:
        name = "standing.failed" if standing.readiness == "not_ready" else "standing.unsettled"
        lines.append(say(name, list=_unsettled(standing, say)))
    if standing.readiness == "inconclusive":
        lines.append(say("standing.inconclusive_care"))
    where = say(
        "standing.run", run=standing.run_id, created=standing.created[:10], population=_population(standing, say)
    )
    same = say("standing.same_hash" if facts.same_model else "standing.other_hash")
    return (*lines, f"{where} {same}")


def _population(standing: Standing, say: Sentences) -> str:
    population = standing.population or say("facts.missing")
    return f"{population} ({say('facts.synthetic_run')})" if standing.synthetic else population


def _readiness(facts: PatientFacts, standing: Standing, say: Sentences) -> str:
    known = standing.readiness if standing.readiness in ("ready", "not_ready") else "inconclusive"
    counts = _counts(facts, standing, say)
    return say(f"standing.{known}", counts=counts)


def _counts(facts: PatientFacts, standing: Standing, say: Sentences) -> str:
    person = facts.card.person
    if facts.card.outcome in ("binary", "survival", "competing_risks"):
        return say("standing.counts", n=standing.n, person=person, events=standing.events)
    return say("standing.counts_plain", n=standing.n, person=person)


def _unsettled(standing: Standing, say: Sentences) -> str:
    # A reader first needs what failed, then what was open, then what could not be looked at.
    rank = {"fails": 0, "inconclusive": 1}
    rows = sorted(standing.unsettled, key=lambda row: rank.get(str(row.get("verdict")), 2))
    texts = [_criterion(row, say) for row in rows[:MOST_CRITERIA]]
    if len(rows) > MOST_CRITERIA:
        texts.append(say("standing.more", count=len(rows) - MOST_CRITERIA))
    return "; ".join(texts)


def _criterion(row: Mapping[str, Any], say: Sentences) -> str:
    group = say("standing.in_group", group=row["group"]) if row.get("group") else ""
    label = _contrast(row, say)
    low, high = row.get("low"), row.get("high")
    if low is None or high is None:
        reason = row.get("reason") or say("facts.missing")
        return say("standing.criterion_reason", label=label, group=group, reason=reason)
    required = required_text(row.get("criterion") or {}, say)
    return say("standing.criterion", label=label, group=group, low=_number(low), high=_number(high), required=required)


def _label(row: Mapping[str, Any]) -> str:
    return str(row.get("label") or str(row.get("measure", "")).replace("_", " "))


def _contrast(row: Mapping[str, Any], say: Sentences) -> str:
    kind = row.get("kind")
    return say(f"standing.{kind}", label=_label(row)) if kind in ("difference", "ratio") else _label(row)


def required_text(criterion: Mapping[str, Any], say: Sentences) -> str:
    """The tolerance of a criterion in words."""
    for key in ("within", "difference_within", "ratio_within"):
        if criterion.get(key) is not None:
            low, high = criterion[key]
            return say("standing.between", low=_number(low), high=_number(high))
    low, high = criterion.get("at_least"), criterion.get("at_most")
    parts = [] if low is None else [say("standing.at_least", low=_number(low))]
    parts += [] if high is None else [say("standing.at_most", high=_number(high))]
    return ", ".join(parts) or say("facts.missing")


def _number(value: Any) -> str:
    return f"{float(value):.2f}".replace("-", "−")


def performance(rows: tuple[Mapping[str, Any], ...], say: Sentences, *, most: int = 5) -> str:
    """Measures with their intervals in one line; empty where there is none."""
    texts = []
    for row in rows[:most]:
        estimate, low, high = row.get("estimate"), row.get("low"), row.get("high")
        if estimate is None:
            continue
        if low is None or high is None:
            texts.append(say("facts.measure_plain", label=_label(row), estimate=_number(estimate)))
        else:
            numbers = {"estimate": _number(estimate), "low": _number(low), "high": _number(high)}
            texts.append(say("facts.measure", label=_label(row), **numbers))
    return "; ".join(texts)


def overall_performance(standing: Standing, say: Sentences) -> str:
    """The run's overall measures in one line."""
    return performance(tuple(row for row in standing.performance if not row.get("attribute")), say)


def group_lines(facts: PatientFacts, say: Sentences) -> tuple[str, ...]:
    """How the model did in this patient's groups, where the validation looked."""
    if facts.standing is None or not facts.same_model:
        return ()
    lines = []
    for attribute, level in facts.groups.items():
        rows = tuple(
            row
            for row in facts.standing.performance
            if row.get("attribute") == attribute and str(row.get("group")) == level
        )
        text = _per_hundred(rows, say) or performance(rows, say, most=3)
        if text:
            lines.append(say("applies.group", attribute=attribute, group=level, list=text))
    return tuple(lines)


def _per_hundred(rows: tuple[Mapping[str, Any], ...], say: Sentences) -> str:
    """Observed over expected in words; empty where the run has no such number with an interval."""
    for row in rows:
        numbers = [row.get(key) for key in ("estimate", "low", "high")]
        if row.get("measure") == "observed_expected" and None not in numbers:
            estimate, low, high = (f"{100 * float(number):.0f}" for number in numbers if number is not None)
            return say("applies.per_hundred", estimate=estimate, low=low, high=high)
    return ""


def decision_lines(facts: PatientFacts, decision: Decision, chance: float | None, say: Sentences) -> tuple[str, ...]:
    """The protocol's thresholds and what acting on the model would do at them; ``chance`` where a point is shown."""
    standing = facts.standing
    if standing is None or not standing.decision or not facts.same_model:
        return (say("decision.none"),)
    lines = [_threshold(facts, row, chance, say) for row in standing.decision[:MOST_THRESHOLDS]]
    if decision.form == "none":
        lines.append(say("decision.withheld"))
    return (*lines, say("decision.options"))


def _threshold(facts: PatientFacts, row: Mapping[str, Any], chance: float | None, say: Sentences) -> str:
    threshold = float(row["threshold"])
    words = {"threshold": f"{100 * threshold:g}", "person": facts.card.person}
    counts = row.get("per_thousand") or {}
    known = all(name in counts for name in ("found", "missed", "wrongly_flagged"))
    parts = [say("decision.row", **words, **counts) if known else say("decision.row_plain", **words)]
    model, everyone = (_estimate(row.get(name)) for name in ("net_benefit", "net_benefit_treat_all"))
    if model is not None and everyone is not None:
        parts.append(say("decision.benefit", model=_fine(model), all=_fine(everyone)))
    parts += _gain(row.get("net_benefit_gain"), say)
    if chance is not None:
        parts.append(say("decision.above" if chance >= threshold else "decision.below"))
    return " ".join(parts)


def _estimate(numbers: Any) -> float | None:
    return numbers["estimate"] if isinstance(numbers, Mapping) else None


def _gain(numbers: Any, say: Sentences) -> list[str]:
    """Whether acting on the model beat treating all or none: its whole interval decides."""
    if not isinstance(numbers, Mapping) or numbers.get("low") is None or numbers.get("high") is None:
        return []
    if numbers["low"] > 0:
        return [say("decision.useful")]
    return [say("decision.harmful" if numbers["high"] < 0 else "decision.open")]


def _fine(value: Any) -> str:
    return f"{float(value):.3f}".replace("-", "−")
