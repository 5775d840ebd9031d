"""A model against a regression on the same inputs: both developed in the same parts, judged on the part left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cds.comparison.logistic import RECIPE, Comparator, comparator, comparator_name, is_regression
from cds.core.alignment import align
from cds.core.arrays import IntArray
from cds.core.errors import InputError
from cds.core.measure import NotEstimable
from cds.core.model import Model, Refittable, RegisteredModel
from cds.core.outcome import Binary, Nominal, Outcome
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.study import Study
from cds.stats.intervals import MAX_FAILED_SHARE
from cds.stats.refitting import COMPARATOR_STREAM, Refit, as_refittable, counted, refit_predictions

FEWEST_FOLDS = 2


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """The out-of-fold samples of the model and of the comparator, one per imputation, and how they were made."""

    ours: tuple[Sample, ...]
    theirs: tuple[Sample, ...]
    name: str
    folds: int
    recipe: str = RECIPE
    counts: Mapping[str, int] = field(default_factory=dict)


def wants_comparator(study: Study) -> bool:
    """Whether the protocol asks for the comparator, or says nothing, is internal, and the model is no regression."""
    if study.protocol is None:
        return False
    asked = study.protocol.refitting.comparator
    if asked is not None:
        return asked == "logistic"
    model, here = as_refittable(study.model), study.protocol.needs_refits
    return here and not isinstance(model, NotEstimable) and not is_regression(model)


def why_no_comparator(model: Model | RegisteredModel | None) -> str:
    """Why a model has no regression on the same inputs to be compared with; empty where it has one."""
    pair = _both(model)
    return pair.reason if isinstance(pair, NotEstimable) else ""


def _both(model: Model | RegisteredModel | None) -> tuple[Refittable, Comparator] | NotEstimable:
    """The model that can be refitted and its comparator."""
    found = as_refittable(model)
    if isinstance(found, NotEstimable):
        return found
    if is_regression(found):
        return NotEstimable("the model is itself a regression on these inputs")
    other = comparator(found.card)
    return other if isinstance(other, NotEstimable) else (found, other)


def out_of_fold(study: Study) -> OutOfFold | NotEstimable:
    """Both models' predictions of each patient by the fit that did not see that patient; why not otherwise.

    Raises:
        ResourceError: a worker died.
    """
    pair = _both(study.model)
    if isinstance(pair, NotEstimable):
        return pair
    model, other = pair
    if study.protocol is None or study.cohort.outcome is None:
        return NotEstimable("there is no protocol that says how many parts")
    if len(study.samples) > 1:
        return NotEstimable("inputs were imputed several times; the comparator is fitted to data as they are")
    if len(study.cohort) != len(study.sample):
        return NotEstimable(
            "rows were made or left out after the data were read; the comparator needs them as they are"
        )
    folds = _folds(study, study.cohort.outcome, study.protocol.refitting.folds)
    if isinstance(folds, NotEstimable):
        return folds
    ours = _predicted(study, model, folds)
    theirs = _predicted(study, other, folds)
    name = comparator_name(model.card)
    for who, made in ((model.card.identity, ours), (name, theirs)):
        if (failed := sum(one.failed for one in made)) > MAX_FAILED_SHARE * len(made):
            reason = next(one.result.reason for one in made if one.failed)
            return NotEstimable(f"{who} could not be refitted in {failed} of {len(made)} parts: {reason}")
    return OutOfFold(
        (_sample(study, folds, ours),), (_sample(study, folds, theirs),), name, len(folds),
        counts=_counts(ours, theirs),
    )  # fmt: skip


def _counts(ours: Sequence[Refit], theirs: Sequence[Refit]) -> dict[str, int]:
    return {**counted(ours), **{f"comparator_{name}": n for name, n in counted(theirs).items()}}


def _predicted(study: Study, model: Refittable, folds: Sequence[IntArray]) -> list[Refit]:
    everyone = np.arange(len(study.cohort))
    if study.cohort.outcome is None:
        raise InputError("the cohort has no outcome")
    return refit_predictions(
        model,
        study.cohort.features,
        study.cohort.outcome,
        [np.setdiff1d(everyone, left_out) for left_out in folds],
        seed=study.settings.seed,
        stream=COMPARATOR_STREAM,
        weights=study.sample.weights,
        asked=folds,
        jobs=study.jobs,
    )


def _folds(study: Study, outcome: Outcome, wanted: int) -> list[IntArray] | NotEstimable:
    """Rows left out in turn, whole patients at a time, each part with its share of every class."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    codes = study.sample.patient_codes
    classes = _classes(outcome)
    smallest = len(np.unique(codes)) if classes is None else int(np.bincount(classes).min())
    folds = min(wanted, smallest)
    if folds < FEWEST_FOLDS:
        return NotEstimable("fewer than two patients in an outcome class: nothing can be left out")
    rows = np.zeros((len(codes), 1))
    seed = study.settings.seed % 2**32
    made: Any = (
        GroupKFold(folds, shuffle=True, random_state=seed)
        if classes is None
        else StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    )
    return [np.asarray(test, dtype=np.int64) for _, test in made.split(rows, classes, groups=codes)]


def _classes(outcome: Outcome) -> IntArray | None:
    match outcome:
        case Binary():
            return outcome.event.astype(np.int64)
        case Nominal():
            return outcome.code
    return None


def _sample(study: Study, folds: Sequence[IntArray], made: Sequence[Refit]) -> Sample:
    if study.cohort.outcome is None:
        raise InputError("the cohort has no outcome")
    sample = study.sample
    return align(
        study.cohort.outcome,
        _joined(folds, [one.result for one in made]),
        weights=sample.weights,
        patient=sample.patient,
        design=sample.design,
        shows_prevalence=sample.shows_prevalence,
        clip=sample.clip if isinstance(sample, BinarySample) else None,
    )


def _joined(folds: Sequence[IntArray], parts: Sequence[Prediction]) -> Prediction:
    """The parts' predictions in the order of the rows."""
    order = np.argsort(np.concatenate(list(folds)))
    first = parts[0]
    values = np.concatenate([np.asarray(part.values) for part in parts])[order]
    if isinstance(first, ClassProbabilities):
        return ClassProbabilities(values, first.categories)
    if isinstance(first, Value):
        return Value(values)
    return Risk(values)
