"""Two models on the same patients: every measure of both, and the paired difference with its interval.

The AUROC is contrasted by DeLong's paired method, net benefit and the Brier score by the difference per patient; all
else by replicates that draw the same patients for both models, or by leaving out one site at a time for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.protocol import MeasuresSection
from cds.core.sample import Sample
from cds.core.study import Answer, Request, Study
from cds.core.verdict import fewest_events
from cds.stats.asking import further_requests
from cds.stats.estimation import ASK, estimate
from cds.stats.influence import paired_se
from cds.stats.intervals import is_nothing, normal_quantile, two_sided_p
from cds.stats.pooling import pooled, pooled_interval, rubin
from cds.stats.replicates import replicate_interval
from cds.stats.resampling import Plan, Task, bootstrap

SAME = "both models contribute the same in every patient, so the data give no interval"
PAIRED = {"auroc": "paired DeLong"}  # what the method is called where it has a name
DISTANCE = "a distance is positive even under perfect calibration: its difference describes, it does not decide"
Drawn = Mapping[tuple[int, int, Request], FloatArray]  # imputation, side (0 ours, 1 theirs), request


@dataclass(frozen=True, eq=False)
class Paired:
    """One measure of two models and their difference (a ratio where the measure lives on the log scale)."""

    measure: Measure
    request: Request
    ours: Result
    theirs: Result
    difference: Result

    @property
    def is_ratio(self) -> bool:
        """Whether the difference is ours / theirs."""
        return self.measure.scale == "log"


@dataclass(frozen=True, eq=False)
class _Side:
    """One model: its samples and its answers, both by imputation."""

    samples: Sequence[Sample]
    answers: Sequence[Mapping[Request, Answer]]


@dataclass(frozen=True, eq=False)
class _Contrast:
    """A difference on its scale (logarithms for a ratio) with its interval there."""

    value: float
    interval: Interval | NotEstimable
    details: dict[str, Any] = field(default_factory=dict)


def compared(study: Study, ours: Sequence[Sample], theirs: Sequence[Sample], analysis: str) -> list[Paired]:
    """Every measure that says how good a model is, for both models, and their paired difference.

    ``ours`` and ``theirs`` hold one sample per imputation, on the study's rows. The intervals are not adjusted for
    the number of measures or of models compared.

    Raises:
        ResourceError: a worker died while resampling.
    """
    measures = {name: m for name, m in study.measures.items() if m.direction != "none"}
    categories = getattr(study.sample, "categories", ())
    asked = list(further_requests(measures, study.settings, analysis, categories))
    sides = [_Side(samples, [_answered(study, asked, s, measures) for s in samples]) for samples in (ours, theirs)]
    drawn = _drawn(study, asked, sides)
    return [_paired(study, measures[request.measure], request, sides, drawn) for request in asked]


def _answered(
    study: Study, asked: Sequence[Request], sample: Sample, measures: Mapping[str, Measure]
) -> dict[Request, Answer]:
    found = estimate(asked, measures, sample, {}, study.settings, sites=study.sites, jobs=study.jobs)
    return {answer.request: answer for answer in found}


def _drawn(study: Study, asked: Sequence[Request], sides: Sequence[_Side]) -> Drawn:
    """Replicates where both models have an analytic interval but their difference has none: the same patients."""
    if not study.settings.replicates:
        return {}
    found: dict[tuple[int, int, Request], FloatArray] = {}
    for k, (our, their) in enumerate(zip(sides[0].samples, sides[1].samples, strict=True)):
        lacking = [
            (side, request)
            for request in asked
            for side in (0, 1)
            if _by_replicates(study, request, our, sides, k) and sides[side].answers[k][request].replicates is None
        ]
        rows = np.arange(len(our))
        tasks = [Task(side, study.measures[r.measure], r.parameters) for side, r in lacking]
        plan = Plan([our, their], [rows, rows], our.patient_codes, tasks)
        values = bootstrap(plan, replicates=study.settings.replicates, seed=study.settings.seed, jobs=study.jobs)
        found |= {(k, side, r): one for (side, r), one in zip(lacking, values, strict=True)}
    return found


def _by_replicates(study: Study, request: Request, sample: Sample, sides: Sequence[_Side], k: int) -> bool:
    measure = study.measures[request.measure]
    estimated = all(isinstance(side.answers[k][request].result, Estimate) for side in sides)
    return estimated and measure.bootstrap and not _is_analytic(study, measure, sample)


def _is_analytic(study: Study, measure: Measure, sample: Sample) -> bool:
    return measure.influence is not None and sample.analytic and len(study.sites) < 2


def _paired(study: Study, measure: Measure, request: Request, sides: Sequence[_Side], drawn: Drawn) -> Paired:
    parts = [_contrast(study, request, sides, drawn, k) for k in range(len(sides[0].samples))]
    answers = [[of_one[request] for of_one in side.answers] for side in sides]
    independent = len(study.sites) if len(study.sites) > 1 else len(np.unique(study.sample.patient_codes))
    level = study.settings.level
    ours, theirs = (
        one[0].result
        if len(one) == 1
        else pooled(
            one,
            level=level,
            independent=independent,
            is_distance=measure.is_distance,
            is_proportion=measure.is_proportion,
        ).result
        for one in answers
    )
    whole = parts[0] if len(parts) == 1 else _pooled(parts, level, independent)
    return Paired(measure, request, ours, theirs, _result(measure, whole, ours, theirs))


def _contrast(study: Study, request: Request, sides: Sequence[_Side], drawn: Drawn, k: int) -> _Contrast | NotEstimable:
    measure = study.measures[request.measure]
    answers = [side.answers[k][request] for side in sides]
    ours, theirs = (answer.result for answer in answers)
    if isinstance(ours, NotEstimable):
        return NotEstimable(f"this model: {ours.reason}")
    if isinstance(theirs, NotEstimable):
        return NotEstimable(f"the other model: {theirs.reason}")
    ratio = measure.scale == "log"
    if ratio and min(ours.value, theirs.value) <= 0:
        return NotEstimable("a ratio needs events")
    value = log(ours.value / theirs.value) if ratio else ours.value - theirs.value
    samples = [side.samples[k] for side in sides]
    if _is_analytic(study, measure, samples[0]):
        return _by_influence(measure, request, samples, value, study.settings.level)
    replicates = [drawn.get((k, side, request), answer.replicates) for side, answer in enumerate(answers)]
    return _from_replicates(study.settings, measure, replicates, answers, value)


def _by_influence(
    measure: Measure, request: Request, samples: Sequence[Sample], value: float, level: float
) -> _Contrast | NotEstimable:
    if measure.influence is None:
        raise TypeError(f"{measure.name} has no influence function")
    ours, theirs = (measure.influence(sample, **request.parameters) for sample in samples)
    if isinstance(ours, NotEstimable) or isinstance(theirs, NotEstimable):
        return _Contrast(value, ours if isinstance(ours, NotEstimable) else theirs)  # type: ignore[arg-type]
    se = paired_se(ours, theirs)
    if is_nothing(se, 1.0):
        return _Contrast(value, NotEstimable(SAME))
    half, how = normal_quantile(level) * se, PAIRED.get(measure.name, "paired wald")
    details = {"p_value": two_sided_p(value / se)} if measure.name in PAIRED else {}
    return _Contrast(value, Interval(value - half, value + half, level, how, se, se), details)


def _from_replicates(
    settings: MeasuresSection,
    measure: Measure,
    replicates: Sequence[FloatArray | None],
    answers: Sequence[Answer],
    value: float,
) -> _Contrast:
    ours, theirs = replicates
    if ours is None or theirs is None:
        return _Contrast(value, NotEstimable(ASK if measure.bootstrap else "this measure is not resampled"))
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log(ours / theirs) if measure.scale == "log" else ours - theirs
    apart = np.where(np.isfinite(apart), apart, np.nan)
    if not np.nan_to_num(apart).any() and value == 0:
        return _Contrast(value, NotEstimable(SAME))
    interval = replicate_interval(answers[0].scheme, apart, value, settings.level, "identity")
    if isinstance(interval, Interval):
        interval = Interval(
            interval.low, interval.high, interval.level, f"paired {interval.method}",
            interval.se, interval.scale_se, interval.details,
        )  # fmt: skip
    return _Contrast(value, interval)


def _pooled(parts: Sequence[_Contrast | NotEstimable], level: float, independent: float) -> _Contrast | NotEstimable:
    """Contrasts are formed within each imputation, then pooled by Rubin's rules."""
    good: list[_Contrast] = []
    for k, part in enumerate(parts, 1):
        if isinstance(part, NotEstimable):
            return NotEstimable(f"in imputation {k}: {part.reason}")
        good.append(part)
    values, variances = [part.value for part in good], []
    for k, part in enumerate(good, 1):
        if isinstance(part.interval, NotEstimable) or part.interval.se is None:
            reason = part.interval.reason if isinstance(part.interval, NotEstimable) else "no standard error"
            return _Contrast(float(np.mean(values)), NotEstimable(f"in imputation {k}: {reason}"))
        variances.append(part.interval.se**2)
    found = rubin(values, variances, independent=independent)
    return _Contrast(found.mean, pooled_interval(found, level, "identity"))


def _result(measure: Measure, found: _Contrast | NotEstimable, ours: Result, theirs: Result) -> Result:
    if isinstance(found, NotEstimable):
        return found
    if not (isinstance(ours, Estimate) and isinstance(theirs, Estimate)):
        raise TypeError("a contrast has two estimates")
    details: dict[str, Any] = {"this_model": ours.value, "other_model": theirs.value, **found.details}
    fewest = [f for f in (fewest_events(ours), fewest_events(theirs)) if f is not None]
    details |= {"fewest_events": min(fewest)} if fewest else {}
    told = [str(side.details["descriptive"]) for side in (ours, theirs) if side.details.get("descriptive")]
    if measure.is_distance or told:
        details["descriptive"] = DISTANCE if measure.is_distance else told[0]
    if measure.scale != "log":
        return Estimate(found.value, found.interval, "identity", ours.n, ours.events, details)
    return Estimate(exp(found.value), _ratio(found), "log", ours.n, ours.events, details)


def _ratio(found: _Contrast) -> Interval | NotEstimable:
    interval = found.interval
    if isinstance(interval, NotEstimable):
        return interval
    se = None if interval.se is None else exp(found.value) * interval.se
    return Interval(
        exp(interval.low), exp(interval.high), interval.level, interval.method, se, interval.se, interval.details
    )
