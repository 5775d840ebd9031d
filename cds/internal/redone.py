"""The bootstrap refits that optimism, .632+ and instability share: developed on resampled patients, applied to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.measure import NotEstimable
from cds.core.model import Refittable
from cds.core.outcome import Outcome
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.study import Request, Study, Subgroup
from cds.stats.estimation import NO_PREVALENCE
from cds.stats.refitting import (
    BOOTSTRAP_STREAM,
    WHOLE_STREAM,
    Refit,
    as_refittable,
    counted,
    patient_draws,
    refit_predictions,
)

SEVERAL_IMPUTATIONS = "the inputs were imputed several times: refitting in each of them is not analysed"


@dataclass(frozen=True, eq=False)
class Source:
    """What a model is developed anew from: the model, and every row's inputs, outcome, patient and weight."""

    model: Refittable
    features: pd.DataFrame
    outcome: Outcome
    codes: IntArray
    weights: FloatArray | None
    seed: int
    jobs: int = 1

    def predictions(
        self, row_sets: Sequence[IntArray], stream: int, asked: Sequence[IntArray] | None = None
    ) -> list[Refit]:
        """What the model developed on each set of rows predicts for all rows, or for those asked."""
        return refit_predictions(
            self.model, self.features, self.outcome, row_sets, seed=self.seed, stream=stream,
            weights=self.weights, asked=asked, jobs=self.jobs,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Redone:
    """Bootstrap refits: the rows that each was developed on, and the whole sample with its predictions.

    ``samples[b]`` is the reason where refit b failed. ``whole`` is the sample with the predictions of a refit on
    all rows, or the reason why that failed.
    """

    rows: tuple[IntArray, ...]
    samples: tuple[Sample | NotEstimable, ...]
    whole: Sample | NotEstimable
    counts: dict[str, int]

    def first(self, count: int) -> Redone:
        """The same with the first refits only."""
        samples = self.samples[:count]
        told = {"refits": len(samples), "refits_failed": sum(isinstance(s, NotEstimable) for s in samples)}
        kept = self.counts if count >= len(self.samples) else told
        return replace(self, rows=self.rows[:count], samples=samples, counts=kept)

    @property
    def failed(self) -> int:
        """How many refits failed."""
        return self.counts["refits_failed"]

    def reasons(self) -> str:
        """Why refits failed, each reason once with its count; empty where none did."""
        told = [s.reason for s in self.samples if isinstance(s, NotEstimable)]
        return "; ".join(f"{reason} ({told.count(reason)})" for reason in dict.fromkeys(told))


def source_of(study: Study) -> Source | NotEstimable:
    """What refits of the study's model draw on, or the reason why there can be none."""
    model = as_refittable(study.model)
    if isinstance(model, NotEstimable):
        return model
    if len(study.samples) > 1:
        return NotEstimable(SEVERAL_IMPUTATIONS)
    cohort, sample = study.cohort, study.sample
    if cohort.outcome is None or len(cohort.features) != len(sample):
        return NotEstimable("the cohort's inputs and outcomes are not at hand row by row")
    codes = np.unique(sample.patient_codes, return_inverse=True)[1].astype(np.int64)
    return Source(model, cohort.features, cohort.outcome, codes, sample.weights, study.settings.seed, study.jobs)


def redone(source: Source, sample: Sample, count: int) -> Redone:
    """``count`` refits on bootstrap samples of patients, and one on all rows."""
    return redone_on(source, sample, patient_draws(source.codes, count, seed=source.seed))


def redone_on(source: Source, sample: Sample, rows: Sequence[IntArray]) -> Redone:
    """Refits on these sets of rows, and one on all rows."""
    made = source.predictions(rows, BOOTSTRAP_STREAM)
    whole = source.predictions([np.arange(len(source.codes))], WHOLE_STREAM)[0]
    return Redone(
        tuple(rows), tuple(with_prediction(sample, one.result) for one in made),
        with_prediction(sample, whole.result), counted(made),
    )  # fmt: skip


def with_prediction(sample: Sample, prediction: Prediction | NotEstimable) -> Sample | NotEstimable:
    """The sample with other predictions; a reason stays what it is."""
    fresh: dict[str, Any] = {"_rows": {}, "_memo": {}, "_origin": None}
    match sample, prediction:
        case _, NotEstimable():
            return prediction
        case BinarySample(), Risk():
            return replace(sample, risk=prediction.values, **fresh)
        case NominalSample(), ClassProbabilities():
            order = [prediction.categories.index(category) for category in sample.categories]
            return replace(sample, probability=prediction.values[:, order], **fresh)
        case ContinuousSample(), Value():
            return replace(sample, predicted=prediction.values, low=prediction.low, high=prediction.high, **fresh)
    return NotEstimable(f"the refitted model gives {type(prediction).__name__}, which this outcome does not take")


def predicted_numbers(sample: Sample) -> FloatArray:
    """What is predicted, one column per output, shape (n, outputs)."""
    if isinstance(sample, BinarySample):
        return sample.risk[:, None]
    if isinstance(sample, NominalSample):
        return sample.probability
    if isinstance(sample, ContinuousSample):
        return sample.predicted[:, None]
    raise TypeError(f"a {sample.kind} sample has no predicted numbers here")


def times_drawn(rows: IntArray, n: int) -> FloatArray:
    """How often each of n rows is in a bootstrap sample, shape (n,)."""
    return np.bincount(rows, minlength=n).astype(np.float64)


def asked_of(study: Study) -> list[Request]:
    """What is corrected: every overall primary number of the model, and those of groups that a criterion asks for.

    Tests and what does not depend on the model (the net benefit of treating all) have no optimism and stay out.
    """
    criteria = study.protocol.criteria if study.protocol else ()
    each = {(c.measure, c.across, c.threshold, c.category) for c in criteria if c.each}

    def is_asked(request: Request) -> bool:
        key = (request.measure, request.subgroup.attribute, request.threshold, request.category)
        of_the_model = study.measures[request.measure].direction != "none"
        return of_the_model and request.analysis == "primary" and (request.subgroup.overall or key in each)

    return [request for request in study.answers if is_asked(request)]


def measured(
    study: Study, sample: Sample, requests: Sequence[Request], weights: FloatArray | None = None
) -> FloatArray:
    """Each request on the sample, weighted by multiplicities where given; NaN where it is not estimable."""
    results = results_of(study, sample, requests, weights)
    return np.array([np.nan if isinstance(one, NotEstimable) else one for one in results], dtype=np.float64)


def results_of(
    study: Study, sample: Sample, requests: Sequence[Request], weights: FloatArray | None = None
) -> list[float | NotEstimable]:
    """Each request on the sample, or the reason why it has no value."""
    parts: dict[Subgroup, Sample] = {}
    for subgroup in dict.fromkeys(request.subgroup for request in requests):
        mask: BoolArray | None = None if subgroup.overall else study.groups[subgroup]
        part = sample if mask is None else sample.where(mask)
        if weights is not None:
            part = part.reweight(part.weight * (weights if mask is None else weights[mask]))
        parts[subgroup] = part
    return [_value(study, parts[r.subgroup], r) for r in requests]


def _value(study: Study, sample: Sample, request: Request) -> float | NotEstimable:
    if not len(sample) or not sample.total:
        return NotEstimable("no patient of the group was drawn")
    if not sample.shows_prevalence and study.measures[request.measure].needs_prevalence:
        return NotEstimable(NO_PREVALENCE)
    value = study.measures[request.measure].compute(sample, **request.parameters)
    if isinstance(value, NotEstimable) or np.isfinite(value):
        return value
    return NotEstimable("the value is not finite")
