"""The shared estimation pass: every requested number once, with its analytic or bootstrap interval."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.protocol import MeasuresSection
from cds.core.sample import BinarySample, Sample
from cds.core.sample_kinds import NominalSample
from cds.core.study import OVERALL, Answer, Request, Scheme, Study, Subgroup
from cds.stats.asking import BY_SITE, OTHER_SMOOTHER, further_requests, requests
from cds.stats.intervals import MAX_FAILED_SHARE
from cds.stats.pooling import pooled
from cds.stats.replicates import leave_one_out, replicate_interval
from cds.stats.resampling import Plan, Progress, Task, bootstrap, calibrated_null

FEWER_DRAWS = 200  # of the null distribution, in groups and in large cohorts
LARGE = 10_000
NO_PREVALENCE = (
    "a case-control design fixes the share of events: an absolute risk cannot be judged without the prevalence; "
    "declare prevalence in the protocol"
)
ASK = "ask for replicates: this measure has no analytic interval here"


def answer(study: Study, *, jobs: int | None = None, progress: Progress | None = None) -> Study:
    """The study with every number computed, by ``jobs`` workers (all cores by default).

    With several imputations each number is computed in every one and pooled; with sites, overall intervals and those
    of groups come from leaving out one site at a time, those of a site from its own patients.
    """
    workers = jobs or os.cpu_count() or 1
    categories = getattr(study.sample, "categories", ())
    asked = list(requests(study.measures, study.groups, study.settings, categories, sites=study.sites))
    found = _over_imputations(study, asked, study.samples, study.groups, study.sites, jobs=workers, progress=progress)
    for name, samples in study.analyses.items():
        further = list(further_requests(study.measures, study.settings, name, categories))
        found += _over_imputations(study, further, samples, {}, {}, jobs=workers, progress=None)
    return study.with_answers(found)


def _over_imputations(
    study: Study,
    asked: list[Request],
    samples: Sequence[Sample],
    groups: Mapping[Subgroup, BoolArray],
    sites: Mapping[Subgroup, BoolArray],
    *,
    jobs: int,
    progress: Progress | None,
) -> list[Answer]:
    each = [
        estimate(asked, study.measures, s, groups, study.settings, sites=sites, jobs=jobs, progress=progress)
        for s in samples
    ]
    if len(each) == 1:
        return each[0]
    independent = len(sites) if len(sites) > 1 else len(np.unique(samples[0].patient_codes))
    return [pooled(parts, level=study.settings.level, independent=independent) for parts in zip(*each, strict=True)]


def estimate(
    asked: Iterable[Request],
    measures: Mapping[str, Measure],
    sample: Sample,
    groups: Mapping[Subgroup, BoolArray],
    settings: MeasuresSection,
    *,
    sites: Mapping[Subgroup, BoolArray] | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Answer]:
    """Answer every request on one sample and its subgroups.

    A measure without an analytic interval, or on a sample that is not simple, gets a percentile bootstrap interval;
    with ``replicates = 0`` its interval is not estimable and says so. With two or more ``sites``, whatever is not a
    single site's gets its interval by leaving out one site at a time. Nothing is dropped: a request that cannot be
    answered carries the reason.
    """
    sites = sites or {}
    masks = {**groups, **sites}
    samples = {
        OVERALL: sample,
        **{subgroup: sample.where(mask) for subgroup, mask in masks.items() if mask.any()},
    }
    answers = [Answer(r, _point(r, measures[r.measure], samples.get(r.subgroup), settings.level)) for r in asked]
    everyone = np.arange(len(sample))
    rows = {s: everyone if s.overall else np.flatnonzero(masks[s]) for s in samples}
    clustered: set[int] = set()
    if len(sites) > 1:
        clustered = {k for k, a in enumerate(answers) if _is_clustered(a)}
        for k in clustered:
            request = answers[k].request
            left_out = [mask[rows[request.subgroup]] for mask in sites.values()]
            values = leave_one_out(samples[request.subgroup], measures[request.measure], request.parameters, left_out)
            answers[k] = _with_replicates(answers[k], measures[request.measure], values, settings, "jackknife")
    waiting = [
        k for k, a in enumerate(answers) if k not in clustered and _needs_bootstrap(a, measures[a.request.measure])
    ]
    order = list(samples)
    plan = Plan(
        [samples[s] for s in order],
        [rows[s] for s in order],
        sample.patient_codes,
        [_task(answers[k].request, measures, order) for k in waiting],
    )
    if not settings.replicates:
        return [_without_replicates(a) if k in set(waiting) else a for k, a in enumerate(answers)]
    drawn = bootstrap(plan, replicates=settings.replicates, seed=settings.seed, jobs=jobs, progress=progress)
    for k, values in zip(waiting, drawn, strict=True):
        answers[k] = _with_replicates(answers[k], measures[answers[k].request.measure], values, settings, "bootstrap")
    return _beside_null(answers, measures, plan, order, settings, jobs=jobs)


def _is_clustered(answer: Answer) -> bool:
    """Whether leaving out sites gives this answer's interval: every number but those of a site itself."""
    request = answer.request
    return isinstance(answer.result, Estimate) and request.analysis not in (BY_SITE, OTHER_SMOOTHER)


def _task(request: Request, measures: Mapping[str, Measure], order: list[Subgroup]) -> Task:
    return Task(order.index(request.subgroup), measures[request.measure], request.parameters)


def _point(request: Request, measure: Measure, sample: Sample | None, level: float) -> Result:
    """The estimate with its analytic interval, an interval left open where the bootstrap must give it."""
    if sample is None or not len(sample):
        return NotEstimable("the group has no patients")
    if not sample.total:
        return NotEstimable("every weight in the group is 0")
    if sample.design == "case_control" and sample.weights is None and measure.needs_prevalence:
        return NotEstimable(NO_PREVALENCE)
    value = measure.compute(sample, **request.parameters)
    if isinstance(value, NotEstimable):
        return value
    if not np.isfinite(value):
        return NotEstimable("the value is not finite")
    counted = sample.one_vs_rest(request.category) if request.category and isinstance(sample, NominalSample) else sample
    interval: Interval | NotEstimable = NotEstimable(ASK if measure.bootstrap else measure.interval_name)
    if measure.interval is not None and sample.analytic:
        interval = measure.interval(sample, value, level, **request.parameters)
    n, events = _counts(counted)
    details = _details(request, measure, sample)
    if events is None and counted.smallest_class is not None:
        details["fewest_events"] = int(counted.smallest_class)
    return Estimate(value, interval, measure.scale, n, events, details)


def _counts(sample: Sample) -> tuple[int, int | None]:
    """Rows and events that the number rests on: integer weights count as repeated rows, other weights do not."""
    whole = sample.weights is None or bool((sample.weights == np.round(sample.weights)).all())
    if whole:
        return round(sample.total), None if sample.events is None else round(sample.events)
    present = sample.where(sample.weight > 0).reweight(np.ones(int((sample.weight > 0).sum())))
    return len(present), None if present.events is None else round(present.events)


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
        and answer.request.analysis != OTHER_SMOOTHER
    )


def _without_replicates(answer: Answer) -> Answer:
    if not isinstance(answer.result, Estimate):
        return answer
    return replace(answer, result=replace(answer.result, interval=NotEstimable(ASK)))


def _with_replicates(
    answer: Answer, measure: Measure, values: FloatArray, settings: MeasuresSection, scheme: Scheme
) -> Answer:
    if not isinstance(answer.result, Estimate):
        return answer
    interval = replicate_interval(scheme, values, answer.result.value, settings.level, measure.scale)
    return replace(answer, result=replace(answer.result, interval=interval), replicates=values, scheme=scheme)


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
        if not chosen:
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
