"""Computes everything that one patient's page prints; what may not be shown is not computed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from cds.core.errors import InputError, PredictionError
from cds.core.explanation import Agreement, Explanation, LocalSurrogate, Support
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import level_key
from cds.core.prediction import Prediction, RiskByHorizon
from cds.core.safety import SafetyRules
from cds.patients.dates import recorded_on
from cds.patients.uncertainty import RANGE, uncertainty
from cds.patients.unreadable import readable
from cds.report.contributions import page_explanation
from cds.report.facts import PatientFacts
from cds.report.verdict import Decision, decide
from cds.report.wording import sentences

if TYPE_CHECKING:
    from cds.explanation.similar import SimilarOutcomes
    from cds.explanation.what_if import WhatIf

NOT_FOR_COLUMN = "not_for"
MOST_CORNERS = 6  # 2^6 predictions: every combination of outlying inputs as given and drawn in
FEWEST_FOR_SPARSE = 50
EXPLANATION_WITHHELD = "the explanation is withheld"
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class Gathered:
    """The facts of the page, what the rules allow of them, and the technical detail for the JSON."""

    facts: PatientFacts
    decision: Decision
    surrogate: LocalSurrogate | NotEstimable | None = None
    agreement: Agreement | None = None
    what_if: tuple[WhatIf, ...] = ()
    similar: SimilarOutcomes | NotEstimable | None = None


def gather(
    model: RegisteredModel,
    row: pd.DataFrame,
    *,
    pseudonym: str,
    allow_unvalidated: bool,
    seed: int,
    rules: SafetyRules | None = None,
    language: str = "en",
) -> Gathered:
    """Screen, check, and only where an estimate may be shown predict and explain; ``row`` is one row of raw data.

    Screened by ``rules``, the shipped ones where none are given; the decision's reasons are worded in ``language``.

    Raises:
        InputError: a red-flag or ``not_for`` column that holds something other than yes, no or blank, or a date
            that is none.
    """
    say = sentences(language)
    facts = _before_prediction(model, row, pseudonym, allow_unvalidated=allow_unvalidated, rules=rules)
    if decide(facts, say).form != "none":
        facts = _predicted(model, row, facts)
    decision = decide(facts, say)
    if decision.form == "range":
        return Gathered(replace(facts, bounds=tuple(_bounds(model, row, facts)), no_interval=RANGE), decision)
    if decision.form == "none":
        return Gathered(replace(facts, prediction=None), decision)
    return _explained(model, row, _with_interval(model, row, facts), decision, seed)


def _before_prediction(
    model: RegisteredModel, row: pd.DataFrame, pseudonym: str, *, allow_unvalidated: bool, rules: SafetyRules | None
) -> PatientFacts:
    from cds.explanation.support import support
    from cds.safety.red_flags import screen

    values = {str(name): value for name, value in row.iloc[0].items()}
    usable, unreadable = readable(model.card, row)
    found = support(model, usable)
    # What cannot be read is not missing: its own reason withholds the estimate.
    found = replace(found, missing=tuple(each for each in found.missing if each.input not in unreadable))
    return PatientFacts(
        card=model.card,
        model_sha256=model.sha256,
        adapter=model.adapter,
        standing=model.standing,
        pseudonym=pseudonym,
        recorded_on=recorded_on(row.iloc[0]),
        inputs={feature.name: values.get(feature.name) for feature in model.card.inputs},
        screen=screen(values, rules=rules),
        support=found,
        prediction_fault="; ".join(unreadable.values()),
        unreadable=tuple(unreadable),
        sparse=_sparse(found),
        in_not_for=_in_not_for(values),
        groups=dict(_groups(model, values)),
        allow_unvalidated=allow_unvalidated,
    )


def _in_not_for(values: Mapping[str, Any]) -> bool | None:
    from cds.safety.red_flags import plain_name

    misnamed = [str(c) for c in values if plain_name(c) == NOT_FOR_COLUMN and str(c) != NOT_FOR_COLUMN]
    if misnamed:
        raise InputError(f"column {misnamed[0]!r} would not be read", do=f"Name it {NOT_FOR_COLUMN!r}")
    value = values.get(NOT_FOR_COLUMN)
    if value is None or pd.isna(value) or not str(value).strip():
        return None
    answer = _YES_NO.get(level_key(value).strip().lower())
    if answer is None:
        what = f"column {NOT_FOR_COLUMN!r} holds something other than yes, no or blank"
        raise InputError(what, do="Write yes where the model is not for this patient")
    return answer


def _groups(model: RegisteredModel, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if model.standing is None:
        return
    for attribute in dict.fromkeys(str(row.get("attribute") or "") for row in model.standing.performance):
        if attribute in values and not pd.isna(values[attribute]):
            yield attribute, level_key(values[attribute])


def _sparse(support: Support) -> bool:
    """Whether every development or reference patient lies nearer to its like than this patient does to anyone."""
    found = support.resemblance
    return found is not None and found.rows >= FEWEST_FOR_SPARSE and found.share_nearer >= 1


def _predicted(model: RegisteredModel, row: pd.DataFrame, facts: PatientFacts) -> PatientFacts:
    try:
        prediction = model.predict(row)
        found = replace(facts, prediction=prediction)
    except PredictionError as fault:
        return replace(facts, prediction_fault=fault.what)
    return replace(found, **_references(model)) if isinstance(prediction, RiskByHorizon) else found


def _with_interval(model: RegisteredModel, row: pd.DataFrame, facts: PatientFacts) -> PatientFacts:
    if facts.prediction is None:
        return facts
    found = uncertainty(model, row, facts.prediction)
    told: dict[str, Any] = {"intervals": found.by_source, "interval_source": found.shown, "no_interval": found.why_none}
    # The model's own interval is part of its prediction, and printed from there.
    return replace(facts, interval=None if found.shown == "model" else found.interval, **told)


def _references(model: RegisteredModel) -> dict[str, Any]:
    """The mean risk by horizon of the reference patients, to stand beside this patient's; nothing without them."""
    if model.background is None or model.background.empty:
        return {}
    theirs = model.predict(model.background)
    if not isinstance(theirs, RiskByHorizon):
        return {}
    return {"reference_risks": tuple(theirs.values.mean(axis=0).tolist()), "reference_rows": len(theirs)}


def _bounds(model: RegisteredModel, row: pd.DataFrame, facts: PatientFacts) -> Iterator[Prediction]:
    """Predictions with the outlying inputs as given and drawn in, every combination where they are few."""
    drawn = _drawn_in(model, facts)
    names = list(drawn)
    corners = (
        itertools.product((False, True), repeat=len(names))
        if len(names) <= MOST_CORNERS
        else [(True,) * len(names), *(tuple(k == j for k in range(len(names))) for j in range(len(names)))]
    )
    for corner in corners:
        changes = {name: drawn[name] for name, moved in zip(names, corner, strict=True) if moved}
        yield model.predict(row.astype(dict.fromkeys(changes, object)).assign(**changes) if changes else row)


def _drawn_in(model: RegisteredModel, facts: PatientFacts) -> dict[str, Any]:
    """The nearest value that the model has seen, for each outlying input; the commonest level for an unseen one."""
    drawn: dict[str, Any] = {}
    for outside in facts.support.outside_development:
        value = float(cast(Any, facts.inputs[outside.input]))  # support found it to be a number
        drawn[outside.input] = _like(facts, outside.input, min(max(value, outside.low), outside.high))
    for unseen in facts.support.unseen_levels:
        drawn[unseen.input] = _commonest(model, facts, unseen.input)
    return drawn or _middle(facts)


def _like(facts: PatientFacts, name: str, value: float) -> float | int:
    return round(value) if facts.feature(name).type == "integer" else value


def _commonest(model: RegisteredModel, facts: PatientFacts, name: str) -> Any:
    summary = facts.summary(name)
    if summary is not None and summary.counts:
        return max(sorted(summary.counts), key=lambda level: summary.counts[level] if summary.counts else 0)
    if model.background is None:
        raise PredictionError(f"the levels of input {name!r} that the model has seen are not recorded")
    return model.background[name].mode().iloc[0]


def _middle(facts: PatientFacts) -> dict[str, Any]:
    """Where no single input lies outside but hardly anyone is like this patient: numbers drawn in to the usual."""
    drawn: dict[str, Any] = {}
    for feature in facts.card.inputs:
        summary, value = facts.summary(feature.name), cast(Any, facts.inputs.get(feature.name))
        if feature.type not in ("number", "integer") or summary is None or value is None or pd.isna(value):
            continue
        if summary.q05 is None or summary.q95 is None:
            continue
        inside = min(max(float(value), summary.q05), summary.q95)
        if inside != value:
            drawn[feature.name] = _like(facts, feature.name, inside)
    return drawn


def _explained(
    model: RegisteredModel, row: pd.DataFrame, facts: PatientFacts, decision: Decision, seed: int
) -> Gathered:
    from cds.explanation.agreement import agreement
    from cds.explanation.lime_values import local_surrogate
    from cds.explanation.shap_values import explain_outputs
    from cds.explanation.similar import similar_outcomes
    from cds.explanation.what_if import what_ifs

    beside: dict[str, Any] = {"what_if": what_ifs(model, row), "similar": similar_outcomes(model, row)}
    found = list(explain_outputs(model, row, seed=seed).values())
    reasons = [each.reason for each in found if isinstance(each, NotEstimable)]
    explanations = tuple(each for each in found if isinstance(each, Explanation))
    facts = replace(facts, explanations=explanations, no_explanation=reasons[0].rstrip(".") if reasons else "")
    shown = page_explanation(facts)
    if shown is None:
        return Gathered(facts, decision, **beside)
    if shown.withheld:
        # Nothing else that can be read as reasons stays: no surrogate, no agreement, no what-if curve.
        return Gathered(facts, decision, NotEstimable(EXPLANATION_WITHHELD), **{**beside, "what_if": ()})
    surrogate = local_surrogate(model, row, seed=seed, output=shown.output)
    agreed = agreement(shown, surrogate) if isinstance(surrogate, LocalSurrogate) else None
    return Gathered(facts, decision, surrogate, agreed, **beside)
