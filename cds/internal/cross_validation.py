"""Repeated k-fold cross-validation: each patient predicted by a model developed without them.

The folds' predictions are pooled within a repeat, measured once, and averaged over the repeats. Patients are dealt
to the folds whole, and so that every fold has its share of each outcome class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.arrays import IntArray
from cds.core.measure import Estimate, Measure, NotEstimable, Result
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import NominalSample
from cds.core.study import Answer, Request, Study
from cds.internal.redone import Source, measured, with_prediction
from cds.stats.refitting import FOLD_STREAM, Refit, counted
from cds.stats.resampling import child

ANALYSIS = "cross_validated"
NO_INTERVAL = "the folds' models share patients, so cross-validation gives no interval; see optimism_corrected"


def answers(study: Study, source: Source, requests: Sequence[Request], *, folds: int, repeats: int) -> list[Answer]:
    """Each request, pooled within a repeat and averaged over them."""
    requests = [request for request in requests if request.subgroup.overall]
    refused = _refused(study.sample, source.codes, folds)
    if refused is not None:
        return [Answer(replace(request, analysis=ANALYSIS), refused) for request in requests]
    dealt = [_dealt(study.sample, source.codes, folds, source.seed, r) for r in range(repeats)]
    rows = [[np.flatnonzero(place == k) for k in range(folds)] for place in dealt]
    held_out = [held for repeat in rows for held in repeat]
    everyone = np.arange(len(source.codes))
    made = source.predictions([np.setdiff1d(everyone, held) for held in held_out], FOLD_STREAM, held_out)
    samples = [
        with_prediction(study.sample, _pooled(made[r * folds : (r + 1) * folds], rows[r])) for r in range(repeats)
    ]
    counts = {**counted(made), "folds": folds, "repeats": repeats}
    return list(_averaged(study, requests, samples, counts))


def _averaged(
    study: Study, requests: Sequence[Request], samples: Sequence[Sample | NotEstimable], counts: dict[str, int]
) -> Iterator[Answer]:
    whole = [sample for sample in samples if not isinstance(sample, NotEstimable)]
    values = np.column_stack([measured(study, sample, requests) for sample in whole]) if whole else None
    for k, request in enumerate(requests):
        asked, measure = replace(request, analysis=ANALYSIS), study.measures[request.measure]
        found = np.empty(0) if values is None else values[k][np.isfinite(values[k])]
        missing = len(samples) - len(found)
        told: dict[str, Any] = {**counts, "repeats_not_estimable": missing}
        yield Answer(asked, _mean(found, study.answers[request].result, measure, told))


def _mean(found: np.ndarray, given: Result, measure: Measure, told: dict[str, Any]) -> Result:
    if not len(found):
        failed = told["refits_failed"]
        why = f"; {failed} of {told['refits']} refits failed" if failed else ""
        return NotEstimable(f"in no repeat was the measure estimable{why}")
    n, events = (given.n, given.events) if isinstance(given, Estimate) else (0, None)
    if len(found) > 1:
        told = {**told, "sd_between_repeats": float(np.std(found, ddof=1))}
    return Estimate(float(np.mean(found)), NotEstimable(NO_INTERVAL), measure.scale, n, events, told)


def _classes(sample: Sample) -> IntArray | None:
    if isinstance(sample, BinarySample):
        return sample.outcome.astype(np.int64)
    return sample.code if isinstance(sample, NominalSample) else None


def _refused(sample: Sample, codes: IntArray, folds: int) -> NotEstimable | None:
    """More folds than patients of the rarest class: a fold would have none of it."""
    classes = _classes(sample)
    if classes is None:
        fewest, who = int(codes.max()) + 1, "patients"
    else:
        by_class = [len(np.unique(codes[classes == one])) for one in np.unique(classes)]
        fewest, who = min(by_class), "patients of the rarest outcome class"
    if fewest >= folds:
        return None
    return NotEstimable(f"{folds} folds but only {fewest} {who}: some folds would have none")


def _dealt(sample: Sample, codes: IntArray, folds: int, seed: int, repeat: int) -> IntArray:
    """The fold of each row, 0..folds−1: shuffled patients, sorted by class, dealt out in turn."""
    patients = int(codes.max()) + 1
    classes = _classes(sample)
    highest = np.zeros(patients, dtype=np.int64)
    if classes is not None:
        np.maximum.at(highest, codes, classes)
    shuffled = child(seed, FOLD_STREAM, repeat, 1).permutation(patients)
    order = shuffled[np.argsort(highest[shuffled], kind="stable")]
    fold = np.empty(patients, dtype=np.int64)
    fold[order] = np.arange(patients) % folds
    return fold[codes]


def _pooled(made: Sequence[Refit], rows: Sequence[IntArray]) -> Prediction | NotEstimable:
    """The folds' predictions in the order of the cohort's rows; the reason where a fold has none."""
    for one in made:
        if isinstance(one.result, NotEstimable):
            return one.result
    back = np.argsort(np.concatenate(rows), kind="stable")
    parts = [one.result for one in made]
    joined = np.concatenate([part.values for part in parts])[back]
    match parts[0]:
        case Risk():
            return Risk(joined)
        case ClassProbabilities(categories=categories):
            return ClassProbabilities(joined, categories)
        case Value(low=low):
            if low is None:
                return Value(joined)
            bounds = (np.concatenate([getattr(part, name) for part in parts])[back] for name in ("low", "high"))
            return Value(joined, *bounds)
    return NotEstimable(f"predictions of the kind {type(parts[0]).__name__} are not pooled")
