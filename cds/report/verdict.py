"""May an estimate be shown for this patient, and in which form? The rules of withholding, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cds.core.explanation import MissingInput
from cds.report.facts import PatientFacts
from cds.report.wording import Sentences

Status = Literal["stop", "ask_first", "caution", "available"]
Form = Literal["point", "range", "none"]


@dataclass(frozen=True)
class Decision:
    """The status, whether a point, a range or nothing is shown, and why, in words.

    ``withheld`` lists codes (``flag_present``, ``flag_unrecorded``, ``missing``, ``implausible``, ``not_for``,
    ``not_ready``, ``absent``, ``other_hash``, ``case_control``, ``undefined``).
    """

    status: Status
    form: Form
    withheld: tuple[str, ...]
    reasons: tuple[str, ...]
    cautions: tuple[str, ...]


def decide(facts: PatientFacts, say: Sentences) -> Decision:
    """Apply every rule; all reasons are given, not only the first."""
    found = [*_flags(facts, say), *_inputs(facts, say), *_standing(facts, say), *_prediction(facts, say)]
    codes, reasons = tuple(code for code, _ in found), tuple(reason for _, reason in found)
    cautions = _cautions(facts, say)
    form: Form = "none" if codes else "range" if facts.support.extrapolates or facts.sparse else "point"
    return Decision(_status(codes, cautions), form, codes, reasons, cautions)


def _status(codes: tuple[str, ...], cautions: tuple[str, ...]) -> Status:
    if "flag_present" in codes:
        return "stop"
    if "flag_unrecorded" in codes:
        return "ask_first"
    return "caution" if codes or cautions else "available"


def _flags(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    concerns: dict[tuple[str, str], list[str]] = {}
    for flag in facts.screen.present:
        concerns.setdefault((flag.concern, flag.action), []).append(flag.label)
    on = say("safety.on", date=facts.recorded_on) if facts.recorded_on else ""
    found = [
        ("flag_present", say("because.flag_present", concern=concern, flags="; ".join(labels), on=on, action=action))
        for (concern, action), labels in concerns.items()
    ]
    unasked = [flag.name for flag in facts.screen.not_recorded if flag.emergency]
    if unasked:
        found.append(("flag_unrecorded", say("because.flag_unrecorded", flags=listed(unasked, say, most=8))))
    return found


def _inputs(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    found = [("missing", say("because.missing", input=_missing(m))) for m in facts.support.missing_required]
    for outside in facts.support.outside_plausible:
        words = {"input": outside.label, "low": f"{outside.low:g}", "high": f"{outside.high:g}"}
        found.append(("implausible", say("because.implausible", value=facts.shown(outside.input), **words)))
    if facts.in_not_for:
        found.append(("not_for", say("because.not_for", who="; ".join(facts.card.not_for) or say("facts.missing"))))
    return found


def _missing(missing: MissingInput) -> str:
    if missing.plausible is None:
        return missing.label
    low, high = missing.plausible
    return f"{missing.label} ({low:g}–{high:g}{' ' + missing.unit if missing.unit else ''})"


def _standing(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    standing = facts.standing
    if standing is None:
        return [] if facts.allow_unvalidated else [("absent", say("because.absent"))]
    if not facts.same_model:
        return [("other_hash", say("because.other_hash"))]
    return [("not_ready", say("because.not_ready"))] if standing.readiness == "not_ready" else []


def _prediction(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    if not facts.card.gives_absolute_risk:
        return [("case_control", say("because.case_control"))]
    if facts.prediction_fault:
        return [("undefined", say("because.undefined", reason=facts.prediction_fault))]
    return []


def _cautions(facts: PatientFacts, say: Sentences) -> tuple[str, ...]:
    found = [say("caution.alert", name=alert.item.name) for alert in facts.screen.alerts]
    if facts.unvalidated_shown:
        found.append(say("caution.unvalidated"))
    if facts.standing is not None and facts.standing.readiness not in ("ready", "not_ready"):
        found.append(say("caution.inconclusive"))
    outside = [o.label for o in facts.support.outside_development]
    outside += [u.label for u in facts.support.unseen_levels]
    if outside:
        found.append(say("caution.outside", inputs=listed(outside, say)))
    if facts.sparse:
        found.append(say("caution.sparse"))
    if facts.support.missing_optional:
        found.append(say("caution.imputed", inputs=listed([m.label for m in facts.support.missing_optional], say)))
    blank = [flag.name for flag in facts.screen.not_recorded if not flag.emergency]
    if blank:
        found.append(say("caution.unrecorded", flags=listed(blank, say)))
    return tuple(found)


def listed(names: list[str], say: Sentences, most: int = 4) -> str:
    """Names joined by commas, the first few of them and how many more."""
    if len(names) <= most:
        return ", ".join(names)
    return ", ".join(names[: most - 1]) + say("list.more", count=len(names) - most + 1)
