"""May an estimate be shown for this patient, and in which form? The rules of withholding, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cds.core.explanation import MissingInput
from cds.core.safety import Urgency
from cds.report.dates import written_date
from cds.report.facts import PatientFacts
from cds.report.wording import Sentences

Status = Literal["stop", "ask_first", "caution", "available"]
Form = Literal["point", "range", "none"]
SOONEST: tuple[Urgency, ...] = ("now", "same_day", "soon")


@dataclass(frozen=True)
class Decision:
    """The status, whether a point, a range or nothing is shown, and why, in words.

    ``withheld`` lists codes (``flag_present``, ``flag_unrecorded``, ``missing``, ``implausible``, ``not_for``,
    ``not_ready``, ``absent``, ``other_hash``, ``case_control``, ``undefined``), ``reasons`` their sentences;
    ``concerns`` lists codes (``alert``, ``unvalidated``, ``inconclusive``, ``outside``, ``sparse``, ``imputed``,
    ``unrecorded``), ``cautions`` their sentences.
    """

    status: Status
    form: Form
    withheld: tuple[str, ...]
    reasons: tuple[str, ...]
    concerns: tuple[str, ...]
    cautions: tuple[str, ...]


def decide(facts: PatientFacts, say: Sentences) -> Decision:
    """Apply every rule; all reasons are given, not only the first."""
    found = [*_flags(facts, say), *_inputs(facts, say), *_standing(facts, say), *_prediction(facts, say)]
    codes = tuple(dict.fromkeys(code for code, _ in found))
    cautions = _cautions(facts, say)
    form: Form = "none" if codes else "range" if facts.support.extrapolates or facts.sparse else "point"
    return Decision(
        _status(codes, bool(cautions)),
        form,
        codes,
        tuple(reason for _, reason in found),
        tuple(code for code, _ in cautions),
        tuple(caution for _, caution in cautions),
    )


def _status(codes: tuple[str, ...], cautioned: bool) -> Status:
    if "flag_present" in codes:
        return "stop"
    if "flag_unrecorded" in codes:
        return "ask_first"
    return "caution" if codes or cautioned else "available"


def _flags(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    return [*_present(facts, say), *_unasked(facts, say)]


def _present(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    """What is suspected, one line per condition; with its own action where the headline cannot stand for all."""
    concerns: dict[tuple[str, str], list[str]] = {}
    for flag in sorted(facts.screen.present, key=lambda flag: SOONEST.index(flag.urgency)):
        concerns.setdefault((flag.concern, flag.action), []).append(flag.label)
    several = len({action for _, action in concerns}) > 1
    date = written_date(facts.recorded_on, say)
    on = say("safety.on", date=date) if date else ""
    lines = [
        say("because.flag_present", concern=concern, flags="; ".join(labels), on=on) + (f" {action}" if several else "")
        for (concern, action), labels in concerns.items()
    ]
    if lines:
        lines.append(say("because.flag_no_estimate"))
    return [("flag_present", line) for line in lines]


def _unasked(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    """The emergency flags that nobody asked about, which block the estimate, and the others beside them."""
    blocking = [flag.name for flag in facts.screen.not_recorded if flag.emergency]
    others = [flag.name for flag in facts.screen.not_recorded if not flag.emergency]
    if not blocking:
        return []
    lines = [say("because.flag_unrecorded", flags=listed(blocking, say, most=8))]
    if others:
        lines.append(say("because.also_unrecorded", flags=listed(others, say, most=8)))
    return [("flag_unrecorded", line) for line in lines]


def _inputs(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    missing = [_missing(facts, each, say) for each in facts.support.missing_required]
    name = "because.missing" if len(missing) == 1 else "because.missing_several"
    found = [("missing", say(name, input=listed(missing, say)))] if missing else []
    for outside in facts.support.outside_plausible:
        words = {"input": facts.title(outside.input), "low": f"{outside.low:g}", "high": f"{outside.high:g}"}
        found.append(("implausible", say("because.implausible", value=facts.shown(outside.input, say), **words)))
    if facts.unreadable:
        names = listed([facts.title(name) for name in facts.unreadable], say)
        found.append(("implausible", say("because.unreadable", input=names)))
    if facts.in_not_for:
        found.append(("not_for", say("because.not_for", who="; ".join(facts.card.not_for) or say("facts.missing"))))
    return found


def _missing(facts: PatientFacts, missing: MissingInput, say: Sentences) -> str:
    feature = facts.feature(missing.input)
    if missing.plausible is None:
        return feature.title
    low, high = missing.plausible
    if f"{low:g}–{high:g}" in feature.title:  # a label that says it already
        return feature.title
    span = f"{say.numeral(f'{low:g}–{high:g}')} {feature.unit}".strip()
    return f"{feature.title} ({span})"


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
    if facts.prediction_fault and not facts.unreadable:
        reason = say.message(facts.prediction_fault, "because.undefined_elsewhere")
        return [("undefined", say("because.undefined", reason=reason))]
    return []


def _cautions(facts: PatientFacts, say: Sentences) -> list[tuple[str, str]]:
    found = [("alert", say("caution.alert", name=alert.item.name)) for alert in facts.screen.alerts]
    if facts.unvalidated_shown:
        found.append(("unvalidated", say("caution.unvalidated")))
    if facts.standing is not None and facts.standing.readiness not in ("ready", "not_ready"):
        found.append(("inconclusive", say("caution.inconclusive")))
    outside = outside_labels(facts)
    if outside:
        found.append(("outside", say("caution.outside", inputs=listed(outside, say))))
    if facts.sparse:
        found.append(("sparse", say("caution.sparse")))
    imputed = [facts.title(missing.input) for missing in facts.support.missing_optional]
    if imputed:
        found.append(("imputed", say("caution.imputed", inputs=listed(imputed, say))))
    blank = [flag.name for flag in facts.screen.not_recorded if not flag.emergency]
    if blank:
        found.append(("unrecorded", say("caution.unrecorded", flags=listed(blank, say))))
    return found


def outside_labels(facts: PatientFacts) -> list[str]:
    """The inputs whose values the model has not learned from."""
    names = [outside.input for outside in facts.support.outside_development]
    names += [unseen.input for unseen in facts.support.unseen_levels]
    return [facts.title(name) for name in names]


def listed(names: list[str], say: Sentences, most: int = 4) -> str:
    """Names joined by commas, the first few of them and how many more."""
    if len(names) <= most:
        return ", ".join(names)
    return ", ".join(names[: most - 1]) + say("list.more", count=len(names) - most + 1)
