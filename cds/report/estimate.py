"""The estimate in words and one drawing, for every kind of prediction: as a point, as a range, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from cds.core.measure import Interval
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Score, Value
from cds.report.facts import PatientFacts
from cds.report.frequencies import STEP, counted, of_100, range_of_100, shares_of_100
from cds.report.icon_array import icon_array, key_icon
from cds.report.small_drawings import KeyLine, risk_curve, share_bar
from cds.report.verdict import Decision, listed, outside_labels
from cds.report.wording import Sentences

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_HORIZONS = 4


@dataclass(frozen=True)
class EstimateBlock:
    """What the page prints about the number: headline, drawing with its lines, and the notes below.

    ``kind`` is ``none`` where no estimate may be shown; then nothing in the block depends on the prediction.
    """

    kind: str
    headline: str
    drawing: Markup | str
    key: tuple[KeyLine, ...]
    notes: tuple[str, ...]


def estimate_block(facts: PatientFacts, decision: Decision, say: Sentences) -> EstimateBlock:
    """The block that the decision allows."""
    shown = facts.prediction
    if decision.form == "none" or shown is None:
        # The reasons are at the top of the page; beside a red flag nothing else is worth a reader's time.
        notes = () if decision.status == "stop" else (say("estimate.see_above"), *_about(facts, say))
        return EstimateBlock("none", say("estimate.withheld"), "", (), notes)
    block = _drawn(facts, _spread(facts, shown, decision), say)
    notes = (*block.notes, *_about(facts, say))
    return replace(block, notes=(*notes, say("estimate.low_number")))


def _about(facts: PatientFacts, say: Sentences) -> list[str]:
    card = facts.card
    predicts = card.predicts or card.event_phrase
    origin = say("estimate.origin", origin=card.time_origin) if card.time_origin else say("estimate.origin_missing")
    if card.horizon:
        by = say("estimate.by", horizon=card.horizon)
    elif card.horizons:
        by = say("estimate.by", horizon=f"{_times(card.horizons)} {card.time_unit}".strip())
    else:
        by = say("estimate.horizon_missing")
    return [f"{say('estimate.outcome', predicts=predicts)} {origin} {by}"]


def _times(horizons: tuple[float, ...]) -> str:
    if len(horizons) <= MOST_HORIZONS:
        return ", ".join(f"{horizon:g}" for horizon in horizons)
    return f"{horizons[0]:g}–{horizons[-1]:g}"


def _told(horizons: tuple[float, ...]) -> set[float]:
    """The horizons put in words: all of a few, else evenly spread ones with the last; the curve shows every one."""
    last = len(horizons) - 1
    return {horizons[round(last * (k + 1) / MOST_HORIZONS)] for k in range(MOST_HORIZONS)} | set(horizons[-1:])


def _spread(facts: PatientFacts, shown: Prediction, decision: Decision) -> tuple[Prediction, ...]:
    return (shown,) if decision.form == "point" else (shown, *facts.bounds)


def _drawn(facts: PatientFacts, spread: tuple[Prediction, ...], say: Sentences) -> EstimateBlock:
    first = spread[0]
    if isinstance(first, Risk):
        return _risk(facts, [float(p.values[0]) for p in spread if isinstance(p, Risk)], say)
    if isinstance(first, Value):
        return _value(facts, first, [float(p.values[0]) for p in spread if isinstance(p, Value)], say)
    if isinstance(first, ClassProbabilities):
        rows = [p.values[0].tolist() for p in spread if isinstance(p, ClassProbabilities)]
        return _classes(facts, first.categories, rows, say)
    if isinstance(first, RiskByHorizon):
        rows = [p.values[0].tolist() for p in spread if isinstance(p, RiskByHorizon)]
        return _horizons(facts, first.horizons, rows, say)
    if isinstance(first, Score):
        return _score(facts, first, [float(p.values[0]) for p in spread if isinstance(p, Score)], say)
    assert_never(first)


def _risk(facts: PatientFacts, chances: Sequence[float], say: Sentences) -> EstimateBlock:
    words = _words(facts, say)
    if len(chances) > 1:
        low, high = range_of_100(chances)
        rest = {"rest_low": 100 - high, "rest_high": 100 - low}
        headline = say("estimate.range", low=low, high=high, **rest, **words)
        alt = say("estimate.icons_alt_range", low=low, between=high - low, rest=100 - high, **words)
        notes = [_range_made(facts, say), _average(facts, say)]
        return EstimateBlock(
            "risk_range",
            headline,
            icon_array(low, high - low, alt=alt),
            _range_key(low, high, words, say),
            tuple(notes),
        )
    chance = chances[0]
    headline = say("estimate.headline", count=counted(chance, say), rest=counted(1 - chance, say), **words)
    count = of_100(chance)
    alt = say("estimate.icons_alt", count=count, rest=100 - count, **words)
    notes = [_interval(facts, say), _average(facts, say)]
    return EstimateBlock("risk", headline, icon_array(count, 0, alt=alt), _key(count, words, say), tuple(notes))


def _words(facts: PatientFacts, say: Sentences) -> dict[str, str]:
    card = facts.card
    ended = card.horizon and card.horizon not in card.event_phrase
    return {
        "person": card.person,
        "event": card.event_phrase,
        "no_event": card.no_event_phrase,
        "horizon": say("estimate.horizon", horizon=card.horizon) if ended else "",
    }


def _key(count: int, words: dict[str, str], say: Sentences) -> tuple[KeyLine, ...]:
    lines = [
        ("filled", say("estimate.key", count=count, **words)),
        ("open", say("estimate.key_rest", count=100 - count, **words)),
    ]
    return tuple(KeyLine(key_icon(kind, alt=text), text) for kind, text in lines)


def _range_key(low: int, high: int, words: dict[str, str], say: Sentences) -> tuple[KeyLine, ...]:
    lines = [
        ("filled", say("estimate.key_at_least", count=low, **words)),
        ("half", say("estimate.key_unsure", count=high - low)),
        ("open", say("estimate.key_rest_at_least", count=100 - high, **words)),
    ]
    return tuple(KeyLine(key_icon(kind, alt=text), text) for kind, text in lines)


def _range_made(facts: PatientFacts, say: Sentences) -> str:
    """How a range came about, which is no interval; chances are rounded outward, values and points are not."""
    outside = outside_labels(facts)
    how = say("estimate.made_outside", inputs=listed(outside, say)) if outside else say("estimate.made_sparse")
    rounded = "" if isinstance(facts.prediction, (Value, Score)) else say("estimate.made_rounded", step=STEP)
    return say("estimate.made", how=how, rounded=rounded)


def _interval(facts: PatientFacts, say: Sentences) -> str:
    if facts.interval is None:
        return _no_interval(facts, say)
    found = facts.interval
    low, high = of_100(found.low), of_100(found.high)
    return say("estimate.interval", low=low, high=high, level=f"{100 * found.level:g}", source=found.method)


def _no_interval(facts: PatientFacts, say: Sentences) -> str:
    if facts.instability is not None:
        return _instability(facts, facts.instability, say)
    return say("estimate.interval_none", reason=facts.no_interval or say("estimate.no_interval_given"))


def _instability(facts: PatientFacts, found: Interval, say: Sentences) -> str:
    """How far the estimate would have moved in another sample: no interval for the truth."""
    if isinstance(facts.prediction, Value):
        write = _written(facts)
        ends = {"low": write(found.low), "high": write(found.high)}
        return say("estimate.instability_value", **ends, level=f"{100 * found.level:g}", refits=found.details["refits"])
    low, high = of_100(found.low), of_100(found.high)
    level, refits = f"{100 * found.level:g}", found.details["refits"]
    return say("estimate.instability", low=low, high=high, level=level, refits=refits)


def _average(facts: PatientFacts, say: Sentences) -> str:
    development = facts.card.development
    if development is None:
        return say("estimate.average_none")
    mean = development.outcome_mean
    if mean is None and development.events is not None and development.rows:
        mean = development.events / development.rows
    if mean is None or not 0 <= mean <= 1:
        return say("estimate.average_none")
    return say("estimate.average", average=of_100(mean))


def _value(facts: PatientFacts, first: Value, values: Sequence[float], say: Sentences) -> EstimateBlock:
    low, high = min(values), max(values)
    write = _written(facts)
    if len(values) > 1:
        headline = say("estimate.value_range", low=write(low), high=write(high))
        note = _range_made(facts, say)
    else:
        headline = say("estimate.value", value=write(low))
        note = _prediction_interval(facts, first, say)
    return EstimateBlock(
        "value_range" if len(values) > 1 else "value",
        headline,
        "",
        (),
        (note, _average_value(facts, write, say)),
    )


def _written(facts: PatientFacts) -> Callable[[float], str]:
    unit = facts.card.unit
    return lambda value: f"{value:.3g} {unit}".strip().replace("-", "−")


def _prediction_interval(facts: PatientFacts, first: Value, say: Sentences) -> str:
    if first.low is None or first.high is None:
        return _no_interval(facts, say)
    write = _written(facts)
    return say("estimate.value_interval", low=write(float(first.low[0])), high=write(float(first.high[0])))


def _average_value(facts: PatientFacts, write: Callable[[float], str], say: Sentences) -> str:
    development = facts.card.development
    if development is None or development.outcome_mean is None:
        return say("estimate.average_none")
    return say("estimate.average_value", average=write(development.outcome_mean))


def _classes(
    facts: PatientFacts, categories: tuple[str, ...], rows: list[list[float]], say: Sentences
) -> EstimateBlock:
    person = facts.card.person
    columns = list(zip(*rows, strict=True))
    if len(rows) > 1:
        spans = [range_of_100(column) for column in columns]
        texts = [
            say("estimate.class_row_range", low=low, high=high, category=category)
            for (low, high), category in zip(spans, categories, strict=True)
        ]
        headline, kind = say("estimate.classes_range", person=person), "classes_range"
    else:
        counts = shares_of_100(rows[0])
        spans = [(count, count) for count in counts]
        texts = [
            say(
                "estimate.class_row",
                count=say("estimate.about", count=count) if count else say("estimate.fewer_than_one"),
                category=category,
            )
            for count, category in zip(counts, categories, strict=True)
        ]
        headline, kind = say("estimate.classes", person=person), "classes"
    key = tuple(
        KeyLine(share_bar(low / 100, high / 100, alt=text), text)
        for (low, high), text in zip(spans, texts, strict=True)
    )
    note = _range_made(facts, say) if len(rows) > 1 else _no_interval(facts, say)
    return EstimateBlock(kind, headline, "", key, (note, say("estimate.average_none")))


def _horizons(
    facts: PatientFacts, horizons: tuple[float, ...], rows: list[list[float]], say: Sentences
) -> EstimateBlock:
    words = {**_words(facts, say), "unit": facts.card.time_unit}
    columns = list(zip(*rows, strict=True))
    texts = []
    told = set(horizons) if len(horizons) <= MOST_HORIZONS else _told(horizons)
    for time, column in zip(horizons, columns, strict=True):
        if time not in told:
            continue
        if len(rows) > 1:
            low, high = range_of_100(column)
            texts.append(say("estimate.horizon_row_range", time=f"{time:g}", low=low, high=high, **words))
        else:
            chance = column[0]
            both = {"count": counted(chance, say), "rest": counted(1 - chance, say)}
            texts.append(say("estimate.horizon_row", time=f"{time:g}", **both, **words))
    lows, highs = _curve_ends(columns)
    curve = risk_curve(horizons, lows, highs, alt=say("estimate.curve_alt", list="; ".join(texts), **words))
    kind = "horizons_range" if len(rows) > 1 else "horizons"
    headline = say(f"estimate.{kind}", **words)
    key = tuple(KeyLine(key_icon("filled", alt=text), text) for text in texts)
    note = _range_made(facts, say) if len(rows) > 1 else _no_interval(facts, say)
    return EstimateBlock(kind, headline, curve, key, (note, say("estimate.average_none")))


def _curve_ends(columns: list[tuple[float, ...]]) -> tuple[list[float], list[float]]:
    """The curve at the precision that is printed: drawn finer, a range would show its points."""
    if len(columns[0]) == 1:
        return [of_100(c[0]) / 100 for c in columns], [of_100(c[0]) / 100 for c in columns]
    spans = [range_of_100(column) for column in columns]
    return [low / 100 for low, _ in spans], [high / 100 for _, high in spans]


def _score(facts: PatientFacts, first: Score, values: Sequence[float], say: Sentences) -> EstimateBlock:
    notes: tuple[str, ...] = (say("estimate.score_note"),)
    if len(values) > 1:
        headline = say("estimate.score_range", low=f"{min(values):.3g}", high=f"{max(values):.3g}")
        return EstimateBlock("score_range", headline, "", (), (_range_made(facts, say), *notes))
    if first.groups is None:
        return EstimateBlock("score", say("estimate.score", value=f"{values[0]:.4g}"), "", (), notes)
    headline = say("estimate.score_in", value=f"{values[0]:.4g}", group=str(first.groups[0]))
    return EstimateBlock("score", headline, "", (), notes)
