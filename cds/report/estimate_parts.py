"""What the estimates of every kind share: the block, its words, the key of the icons, and the notes on ranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cds.core.model_card import ModelCard
from cds.core.prediction import Score, Value
from cds.report.facts import PatientFacts
from cds.report.frequencies import STEP
from cds.report.icon_array import icon_array, key_icon
from cds.report.small_drawings import KeyLine
from cds.report.times import span, without_time
from cds.report.verdict import listed, outside_labels
from cds.report.wording import Sentences

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class EstimateBlock:
    """What the page prints about the number: headline, drawings with their lines, and the notes below.

    ``words`` are lines between headline and drawings, ``curve`` a second drawing beside the first. ``kind`` is
    ``none`` where no estimate may be shown; then nothing in the block depends on the prediction.
    """

    kind: str
    headline: str
    drawing: Markup | str
    key: tuple[KeyLine, ...]
    notes: tuple[str, ...]
    words: tuple[str, ...] = ()
    curve: Markup | str = ""


def about(facts: PatientFacts, say: Sentences) -> list[str]:
    """What is predicted, counted from when, by when."""
    card = facts.card
    predicts = (card.predicts or card.event_phrase).rstrip(".")
    return [f"{say('estimate.outcome', predicts=predicts)} {counted_from(card, say)} {by_when(facts, say)}"]


def counted_from(card: ModelCard, say: Sentences) -> str:
    """The time origin, or that it is not stated."""
    return say("estimate.origin", origin=card.time_origin) if card.time_origin else say("estimate.origin_missing")


def by_when(facts: PatientFacts, say: Sentences) -> str:
    """The horizon; of several the one that the page is about, and why that one."""
    card, main = facts.card, facts.horizon
    if card.horizon and len(card.horizons) <= 1:
        return say("estimate.by", horizon=card.horizon)
    if main is None:
        return say("estimate.horizon_missing")
    chosen = "_span" if len(card.horizons) == 1 else "_longest" if card.main_horizon is None else "_chosen"
    return say(f"estimate.by{chosen}", horizon=span(main, card.time_unit, say))


def words(facts: PatientFacts, say: Sentences, when: str = "") -> dict[str, str]:
    """The card's phrases for sentences; ``when`` stands for the card's own words of the horizon."""
    card = facts.card
    ended = card.horizon and card.horizon not in card.event_phrase
    phrases = {"event": card.event_phrase, "no_event": card.no_event_phrase}
    if when:
        phrases = {name: without_time(text, card, say) for name, text in phrases.items()}
    time = when or (card.horizon if ended else "")
    horizon = say("estimate.horizon", horizon=time) if time else ""
    return {"person": card.person, **phrases, "horizon": horizon, "by": horizon if when else ""}


def icons(count: int, said: dict[str, str], say: Sentences) -> tuple[Markup, tuple[KeyLine, ...]]:
    """A hundred people for one chance, and the key."""
    alt = say("estimate.icons_alt", count=count, rest=100 - count, **said)
    lines = [
        ("filled", say("estimate.key", count=count, **said)),
        ("open", say("estimate.key_rest", count=100 - count, **said)),
    ]
    return icon_array(count, 0, alt=alt), _key(lines)


def range_icons(low: int, high: int, said: dict[str, str], say: Sentences) -> tuple[Markup, tuple[KeyLine, ...]]:
    """A hundred people for a range of chances, and the key."""
    alt = say("estimate.icons_alt_range", low=low, between=high - low, rest=100 - high, **said)
    lines = [
        ("filled", say("estimate.key_at_least", count=low, **said)),
        ("half", say("estimate.key_unsure", count=high - low)),
        ("open", say("estimate.key_rest_at_least", count=100 - high, **said)),
    ]
    return icon_array(low, high - low, alt=alt), _key(lines)


def _key(lines: list[tuple[str, str]]) -> tuple[KeyLine, ...]:
    return tuple(KeyLine(key_icon(kind, alt=text), text) for kind, text in lines)


def range_headline(low: int, high: int, said: dict[str, str], say: Sentences) -> str:
    """Both framings of a range."""
    return say("estimate.range", low=low, high=high, rest_low=100 - high, rest_high=100 - low, **said)


def range_made(facts: PatientFacts, say: Sentences) -> str:
    """How a range came about, which is no interval; chances are rounded outward, values and points are not."""
    outside = outside_labels(facts)
    how = say("estimate.made_outside", inputs=listed(outside, say)) if outside else say("estimate.made_sparse")
    rounded = "" if isinstance(facts.prediction, (Value, Score)) else say("estimate.made_rounded", step=STEP)
    return say("estimate.made", how=how, rounded=rounded)


def written(facts: PatientFacts, say: Sentences) -> Callable[[float], str]:
    """How a value of the outcome is printed, with its unit."""
    unit = facts.card.unit
    return lambda value: f"{say.numeral(f'{value:.3g}')} {unit}".strip().replace("-", "−")
