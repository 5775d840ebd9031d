"""Why the model says what it says: the strongest contributions each way, text before chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cds.core.explanation import Explanation
from cds.core.prediction import ClassProbabilities, RiskByHorizon
from cds.report.check_words import why_withheld
from cds.report.contributors import Contributor, contributors, exact_as_shown, how_varied, listed, modifiable
from cds.report.facts import PatientFacts
from cds.report.frequencies import FEWEST, of_100
from cds.report.rounding import fixed
from cds.report.small_drawings import KeyLine, bar_key, signed_bar
from cds.report.times import within
from cds.report.values import shown_value
from cds.report.verdict import Decision
from cds.report.wording import Sentences

if TYPE_CHECKING:
    from markupsafe import Markup

MOST, SENTENCES = 5, 3
KEYS = ("lowered", "raised")
UNSEEN = 0.005  # percentage points, or units, by which no printed number changes
NOTICEABLE = {"probability": 0.005, "log_odds": 0.02, "value": 0.0}


@dataclass(frozen=True)
class Contribution:
    """One row of the chart: input, value, usual range, whether it can change, the effect, and its bar."""

    input: str
    value: str
    usual: str
    modifiable: str
    effect: str
    bar: Markup


@dataclass(frozen=True)
class Closing:
    """A row that closes the chart: what is added up, and its number."""

    text: str
    number: str
    unit: str = ""


@dataclass(frozen=True)
class WhyBlock:
    """The reasons, or one sentence that says why there are none (``elsewhere`` says so on page 1).

    ``heads`` are the chart's column titles but for that of the bars, which is ``key``; ``closing`` its last rows.
    Lists and chart run from the strongest that raised to the weakest, then from the strongest that lowered.
    """

    absent: str = ""
    elsewhere: str = ""
    reference: str = ""
    raised: tuple[str, ...] = ()
    lowered: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[Contribution, ...] = ()
    closing: tuple[Closing, ...] = ()
    key: tuple[KeyLine, ...] = ()
    checked: str = ""


def why_block(facts: PatientFacts, decision: Decision, say: Sentences) -> WhyBlock:
    """The block that the decision and the explanation's own checks allow."""
    if decision.form == "none":
        return WhyBlock(absent=say("why.no_estimate"))
    if decision.form == "range":
        return WhyBlock(absent=say("why.range_only"))
    explanation = page_explanation(facts)
    if explanation is None:
        absent = say("why.unavailable", reason=_unavailable(facts, say))
        return WhyBlock(absent=absent, elsewhere=say("why.elsewhere_unavailable"))
    if explanation.withheld:
        absent = why_withheld(explanation, facts.card, say)
        return WhyBlock(absent=absent, elsewhere=say("why.elsewhere_withheld"))
    return _reasons(facts, explanation, say)


def _unavailable(facts: PatientFacts, say: Sentences) -> str:
    if not facts.no_explanation:
        return say("why.no_background")
    return say.message(facts.no_explanation, "why.reason_elsewhere")


def page_explanation(facts: PatientFacts) -> Explanation | None:
    """The explanation that the page shows: in points where it can, of the likeliest class or the page's horizon."""
    found = [e for e in facts.explanations if e.space == "probability"] or [
        e for e in facts.explanations if e.space == "value"
    ]
    found = found or list(facts.explanations)
    if not found:
        return None
    if isinstance(facts.prediction, ClassProbabilities):
        return max(found, key=lambda e: e.prediction)
    if isinstance(facts.prediction, RiskByHorizon):
        # Of another horizon there may be one; under this page's number it would mislead.
        return next((e for e in found if e.horizon == facts.horizon), None)
    return found[0]


def _reasons(facts: PatientFacts, explanation: Explanation, say: Sentences) -> WhyBlock:
    order = contributors(facts, explanation)
    least, settled = NOTICEABLE[explanation.space], [one for one in order if one.settled]
    up = [one for one in settled if one.effect > least][:MOST]
    down = [one for one in settled if one.effect < -least][:MOST]
    if not (up or down) and len(settled) < len(order):
        return WhyBlock(
            absent=say("why.unavailable", reason=say("why.unsettled")), elsewhere=say("why.elsewhere_unavailable")
        )
    others = [one for one in order if one not in up and one not in down]
    largest = max((abs(one.effect) for one in (*up, *down)), default=1.0) or 1.0
    none = {way: "why.none_settled" if len(settled) < len(order) else f"why.none_{way}" for way in ("up", "down")}
    return WhyBlock(
        reference=_reference(facts, explanation, say),
        raised=tuple(_sentence(facts, explanation, one, say) for one in up[:SENTENCES]) or (say(none["up"]),),
        lowered=tuple(_sentence(facts, explanation, one, say) for one in down[:SENTENCES]) or (say(none["down"]),),
        heads=_heads(explanation, say),
        rows=tuple(_row(facts, explanation, one, largest=largest, say=say) for one in (*up, *down)),
        closing=(*_rest(explanation, others, say), *_sum(facts, explanation, say)),
        key=tuple(KeyLine(bar_key(kind, alt=say(f"why.key_{kind}")), say(f"why.key_{kind}")) for kind in KEYS),
        checked=_checked(facts, explanation, [one.title for one in order if not one.settled], say),
    )


def _checked(facts: PatientFacts, explanation: Explanation, unsettled: Sequence[str], say: Sentences) -> str:
    """How the values were made, how far their sum lies from the model's own estimate, and which are not listed."""
    points = 100 if explanation.space == "probability" else 1
    residual = points * abs(explanation.residual)
    off = say("why.adds_up") if residual < UNSEEN else say("why.off", residual=f"{residual:.1g}")
    name = "why.exact" if exact_as_shown(explanation) else "why.sampled"
    told = say(name, off=off, varied=how_varied(facts, explanation, say))
    return f"{told} {say('why.not_listed', inputs=listed(unsettled, say))}" if unsettled else told


def _rest(explanation: Explanation, others: Sequence[Contributor], say: Sentences) -> list[Closing]:
    """The inputs without a row of their own; the only one by name."""
    if not others:
        return []
    count = sum(len(one.inputs) for one in others)
    text = say("why.rest_one", input=others[0].title) if count == 1 else say("why.rest", count=count)
    return [Closing(text, _signed(explanation, sum(one.effect for one in others), say))]


def _sum(facts: PatientFacts, explanation: Explanation, say: Sentences) -> list[Closing]:
    """Average and contributions as one sum of printed numbers; none at the ends, which are told in words."""
    if explanation.space != "probability":
        scale = facts.card.unit if explanation.space == "value" else say("why.log_odds_unit")
        return [_added(round(explanation.base, 2), round(explanation.prediction, 2), 2, unit=scale, say=say)]
    if not FEWEST <= explanation.prediction < 1 - FEWEST:
        return []
    return [_added(of_100(explanation.base), of_100(explanation.prediction), 0, unit=say("why.sum_unit"), say=say)]


def _added(base: float, total: float, digits: int, *, unit: str, say: Sentences) -> Closing:
    sign, amount = "+" if total >= base else "−", fixed(abs(total - base), digits)
    text = say("why.sum", base=fixed(base, digits), sign=sign, amount=amount)
    return Closing(text, say.numeral(f"= {fixed(total, digits)}"), unit)


def _heads(explanation: Explanation, say: Sentences) -> tuple[str, ...]:
    effect = {"probability": "why.effect", "log_odds": "why.effect_log_odds", "value": "why.effect_value"}
    names = ("why.input", "why.value", "why.usual_head", "why.can_change", effect[explanation.space])
    return tuple(say(name) for name in names)


def _reference(facts: PatientFacts, explanation: Explanation, say: Sentences) -> str:
    several = len({e.output for e in facts.explanations}) > 1 and explanation.horizon is None
    output = say("why.output", output=facts.category(explanation.output)) if several else ""
    if explanation.horizon is not None:
        output = say("why.output_within", within=_within(facts, explanation, say))
    if explanation.space == "probability":
        base = say("why.base", count=of_100(explanation.base))
        return say("why.reference", rows=explanation.background_rows, base=base, output=output)
    name = "why.reference_value" if explanation.space == "value" else "why.reference_log_odds"
    base = say.numeral(f"{explanation.base:.3g}".replace("-", "−"))
    unit = facts.card.unit if explanation.space == "value" else ""
    return say(name, rows=explanation.background_rows, base=f"{base} {unit}".strip(), output=output)


def _within(facts: PatientFacts, explanation: Explanation, say: Sentences) -> str:
    return within(explanation.horizon or 0.0, facts.card.time_unit, say)


def _sentence(facts: PatientFacts, explanation: Explanation, one: Contributor, say: Sentences) -> str:
    words = {"input": one.title, "direction": say("why.raised" if one.effect > 0 else "why.lowered")}
    words["amount"] = _amount(facts, explanation, one.effect, say)
    if one.input is not None and facts.lacks(one.input):
        words["value"] = facts.assumed(one.input)
        name = "why.sentence_assumed" if words["value"] else "why.sentence_missing"
    elif one.input is not None:
        name, words["value"] = "why.sentence", facts.shown(one.input, say)
    else:
        name, words["inputs"] = "why.sentence_domain", listed([facts.title(each) for each in one.inputs], say)
    if explanation.horizon is not None:
        return say(f"{name}_within", within=_within(facts, explanation, say), **words)
    return say(name, **words)


def _amount(facts: PatientFacts, explanation: Explanation, effect: float, say: Sentences) -> str:
    if explanation.space == "value":
        return f"{say.numeral(f'{abs(effect):.2g}')} {facts.card.unit}".strip()
    if explanation.space == "log_odds":
        return say("why.log_odds", amount=f"{abs(effect):.2f}")
    points = of_100(abs(effect))
    if points == 0:
        return say("why.less_than")
    return say("why.point" if points == 1 else "why.points", points=points)


def _signed(explanation: Explanation, effect: float, say: Sentences) -> str:
    if explanation.space == "probability":
        text = f"{100 * effect:+.0f}"
    else:
        text = f"{effect:+.2g}" if explanation.space == "value" else f"{effect:+.2f}"
    return "0" if text in ("+0", "-0") else say.numeral(text.replace("-", "−"))


def _row(
    facts: PatientFacts, explanation: Explanation, one: Contributor, *, largest: float, say: Sentences
) -> Contribution:
    signed = _signed(explanation, one.effect, say)
    bar = signed_bar(one.effect / largest, alt=say("why.bar_alt", input=one.title, effect=signed))
    can_change = modifiable(facts, one.inputs, say)
    if one.input is None:
        return Contribution(one.title, say("why.inputs", count=len(one.inputs)), "–", can_change, signed, bar)
    return Contribution(one.title, facts.shown(one.input, say), usual(facts, one.input, say), can_change, signed, bar)


def usual(facts: PatientFacts, name: str, say: Sentences) -> str:
    """The usual range of an input: the middle nine tenths of the development data, or how common its level was."""
    summary = facts.summary(name)
    feature = facts.feature(name)
    if summary is None:
        return say("why.usual_unknown")
    if summary.counts and (feature.levels or feature.type in ("category", "boolean")):
        return _commonest(facts, name, summary.counts, say)
    if summary.q05 is None or summary.q95 is None:
        return say("why.usual_unknown")
    return say.numeral(f"{summary.q05:.4g}–{summary.q95:.4g}")


def _commonest(facts: PatientFacts, name: str, counts: dict[str, int], say: Sentences) -> str:
    level = max(sorted(counts), key=lambda key: counts[key])
    percent = f"{100 * counts[level] / max(sum(counts.values()), 1):.0f} %"
    return say("why.usual_level", level=shown_value(facts.feature(name), level, say), percent=percent)
