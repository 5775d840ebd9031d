"""The safety check as the page prints it: what is present, what was not asked, what is absent, and how fast to act."""

from __future__ import annotations

from dataclasses import dataclass

from cds.core.safety import POSTPARTUM, FlagState, SafetyRules, SafetyScreen, Urgency
from cds.report.dates import written_date
from cds.report.facts import PatientFacts
from cds.report.verdict import listed
from cds.report.wording import Sentences

_ORDER = {"present": 0, "not_recorded": 1, "absent": 2}
_MARK = {"present": "■", "not_recorded": "?", "absent": ""}


@dataclass(frozen=True)
class FlagRow:
    """One flag or questionnaire item: a mark for the eye, the reading in words, and how fast to act.

    An absent one has neither mark nor urgency: *absent* beside *now* would read as *absent now*.
    """

    kind: FlagState
    mark: str
    flag: str
    reading: str
    urgency: str


@dataclass(frozen=True)
class SafetyBlock:
    """A summary, one row per flag (what needs a person comes first), alerts, and who approved the rules.

    ``approved`` tells whether anybody did; unsigned rules are printed to be seen.
    """

    summary: str
    rows: tuple[FlagRow, ...]
    alerts: tuple[str, ...]
    rules: str
    approved: bool
    symptoms: str

    @property
    def acts(self) -> bool:
        """Whether any row says how fast to act; where every flag is absent the column would be empty."""
        return any(row.urgency for row in self.rows)

    @property
    def columns(self) -> tuple[tuple[FlagRow, ...], ...]:
        """The rows as two columns of a page, the first column the longer."""
        half = (len(self.rows) + 1) // 2
        return self.rows[:half], self.rows[half:]


def safety_block(facts: PatientFacts, say: Sentences) -> SafetyBlock:
    """The screen of this patient in words."""
    screen = facts.screen
    rules = screen.rules
    return SafetyBlock(
        summary=_summary(facts, say),
        rows=tuple(_rows(screen, say)),
        alerts=tuple(f"{a.item.concern}: {a.item.label}. {a.item.action}" for a in screen.alerts),
        rules=_rules(rules, say),
        approved=rules.approved,
        symptoms=say("safety.symptoms" if rules.of_set(POSTPARTUM) else "safety.symptoms_general"),
    )


def _rules(rules: SafetyRules, say: Sentences) -> str:
    """Who approved which file, what it leaves out of the shipped emergencies, and whose words are in another tongue."""
    signed = say("safety.signed", who=rules.approved_by, on=written_date(rules.approved_on, say))
    approval = signed if rules.approved else say("safety.unsigned")
    told = [say("safety.rules", approval=approval, name=rules.name, version=rules.version, hash=rules.sha256[:12])]
    if rules.left_out:
        told.append(say("safety.left_out", flags=listed([flag.name for flag in rules.left_out], say, most=8)))
    if rules.untranslated:
        own = say.get(f"language_name.{rules.language}", rules.language)
        names = [rule.name for rule in rules.rules if rule.id in rules.untranslated]
        told.append(say("safety.untranslated", language=own, flags=listed(names, say)))
    return " ".join(told)


def _summary(facts: PatientFacts, say: Sentences) -> str:
    screen = facts.screen
    total, blank = len(screen.answers), len(screen.not_recorded)
    unasked = say("safety.blank", count=blank, total=total) if blank else ""
    if screen.present:
        names = listed([flag.name for flag in screen.present], say)
        return f"{say('safety.some_present', count=len(screen.present), total=total, flags=names)} {unasked}".strip()
    if blank == total:
        return say("safety.none_asked", total=total)
    if blank:
        return f"{say('safety.none_present')} {unasked}"
    date = written_date(facts.recorded_on, say)
    on = say("safety.on", date=date) if date else ""
    return say("safety.all_absent", count=total, on=on)


def _rows(screen: SafetyScreen, say: Sentences) -> list[FlagRow]:
    flags = [(a.state, not a.flag.emergency, a.flag.name, a.flag.urgency) for a in screen.answers]
    items = [(a.state, True, a.item.name, a.item.urgency) for a in screen.items]
    ordered = sorted([*flags, *items], key=lambda row: (_ORDER[row[0]], row[1]))
    return [
        FlagRow(state, _MARK[state], name, say(f"safety.{state}"), _act(state, urgency, say))
        for state, _, name, urgency in ordered
    ]


def _act(state: FlagState, urgency: Urgency, say: Sentences) -> str:
    if state == "absent":
        return ""
    when = say(f"safety.urgency_{urgency}")
    return when if state == "present" else say("safety.if_present", when=when)
