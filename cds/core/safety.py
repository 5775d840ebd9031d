"""Red flags of one patient: the rules, what was recorded, and what that forbids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

FlagState = Literal["present", "absent", "not_recorded"]
Urgency = Literal["now", "same_day", "soon"]
GENERAL, POSTPARTUM = "general", "postpartum"


@dataclass(frozen=True)
class Wording:
    """The texts of a rule in another language than its file's."""

    name: str
    label: str
    concern: str
    action: str


@dataclass(frozen=True)
class RedFlag:
    """One rule: what is asked, of what it warns, how fast to act and on whose word.

    ``name`` is short (*Saddle numbness*); ``label`` is worded as new or worsening; ``concern`` is the
    condition suspected (*Possible cauda equina syndrome*). An ``emergency`` that is not recorded withholds
    the estimate. ``set`` says for whom it is asked: ``general``, or ``postpartum`` for what birth makes possible.
    ``wording`` holds the texts by language.
    """

    id: str
    name: str
    label: str
    group: str
    concern: str
    urgency: Urgency
    emergency: bool
    action: str
    column: str
    sources: tuple[str, ...]
    set: str = GENERAL
    wording: Mapping[str, Wording] = field(default_factory=dict)


@dataclass(frozen=True)
class ItemRule:
    """A questionnaire item with its own action whenever it is above 0, whatever the questionnaire's total.

    ``columns`` hold points (0 to ``maximum``), ``position_columns`` the answer's position from the top of the form
    (1 to ``maximum`` + 1), the first answer being worth the most points.
    """

    id: str
    name: str
    label: str
    concern: str
    urgency: Urgency
    action: str
    columns: tuple[str, ...]
    position_columns: tuple[str, ...]
    maximum: int
    sources: tuple[str, ...]
    set: str = GENERAL
    wording: Mapping[str, Wording] = field(default_factory=dict)


_Rule = TypeVar("_Rule", RedFlag, ItemRule)


@dataclass(frozen=True)
class SafetyRules:
    """The rules as read from their file, and who approved them; ``sources`` maps keys to references.

    ``language`` is that of the rules' own texts; ``untranslated`` names the rules that lack the wording of the
    language asked for and keep their own. ``left_out`` are the shipped emergency flags that these rules lack or do not
    hold for emergencies.
    """

    name: str
    version: str
    approved_by: str
    approved_on: str
    flags: tuple[RedFlag, ...]
    items: tuple[ItemRule, ...]
    sources: Mapping[str, str]
    sha256: str
    language: str = "en"
    untranslated: tuple[str, ...] = ()
    left_out: tuple[RedFlag, ...] = ()

    @property
    def approved(self) -> bool:
        """Whether a clinician signed these rules, with a date."""
        return bool(self.approved_by and self.approved_on)

    @property
    def rules(self) -> tuple[RedFlag | ItemRule, ...]:
        """The flags, then the items."""
        return (*self.flags, *self.items)

    def of_set(self, name: str) -> tuple[str, ...]:
        """The ids of the flags and items of one set, in the order of the rules."""
        return tuple(rule.id for rule in self.rules if rule.set == name)

    def in_language(self, language: str) -> SafetyRules:
        """The same rules worded in another language, where the file has that wording."""
        if language == self.language:
            return self
        lacking = tuple(rule.id for rule in self.rules if language not in rule.wording)
        return replace(
            self,
            flags=tuple(_worded(flag, language) for flag in self.flags),
            items=tuple(_worded(item, language) for item in self.items),
            untranslated=lacking,
            left_out=tuple(_worded(flag, language) for flag in self.left_out),
        )


def _worded(rule: _Rule, language: str) -> _Rule:
    found = rule.wording.get(language)
    if found is None:
        return rule
    return replace(rule, name=found.name, label=found.label, concern=found.concern, action=found.action)


@dataclass(frozen=True)
class FlagAnswer:
    """What was recorded about one red flag."""

    flag: RedFlag
    state: FlagState


@dataclass(frozen=True)
class ItemAnswer:
    """What was recorded about a questionnaire item that is among the inputs; present if above 0."""

    item: ItemRule
    state: FlagState


@dataclass(frozen=True)
class Withholding:
    """One reason for giving no estimate: a flag present, or an emergency flag not recorded."""

    flag: RedFlag
    state: Literal["present", "not_recorded"]


@dataclass(frozen=True)
class SafetyScreen:
    """Every red flag of one patient: present, absent or not recorded; and what that forbids."""

    rules: SafetyRules
    answers: tuple[FlagAnswer, ...]
    items: tuple[ItemAnswer, ...] = field(default=())

    def in_language(self, language: str) -> SafetyScreen:
        """The same answers to rules worded in another language, where the rules have that wording."""
        rules = self.rules.in_language(language)
        flags, items = {flag.id: flag for flag in rules.flags}, {item.id: item for item in rules.items}
        return SafetyScreen(
            rules,
            tuple(FlagAnswer(flags[answer.flag.id], answer.state) for answer in self.answers),
            tuple(ItemAnswer(items[answer.item.id], answer.state) for answer in self.items),
        )

    def in_state(self, state: FlagState) -> tuple[RedFlag, ...]:
        """The flags in one state, in the order of the rules."""
        return tuple(answer.flag for answer in self.answers if answer.state == state)

    @property
    def present(self) -> tuple[RedFlag, ...]:
        """The flags recorded as present."""
        return self.in_state("present")

    @property
    def absent(self) -> tuple[RedFlag, ...]:
        """The flags recorded as absent."""
        return self.in_state("absent")

    @property
    def not_recorded(self) -> tuple[RedFlag, ...]:
        """The flags that nobody recorded; they may be present."""
        return self.in_state("not_recorded")

    @property
    def stop(self) -> bool:
        """Whether a red flag is present."""
        return bool(self.present)

    @property
    def ask_first(self) -> bool:
        """Whether an emergency flag is not recorded."""
        return any(flag.emergency for flag in self.not_recorded)

    @property
    def withhold(self) -> tuple[Withholding, ...]:
        """Why no estimate may be shown: flags present, then emergency flags not recorded."""
        present = [Withholding(flag, "present") for flag in self.present]
        unasked = [Withholding(flag, "not_recorded") for flag in self.not_recorded if flag.emergency]
        return (*present, *unasked)

    @property
    def alerts(self) -> tuple[ItemAnswer, ...]:
        """The questionnaire items above 0: their action is shown whether or not the estimate is."""
        return tuple(answer for answer in self.items if answer.state == "present")

    @property
    def most_urgent(self) -> Urgency | None:
        """How fast to act on the most urgent present flag or item; None where nothing is present."""
        found = {flag.urgency for flag in self.present} | {answer.item.urgency for answer in self.alerts}
        order: tuple[Urgency, ...] = ("now", "same_day", "soon")
        return next((urgency for urgency in order if urgency in found), None)
