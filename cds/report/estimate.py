"""The estimate in words and drawings, for every kind of prediction: as a point, as a range, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Score, Value
from cds.report.estimate_horizons import horizons_block
from cds.report.estimate_interval import interval
from cds.report.estimate_parts import (
    EstimateBlock,
    about,
    icons,
    range_headline,
    range_icons,
    range_made,
    words,
    written,
)
from cds.report.facts import PatientFacts
from cds.report.frequencies import counted, of_100, range_of_100, shares_of_100
from cds.report.small_drawings import KeyLine, share_bar
from cds.report.verdict import Decision
from cds.report.wording import Sentences

__all__ = ["EstimateBlock", "estimate_block"]


def estimate_block(facts: PatientFacts, decision: Decision, say: Sentences) -> EstimateBlock:
    """The block that the decision allows."""
    shown = facts.prediction
    if decision.form == "none" or shown is None:
        # The reasons are at the top of the page; beside a red flag nothing else is worth a reader's time.
        notes = (
            ()
            if decision.status == "stop"
            else (say("estimate.see_above"), *about(facts, say), say("estimate.no_number"))
        )
        return EstimateBlock("none", say("estimate.withheld"), "", (), notes)
    block = _drawn(facts, _spread(facts, shown, decision), say)
    notes = (*block.notes, *about(facts, say))
    return replace(block, notes=(*notes, say("estimate.low_number")))


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
        return horizons_block(facts, [p for p in spread if isinstance(p, RiskByHorizon)], say)
    if isinstance(first, Score):
        return _score(facts, first, [float(p.values[0]) for p in spread if isinstance(p, Score)], say)
    assert_never(first)


def _risk(facts: PatientFacts, chances: Sequence[float], say: Sentences) -> EstimateBlock:
    said = words(facts, say)
    if len(chances) > 1:
        low, high = range_of_100(chances)
        drawn, key = range_icons(low, high, said, say)
        notes = (range_made(facts, say), _average(facts, say))
        return EstimateBlock("risk_range", range_headline(low, high, said, say), drawn, key, notes)
    chance = chances[0]
    headline = say("estimate.headline", count=counted(chance, say), rest=counted(1 - chance, say), **said)
    drawn, key = icons(of_100(chance), said, say)
    return EstimateBlock("risk", headline, drawn, key, (interval(facts, say), _average(facts, say)))


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
    write = written(facts, say)
    if len(values) > 1:
        headline = say("estimate.value_range", low=write(low), high=write(high))
        note = range_made(facts, say)
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


def _prediction_interval(facts: PatientFacts, first: Value, say: Sentences) -> str:
    if facts.interval is not None or first.low is None or first.high is None:
        return interval(facts, say)
    write = written(facts, say)
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
            say("estimate.class_row_range", low=low, high=high, category=facts.category(category))
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
                category=facts.category(category),
            )
            for count, category in zip(counts, categories, strict=True)
        ]
        headline, kind = say("estimate.classes", person=person), "classes"
    key = tuple(
        KeyLine(share_bar(low / 100, high / 100, alt=text), text)
        for (low, high), text in zip(spans, texts, strict=True)
    )
    note = range_made(facts, say) if len(rows) > 1 else interval(facts, say)
    return EstimateBlock(kind, headline, "", key, (note, _average_classes(facts, categories, say)))


def _average_classes(facts: PatientFacts, categories: tuple[str, ...], say: Sentences) -> str:
    development = facts.card.development
    shares = {} if development is None else development.category_shares
    if set(shares) != set(categories):
        return say("estimate.average_none")
    counts = zip(shares_of_100([shares[c] for c in categories]), categories, strict=True)
    told = [say("estimate.average_class", count=n, category=facts.category(c)) for n, c in counts]
    return say("estimate.average_classes", list=", ".join(told))


def _score(facts: PatientFacts, first: Score, values: Sequence[float], say: Sentences) -> EstimateBlock:
    notes: tuple[str, ...] = (say("estimate.score_note"),)
    if len(values) > 1:
        headline = say("estimate.score_range", low=f"{min(values):.3g}", high=f"{max(values):.3g}")
        return EstimateBlock("score_range", headline, "", (), (range_made(facts, say), *notes))
    notes = (*notes, interval(facts, say))
    if first.groups is None:
        return EstimateBlock("score", say("estimate.score", value=f"{values[0]:.4g}"), "", (), notes)
    headline = say("estimate.score_in", value=f"{values[0]:.4g}", group=str(first.groups[0]))
    return EstimateBlock("score", headline, "", (), notes)
