"""Internal validation: optimism, .632+, cross-validation and instability, where design or protocol ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cds.core.finding import Curve, Finding, Table
from cds.core.measure import NotEstimable
from cds.core.protocol import ValidationProtocol
from cds.core.protocol_analyses import RefittingSection
from cds.core.sample import Sample
from cds.core.study import Answer, Request, Study
from cds.internal import cross_validation, optimism, plus
from cds.internal.instability import not_shown
from cds.internal.instability_curves import instability
from cds.internal.redone import Redone, Source, asked_of, predicted_numbers, redone, source_of
from cds.internal.summary import summary

SAME = 1e-6  # between predictions of the model and of a refit on all patients
USUAL_REFITS = 200  # of an internal design whose protocol names no number
INTERNAL_ONLY = "internal design, and the model cannot be refitted: its performance is apparent"


@dataclass(frozen=True)
class Asked:
    """How much the protocol asks for; 0 where it does not."""

    bootstrap: int
    repeats: int
    folds: int
    instability: int

    @property
    def anything(self) -> bool:
        """Whether a refit is asked for at all."""
        return bool(self.bootstrap or self.repeats or self.instability)


def asked_for(protocol: ValidationProtocol | None) -> Asked:
    """What an internal design means, and what ``[refitting]`` says: 200 refits and cross-validation when internal.

    Other designs have neither unless they are asked for; ``folds`` or ``repeats`` asks for cross-validation.
    """
    told = protocol.refitting if protocol else RefittingSection()
    internal = _is_internal(protocol)
    usual = USUAL_REFITS if internal else 0
    crossed = internal or bool({"folds", "repeats"} & told.model_fields_set)
    return Asked(
        bootstrap=usual if told.bootstrap is None else told.bootstrap,
        repeats=told.repeats if crossed else 0,
        folds=told.folds,
        instability=told.instability,
    )


def _is_internal(protocol: ValidationProtocol | None) -> bool:
    """Whether the model learned from these patients; those who were held out are judged like any others."""
    return protocol is not None and protocol.needs_refits


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Findings, curves and tables of the internal family; nothing where nothing is asked for."""
    asked = asked_for(study.protocol)
    internal = _is_internal(study.protocol)
    if not asked.anything and not internal:
        return
    requests, source = asked_of(study), source_of(study)
    if isinstance(source, NotEstimable):
        yield from _impossible(study, requests, asked, source.reason, internal=internal)
        return
    made = redone(source, study.sample, max(asked.bootstrap, asked.instability))
    yield from _performance(study, source, made, requests, asked)
    if asked.instability:
        original = study.sample if internal else made.whole
        if isinstance(original, NotEstimable):
            yield not_shown(original.reason)
        else:
            yield from instability(study, original, made.first(asked.instability))


def _impossible(
    study: Study, requests: Sequence[Request], asked: Asked, reason: str, *, internal: bool
) -> Iterator[Finding | Table]:
    """Every number that was asked for, with the reason why there is none."""
    told = NotEstimable(f"{INTERNAL_ONLY} ({reason})" if internal else reason)
    analyses = [optimism.ANALYSIS] if asked.bootstrap or internal else []
    analyses += [cross_validation.ANALYSIS] if asked.repeats else []
    for analysis in analyses:
        for request in requests:
            yield study.finding(Answer(replace(request, analysis=analysis), told))
    if asked.instability:
        yield not_shown(reason)


def _performance(
    study: Study, source: Source, made: Redone, requests: Sequence[Request], asked: Asked
) -> Iterator[Finding | Table]:
    apparent = optimism.apparent_results(study, requests, made.whole)
    found: list[Answer] = []
    if asked.bootstrap:
        first = made.first(asked.bootstrap)
        twice = optimism.measure_twice(study, first, requests)
        found += optimism.corrected(study, apparent, requests, twice, first.counts)
        found += plus.answers(study, first, apparent, requests, twice)
    elif _is_internal(study.protocol):
        none = NotEstimable("refitting.bootstrap = 0: nothing corrects the apparent value for optimism")
        found += [Answer(replace(request, analysis=optimism.ANALYSIS), none) for request in requests]
    if asked.repeats:
        found += cross_validation.answers(study, source, requests, folds=asked.folds, repeats=asked.repeats)
    yield from (study.finding(answer) for answer in found)
    if found:
        yield summary(study, dict(zip(requests, apparent, strict=True)), found, _remark(study, made))


def _remark(study: Study, made: Redone) -> str:
    """How refits fared, and whether a refit on all patients gives the model back."""
    told = f"{len(made.samples)} bootstrap refits, {made.failed} failed. "
    if made.failed:
        told = f"{len(made.samples)} bootstrap refits, {made.failed} failed: {made.reasons()}. "
    for name, count in made.counts.items():
        if name.startswith("refits_with_"):
            told += f"{count} gave a {name.removeprefix('refits_with_')}. "
    return told + _reproduces(study.sample, made.whole)


def _reproduces(given: Sample, whole: Sample | NotEstimable) -> str:
    if isinstance(whole, NotEstimable):
        return f"A refit on all patients failed: {whole.reason}."
    apart = float(np.abs(predicted_numbers(given) - predicted_numbers(whole)).max())
    if apart <= SAME:
        return "A refit on all patients gives the same predictions as the model."
    return (
        f"A refit on all patients predicts up to {apart:.3g} otherwise than the model: it draws at random, or was "
        "developed in other patients than these."
    )
