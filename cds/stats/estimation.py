"""The shared estimation pass: every requested number once, with its analytic or bootstrap interval."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.protocol import MeasuresSection
from cds.core.sample import BinarySample, Sample
from cds.core.study import OVERALL, Answer, Request, Study, Subgroup
from cds.stats.intervals import MAX_FAILED_SHARE, percentile
from cds.stats.resampling import Plan, Progress, Task, bootstrap, calibrated_null

SMOOTHERS = ("rcs", "lowess", "loess")
OTHER_SMOOTHER = "other_smoother"
FEWER_DRAWS = 200  # of the null distribution, in groups and in large cohorts
LARGE = 10_000
ASK = "ask for replicates: this measure has no analytic interval here"


def requests(
    measures: Mapping[str, Measure], subgroups: Iterable[Subgroup], settings: MeasuresSection
) -> Iterator[Request]:
    """What to compute: every measure in the whole cohort and in each subgroup, per threshold where it has one.

    The smoothers other than the protocol's are asked for too, in the whole cohort, to show their influence.
    """
    for subgroup in [OVERALL, *subgroups]:
        for measure in measures.values():
            smoother = settings.smoother if "smoother" in measure.parameters else None
            if "threshold" in measure.parameters:
                for threshold in settings.thresholds:
                    yield Request(measure.name, subgroup, threshold=threshold, smoother=smoother)
            else:
                yield Request(measure.name, subgroup, smoother=smoother)
    for measure in measures.values():
        if "smoother" in measure.parameters:
            for other in SMOOTHERS:
                if other != settings.smoother:
                    yield Request(measure.name, smoother=other, analysis=OTHER_SMOOTHER)


def answer(study: Study, *, jobs: int | None = None, progress: Progress | None = None) -> Study:
    """The study with every number computed, by ``jobs`` workers (all cores by default)."""
    asked = requests(study.measures, study.groups, study.settings)
    workers = jobs or os.cpu_count() or 1
    found = estimate(asked, study.measures, study.sample, study.groups, study.settings, jobs=workers, progress=progress)
    return study.with_answers(found)


def estimate(
    asked: Iterable[Request],
    measures: Mapping[str, Measure],
    sample: Sample,
    groups: Mapping[Subgroup, BoolArray],
    settings: MeasuresSection,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Answer]:
    """Answer every request on one sample and its subgroups.

    A measure without an analytic interval, or on a sample that is not simple, gets a percentile bootstrap interval;
    with ``replicates = 0`` its interval is not estimable and says so. Nothing is dropped: a request that cannot be
    answered carries the reason.
    """
    samples = {
        OVERALL: sample,
        **{subgroup: sample.where(mask) for subgroup, mask in groups.items() if mask.any()},
    }
    answers = [Answer(r, _point(r, measures[r.measure], samples.get(r.subgroup), settings.level)) for r in asked]
    waiting = [k for k, a in enumerate(answers) if _needs_bootstrap(a, measures[a.request.measure])]
    if not settings.replicates:
        return [_without_replicates(a) if k in set(waiting) else a for k, a in enumerate(answers)]
    order = list(samples)
    tasks = [_task(answers[k].request, measures, order) for k in waiting]
    everyone = np.arange(len(sample))
    rows = [everyone if s.overall else np.flatnonzero(groups[s]) for s in order]
    plan = Plan([samples[s] for s in order], rows, sample.patient_codes, tasks)
    drawn = bootstrap(plan, replicates=settings.replicates, seed=settings.seed, jobs=jobs, progress=progress)
    for k, values in zip(waiting, drawn, strict=True):
        answers[k] = _with_replicates(answers[k], measures[answers[k].request.measure], values, settings.level)
    return _beside_null(answers, measures, plan, order, settings, jobs=jobs)


def _task(request: Request, measures: Mapping[str, Measure], order: list[Subgroup]) -> Task:
    return Task(order.index(request.subgroup), measures[request.measure], request.parameters)


def _point(request: Request, measure: Measure, sample: Sample | None, level: float) -> Result:
    """The estimate with its analytic interval, an interval left open where the bootstrap must give it."""
    if sample is None or not len(sample):
        return NotEstimable("the group has no patients")
    if not sample.total:
        return NotEstimable("every weight in the group is 0")
    value = measure.compute(sample, **request.parameters)
    if isinstance(value, NotEstimable):
        return value
    if not np.isfinite(value):
        return NotEstimable("the value is not finite")
    interval: Interval | NotEstimable = NotEstimable(ASK if measure.bootstrap else measure.interval_name)
    if measure.interval is not None and sample.analytic:
        interval = measure.interval(sample, value, level, **request.parameters)
    n, events = _counts(sample)
    return Estimate(value, interval, measure.scale, n, events, _details(request, measure, sample))


def _counts(sample: Sample) -> tuple[int, int | None]:
    """Rows and events that the number rests on: integer weights count as repeated rows, other weights do not."""
    whole = sample.weights is None or bool((sample.weights == np.round(sample.weights)).all())
    n = round(sample.total) if whole else int((sample.weight > 0).sum())
    if not isinstance(sample, BinarySample):
        return n, None
    return n, round(sample.events) if whole else int(sample.outcome[sample.weight > 0].sum())


def _details(request: Request, measure: Measure, sample: Sample) -> dict[str, Any]:
    details = measure.details(sample, **request.parameters) if measure.details else {}
    on_logit = measure.uses_logit and request.smoother in (None, "rcs")
    if on_logit and isinstance(sample, BinarySample):
        if sample.clipped:
            details["clipped"] = sample.clipped
        elif sample.on_boundary and not sample.clip:
            count = int(sample.on_boundary)
            details["left_out"] = count
            details["descriptive"] = (
                f"{count} risks of exactly 0 or 1 have no logit and were left out, which flatters a bad model; "
                "declare clip = [low, high] in the protocol to judge this measure"
            )
    return details


def _needs_bootstrap(answer: Answer, measure: Measure) -> bool:
    result = answer.result
    return (
        isinstance(result, Estimate)
        and isinstance(result.interval, NotEstimable)
        and result.interval.reason == ASK
        and measure.bootstrap
        and answer.request.analysis == "primary"
    )


def _without_replicates(answer: Answer) -> Answer:
    if not isinstance(answer.result, Estimate):
        return answer
    return replace(answer, result=replace(answer.result, interval=NotEstimable(ASK)))


def _with_replicates(answer: Answer, measure: Measure, values: FloatArray, level: float) -> Answer:
    if not isinstance(answer.result, Estimate):
        return answer
    interval = percentile(values, level, measure.scale)
    return replace(answer, result=replace(answer.result, interval=interval), replicates=values)


def _beside_null(
    answers: list[Answer],
    measures: Mapping[str, Measure],
    plan: Plan,
    order: list[Subgroup],
    settings: MeasuresSection,
    *,
    jobs: int,
) -> list[Answer]:
    """Beside each distance, what a perfectly calibrated model would show at this n, and the p-value from it."""
    for k, sample in enumerate(plan.samples):
        chosen = [n for n, a in enumerate(answers) if a.request.subgroup == order[k] and _has_null(a, measures)]
        if not chosen or not isinstance(sample, BinarySample):
            continue
        many = order[k].overall and len(sample) <= LARGE
        draws = settings.replicates if many else min(settings.replicates, FEWER_DRAWS)
        tasks = [Task(0, measures[answers[n].request.measure], answers[n].request.parameters) for n in chosen]
        null = calibrated_null([sample], tasks, draws=draws, seed=settings.seed, jobs=jobs)
        for n, values in zip(chosen, null, strict=True):
            answers[n] = _add_null(answers[n], values)
    return answers


def _has_null(answer: Answer, measures: Mapping[str, Measure]) -> bool:
    request = answer.request
    return (
        measures[request.measure].is_distance and request.analysis == "primary" and isinstance(answer.result, Estimate)
    )


def _add_null(answer: Answer, drawn: FloatArray) -> Answer:
    """The draws' mean, 95 % quantile and p-value; none of them where over 5 % of the draws were not estimable."""
    result, values = answer.result, drawn[np.isfinite(drawn)]
    if not isinstance(result, Estimate):
        return answer
    failed = len(drawn) - len(values)
    beside: dict[str, Any] = {"null_replicates": len(drawn), "null_replicates_not_estimable": failed}
    if len(values) and failed <= MAX_FAILED_SHARE * len(drawn):
        beside |= {
            "expected_if_calibrated": float(values.mean()),
            "p95_if_calibrated": float(np.quantile(values, 0.95)),
            "p_value": (int((values >= result.value).sum()) + 1) / (len(values) + 1),
        }
    return replace(answer, result=replace(result, details={**result.details, **beside}))
