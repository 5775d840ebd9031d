"""The decision context: what acting on the model would do at the protocol's thresholds, and where this patient lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds.core.measure import Interval
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon
from cds.report.facts import PatientFacts
from cds.report.frequencies import range_of_100
from cds.report.rounding import fixed
from cds.report.run_times import at_page_horizon, is_page_horizon, row_within
from cds.report.verdict import Decision
from cds.report.wording import Sentences

MOST_THRESHOLDS = 3
_CLOSE = 1e-9


def decision_lines(facts: PatientFacts, decision: Decision, say: Sentences) -> tuple[str, ...]:
    """One line per threshold; none where no estimate may be weighed against it."""
    if decision.form == "none":
        return (say("decision.withheld"),)
    standing = facts.standing
    if standing is None or not standing.decision or not facts.same_model:
        return (say("decision.none"),)
    rows = at_page_horizon(standing.decision, facts)[:MOST_THRESHOLDS]
    lines = [_threshold(facts, row, _shown(facts, decision, row), say) for row in rows]
    return (*lines, say("decision.options"))


def _shown(facts: PatientFacts, decision: Decision, row: Mapping[str, Any]) -> tuple[float, float] | None:
    """The chance that the page shows, as its lowest and highest value: of a range what is printed, never its points.

    None where it is no chance of what the threshold is about, such as one by another time.
    """
    if isinstance(facts.prediction, RiskByHorizon) and not is_page_horizon(row, facts):
        return None
    chances = [
        _chance(p, facts.horizon, row.get("category")) for p in (facts.prediction, *facts.bounds) if p is not None
    ]
    known = [chance for chance in chances if chance is not None]
    if not known:
        return None
    if decision.form == "point":
        return known[0], known[0]
    low, high = range_of_100(known)
    return low / 100, high / 100


def _chance(prediction: Prediction, horizon: float | None, category: str | None) -> float | None:
    if isinstance(prediction, ClassProbabilities) and category in prediction.categories:
        return float(prediction.values[0, prediction.categories.index(category)])
    if isinstance(prediction, RiskByHorizon) and horizon is not None:
        return float(prediction.at(horizon).values[0])
    return float(prediction.values[0]) if isinstance(prediction, Risk) else None


def _threshold(facts: PatientFacts, row: Mapping[str, Any], span: tuple[float, float] | None, say: Sentences) -> str:
    threshold = float(row["threshold"])
    when = f" {time}" if (time := row_within(row, facts, say)) else ""
    if row.get("category"):
        when = say("decision.of_category", category=facts.category(str(row["category"])))
    words = {"threshold": f"{100 * threshold:g}", "person": facts.card.person, "when": when}
    counts = row.get("per_thousand") or {}
    known = all(name in counts for name in ("found", "missed", "wrongly_flagged"))
    parts = [say("decision.row", **words, **counts) if known else say("decision.row_plain", **words)]
    model, everyone = (_estimate(row.get(name)) for name in ("net_benefit", "net_benefit_treat_all"))
    if model is not None and everyone is not None:
        parts.append(say("decision.benefit", model=fixed(model, 3), all=fixed(everyone, 3)))
    parts += _gain(row.get("net_benefit_gain"), say)
    if span is not None and _straddles(facts, row, span, threshold):
        parts.append(say("decision.estimate_unsure", threshold=f"{100 * threshold:g}"))
    elif span is not None:
        parts.append(_where(*span, threshold, say))
    return " ".join(parts)


def _straddles(facts: PatientFacts, row: Mapping[str, Any], span: tuple[float, float], threshold: float) -> bool:
    """Whether the interval that page 1 prints beside a single chance reaches the threshold, as it is printed."""
    found = facts.interval
    if span[0] != span[1] or row.get("category") or not isinstance(found, Interval):
        return False
    return round(100 * found.low) <= 100 * threshold + _CLOSE and 100 * threshold - _CLOSE <= round(100 * found.high)


def _where(low: float, high: float, threshold: float, say: Sentences) -> str:
    about = "decision.range" if high > low else "decision.estimate"
    if low >= threshold - _CLOSE:
        return say(f"{about}_above", threshold=f"{100 * threshold:g}")
    if high < threshold - _CLOSE:
        return say(f"{about}_below", threshold=f"{100 * threshold:g}")
    return say("decision.range_across", threshold=f"{100 * threshold:g}")


def _estimate(numbers: Any) -> float | None:
    return numbers["estimate"] if isinstance(numbers, Mapping) else None


def _gain(numbers: Any, say: Sentences) -> list[str]:
    """Whether acting on the model beat treating all or none: its whole interval decides."""
    if not isinstance(numbers, Mapping) or numbers.get("low") is None or numbers.get("high") is None:
        return []
    if numbers["low"] > 0:
        return [say("decision.useful")]
    return [say("decision.harmful" if numbers["high"] < 0 else "decision.open")]
