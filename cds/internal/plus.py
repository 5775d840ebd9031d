"""The .632+ estimate: between apparent and left-out performance, weighted by how much the model overfits.

Efron & Tibshirani 1997, doi:10.1080/01621459.1997.10474007: value = (1 − w)·apparent + w·left out, with
w = .632 / (1 − .368·R) and R = (left out − apparent) / (no information − apparent), the relative overfitting in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.study import Answer, Request, Study
from cds.internal.optimism import Measured, interval_around, too_many
from cds.internal.redone import Redone, measured, times_drawn, with_prediction
from cds.stats.intervals import MAX_FAILED_SHARE
from cds.stats.refitting import spread
from cds.stats.resampling import child

ANALYSIS = "bootstrap_632_plus"
IN_SAMPLE = 0.632  # the share of patients that a bootstrap sample holds, 1 − 1/e
PERMUTATIONS = 50
PERMUTATION_STREAM = 2**31 + 20
BY_CHANCE = {"auroc": 0.5, "hand_till_m": 0.5, "ordinal_c": 0.5}  # of predictions that know nothing


@dataclass(frozen=True)
class Plus:
    """The estimate, its weight on the left-out performance, and the relative overfitting."""

    value: float
    weight: float
    overfitting: float


def weighed(apparent: float, left_out: float, no_information: float, *, higher_is_better: bool) -> Plus:
    """The .632+ rule for an error, or for a measure of which more is better.

    >>> round(weighed(0.10, 0.20, 0.30, higher_is_better=False).value, 4)  # R = .5, w = .632 / .816
    0.1775
    """
    sign = -1.0 if higher_is_better else 1.0
    error, test, nothing = sign * apparent, min(sign * left_out, sign * no_information), sign * no_information
    overfitting = (test - error) / (nothing - error) if test > error and nothing > error else 0.0
    weight = IN_SAMPLE / (1 - (1 - IN_SAMPLE) * overfitting)
    return Plus(sign * (error + weight * (test - error)), weight, overfitting)


def suits(measure: Measure) -> bool:
    """Whether the rule fits: overall errors, and ranks whose value by chance is known."""
    return measure.name in BY_CHANCE or (measure.family == "overall" and measure.direction == "lower")


@dataclass(frozen=True, eq=False)
class _Case:
    """One request with what the rule needs: its apparent result and its values per refit, shape (refits,)."""

    request: Request
    apparent: Result
    in_bootstrap: FloatArray
    in_original: FloatArray
    left_out: FloatArray
    why: str = ""


def answers(
    study: Study, made: Redone, apparent: Sequence[Result], requests: Sequence[Request], twice: Measured
) -> Iterator[Answer]:
    """The .632+ estimate of each overall request that it suits; the interval is the optimism bootstrap's spread."""
    chosen = [k for k, r in enumerate(requests) if r.subgroup.overall and suits(study.measures[r.measure])]
    left_out = _left_out(study, made, [requests[k] for k in chosen])
    for k, values in zip(chosen, left_out, strict=True):
        case = _Case(requests[k], apparent[k], twice.in_bootstrap[k], twice.in_original[k], values, twice.why(k))
        yield Answer(replace(requests[k], analysis=ANALYSIS), _result(study, made, case))


def _result(study: Study, made: Redone, case: _Case) -> Result:
    result, measure = case.apparent, study.measures[case.request.measure]
    values = case.left_out[np.isfinite(case.left_out)]
    if isinstance(result, NotEstimable):
        return result
    if not len(values):
        return NotEstimable("in no refit was the measure estimable in the patients left out")
    nothing = no_information(study, case.request, made)
    if not np.isfinite(nothing):
        return NotEstimable("the value of predictions that know nothing is not estimable")
    found = weighed(result.value, float(values.mean()), nothing, higher_is_better=measure.direction == "higher")
    details = {
        "apparent": result.value, "left_out": float(values.mean()), "no_information": nothing,
        "weight": found.weight, "relative_overfitting": found.overfitting, **made.counts,
        "not_estimable_in_refits": len(case.left_out) - len(values),
    }  # fmt: skip
    interval = _interval(found.value, case, measure, study.settings.level)
    return Estimate(found.value, interval, measure.scale, result.n, result.events, details)


def _interval(value: float, case: _Case, measure: Measure, level: float) -> Interval | NotEstimable:
    good = np.isfinite(case.in_bootstrap) & np.isfinite(case.in_original)
    failed = len(good) - int(good.sum())
    if failed > MAX_FAILED_SHARE * len(good):
        return NotEstimable(too_many(failed, len(good), case.why))
    return interval_around(value, case.in_bootstrap[good], case.in_original[good], measure, level)


def _left_out(study: Study, made: Redone, requests: Sequence[Request]) -> FloatArray:
    """Each request in the patients that a bootstrap sample left out, shape (requests, refits)."""

    def one(b: int) -> FloatArray:
        sample = made.samples[b]
        if isinstance(sample, NotEstimable):
            return np.full(len(requests), np.nan)
        absent = times_drawn(made.rows[b], len(sample)) == 0
        if not absent.any():
            return np.full(len(requests), np.nan)
        return measured(study, sample.where(absent), requests)

    found = spread(one, len(made.samples), jobs=study.jobs)
    return np.column_stack(found) if found else np.empty((len(requests), 0))


def no_information(study: Study, request: Request, made: Redone) -> float:
    """The measure where predictions know nothing of the outcome: by chance, or predictions dealt out at random."""
    if request.measure in BY_CHANCE:
        return BY_CHANCE[request.measure]
    internal = study.protocol is None or study.protocol.design == "internal"
    sample = study.sample if internal or isinstance(made.whole, NotEstimable) else made.whole
    values = []
    for k in range(PERMUTATIONS):
        order = child(study.settings.seed, PERMUTATION_STREAM, k).permutation(len(sample))
        dealt = with_prediction(sample, prediction_of(sample).take(order))
        values.append(float("nan") if isinstance(dealt, NotEstimable) else float(measured(study, dealt, [request])[0]))
    return float(np.mean(values))


def prediction_of(sample: Sample) -> Prediction:
    """The predictions that a sample holds."""
    if isinstance(sample, BinarySample):
        return Risk(sample.risk)
    if isinstance(sample, NominalSample):
        return ClassProbabilities(sample.probability, sample.categories)
    if isinstance(sample, ContinuousSample):
        return Value(sample.predicted, sample.low, sample.high)
    raise TypeError(f"a {sample.kind} sample has no predictions here")
