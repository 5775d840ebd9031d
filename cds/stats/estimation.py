"""The shared estimation pass: every requested number once, with its analytic or bootstrap interval."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.protocol import LANDMARK, MeasuresSection
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import OVERALL, Answer, Request, Scheme, Study, Subgroup
from cds.stats.asking import OTHER_SMOOTHER, further_requests, requests
from cds.stats.bca import patient_blocks, without_each_block
from cds.stats.between_sites import beside_overall
from cds.stats.intervals import cut_at_zero, inside_unit
from cds.stats.null import beside_null
from cds.stats.pooling import pooled
from cds.stats.replicates import leave_one_out, present_in, replicate_interval
from cds.stats.resampling import Plan, Progress, Task, bootstrap

NO_PREVALENCE = (
    "a case-control design fixes the share of events: an absolute risk cannot be judged without the prevalence; "
    "declare prevalence in the protocol"
)
ASK = "ask for replicates: this measure has no analytic interval here"
MOST_PAIRS_OF_ROWS = 200_000_000  # that a loess compares while leaving out one site after the other: about 5 s
TOO_SLOW = "leaving out one site after the other would draw too many loess curves of this many patients"


def answer(study: Study, *, jobs: int | None = None, progress: Progress | None = None) -> Study:
    """The study with every number computed, by ``jobs`` workers (all cores by default).

    With several imputations each number is computed in every one and pooled; with sites, overall intervals and those
    of groups come from leaving out one site at a time, those of a site from its own patients.
    """
    workers = jobs or os.cpu_count() or 1
    categories = getattr(study.sample, "categories", ())
    asked = list(
        requests(
            study.measures, study.groups, study.settings, categories, sites=study.sites, overall=study.judged_as_a_whole
        )
    )
    found = _over_imputations(study, asked, study.samples, study.groups, study.sites, jobs=workers, progress=progress)
    if len(study.sites) > 1:
        found = beside_overall(found, study.measures, study.sites, study.settings.level)
    for name, samples in study.analyses.items():
        further = list(further_requests(study.measures, study.settings, name, categories))
        sites = study.analysis_sites.get(name, {})
        found += _over_imputations(study, further, samples, {}, sites, jobs=workers, progress=None)
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
    codes, masks = samples[0].patient_codes, {**groups, **sites}
    patients = {s: len(np.unique(codes[masks[s]] if s in masks else codes)) for s in {r.subgroup for r in asked}}
    return [
        pooled(
            parts,
            level=study.settings.level,
            independent=_units(parts[0], patients),
            is_distance=study.measures[parts[0].request.measure].is_distance,
            is_proportion=study.measures[parts[0].request.measure].is_proportion,
        )
        for parts in zip(*each, strict=True)
    ]


def _units(answer: Answer, patients: Mapping[Subgroup, int]) -> int:
    """Independent units behind a number: the sites that were left out in turn, else the patients."""
    return patients[answer.request.subgroup] if answer.present is None else int(answer.present.sum())


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

    A measure without an analytic interval, or on a sample that is not simple, gets a bootstrap interval (percentile
    or BCa, as ``settings`` say);
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
        clustered = {k for k, a in enumerate(answers) if _is_clustered(a, measures, sites)}
        for subgroup in dict.fromkeys(answers[k].request.subgroup for k in sorted(clustered)):
            here = [k for k in sorted(clustered) if answers[k].request.subgroup == subgroup]
            inside = [mask[rows[subgroup]] for mask in sites.values()]
            found = _without_each_site([answers[k] for k in here], measures, samples[subgroup], inside, settings)
            for k, clustered_answer in zip(here, found, strict=True):
                answers[k] = clustered_answer
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
    left_out = _left_out([answers[k] for k in waiting], plan) if settings.interval == "bca" else {}
    for k, values in zip(waiting, drawn, strict=True):
        answers[k] = replace(answers[k], left_out=left_out.get(answers[k].request))
        answers[k] = _with_replicates(answers[k], measures[answers[k].request.measure], values, settings, "bootstrap")
    return beside_null(answers, measures, plan, order, settings, jobs=jobs)


def _is_clustered(answer: Answer, measures: Mapping[str, Measure], sites: Mapping[Subgroup, BoolArray]) -> bool:
    """Whether leaving out sites gives this answer's interval: every number but those of a site itself."""
    request = answer.request
    return (
        isinstance(answer.result, Estimate)
        and request.subgroup not in sites
        and request.analysis != OTHER_SMOOTHER
        and measures[request.measure].bootstrap
    )


def _without_each_site(
    answers: Sequence[Answer],
    measures: Mapping[str, Measure],
    sample: Sample,
    inside: Sequence[BoolArray],
    settings: MeasuresSection,
) -> list[Answer]:
    """Answers about one sample with their cluster-robust intervals; ``inside`` marks each site's rows in it."""
    slow = [_is_slow(a, measures[a.request.measure], len(sample) ** 2 * len(inside)) for a in answers]
    asked = [
        (measures[a.request.measure], a.request.parameters, a.result.value)
        for a, too_slow in zip(answers, slow, strict=True)
        if isinstance(a.result, Estimate) and not too_slow
    ]
    present, found = present_in(sample, inside), iter(leave_one_out(sample, asked, inside))
    return [
        _without_interval(a, TOO_SLOW)
        if too_slow
        else _with_replicates(
            replace(a, present=present), measures[a.request.measure], next(found), settings, "jackknife"
        )
        for a, too_slow in zip(answers, slow, strict=True)
    ]


def _is_slow(answer: Answer, measure: Measure, pairs_of_rows: int) -> bool:
    """Whether a loess, whose cost grows with the square of the rows, would be drawn too often."""
    loess = measure.is_distance and answer.request.smoother in (None, "loess")
    return loess and pairs_of_rows > MOST_PAIRS_OF_ROWS


def _task(request: Request, measures: Mapping[str, Measure], order: list[Subgroup]) -> Task:
    return Task(order.index(request.subgroup), measures[request.measure], request.parameters)


def _point(request: Request, measure: Measure, sample: Sample | None, level: float) -> Result:
    """The estimate with its analytic interval, an interval left open where the bootstrap must give it."""
    if sample is None or not len(sample):
        at_landmark = request.subgroup.attribute == LANDMARK
        return NotEstimable("nobody is still at risk" if at_landmark else "the group has no patients")
    if not sample.total:
        return NotEstimable("every weight in the group is 0")
    if not sample.shows_prevalence and measure.needs_prevalence:
        return NotEstimable(NO_PREVALENCE)
    value = measure.compute(sample, **request.parameters)
    if isinstance(value, NotEstimable):
        return value
    if not np.isfinite(value):
        return NotEstimable("the value is not finite")
    counted = _counted(request, measure, sample)
    interval: Interval | NotEstimable = NotEstimable(ASK if measure.bootstrap else measure.interval_name)
    if measure.interval is not None and sample.analytic:
        interval = measure.interval(sample, value, level, **request.parameters)
    n, events = _counts(counted)
    details = _details(request, measure, sample, counted)
    if not isinstance(counted, BinarySample) and counted.smallest_class is not None:
        details["fewest_events"] = int(counted.smallest_class)
    return Estimate(value, interval, measure.scale, n, events, details)


def _counted(request: Request, measure: Measure, sample: Sample) -> Sample:
    """The sample whose rows and events stand beside the number."""
    if measure.counted:
        counted: Sample = measure.counted(sample, **request.parameters)
        return counted
    if isinstance(sample, CompetingRisksSample) and request.horizon is not None:
        return sample.at(request.horizon)
    return sample


def _counts(sample: Sample) -> tuple[int, int | None]:
    """Rows and events that the number rests on: integer weights count as repeated rows, other weights do not."""
    whole = sample.weights is None or bool((sample.weights == np.round(sample.weights)).all())
    if whole:
        return round(sample.total), None if sample.events is None else round(sample.events)
    present = sample.where(sample.weight > 0).reweight(np.ones(int((sample.weight > 0).sum())))
    return len(present), None if present.events is None else round(present.events)


def _details(request: Request, measure: Measure, sample: Sample, counted: Sample) -> dict[str, Any]:
    details = measure.details(sample, **request.parameters) if measure.details else {}
    on_logit = measure.uses_logit and request.smoother in (None, "rcs")
    if on_logit and isinstance(counted, BinarySample):
        if counted.clipped:
            details["clipped"] = counted.clipped
        elif counted.on_boundary and not counted.clip:
            count = int(counted.on_boundary)
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


def _left_out(answers: Sequence[Answer], plan: Plan) -> dict[Request, FloatArray]:
    """Each number without one block of the cohort's patients after the other, the same blocks in every group.

    Not the distances: their bias is as large as their spread, which BCa cannot correct, so they stay percentile.
    """
    blocks = patient_blocks(plan.codes)
    found = {}
    for answer, task in zip(answers, plan.tasks, strict=True):
        if isinstance(answer.result, Estimate) and not task.measure.is_distance:
            inside = [block[plan.rows[task.sample]] for block in blocks]
            found[answer.request] = without_each_block(
                plan.samples[task.sample], task.measure, task.parameters, inside, answer.result.value
            )
    return found


def _without_replicates(answer: Answer) -> Answer:
    return _without_interval(answer, ASK)


def _without_interval(answer: Answer, reason: str) -> Answer:
    if not isinstance(answer.result, Estimate):
        return answer
    return replace(answer, result=replace(answer.result, interval=NotEstimable(reason)))


def _with_replicates(
    answer: Answer, measure: Measure, values: FloatArray, settings: MeasuresSection, scheme: Scheme
) -> Answer:
    if not isinstance(answer.result, Estimate):
        return answer
    result = answer.result
    sites = None if answer.present is None else int(answer.present.sum())
    interval = replicate_interval(
        scheme, values, result.value, settings.level, measure.scale, left_out=answer.left_out, sites=sites
    )
    if scheme == "jackknife" and isinstance(interval, Interval):
        interval = inside_unit(interval, result.value) if measure.is_proportion else interval
        interval = cut_at_zero(interval) if measure.is_distance else interval
    if scheme == "jackknife":
        result = replace(result, details={**result.details, **_too_narrow(result.interval, interval)})
    return replace(answer, result=replace(result, interval=interval), replicates=values, scheme=scheme)


def _too_narrow(by_patients: Interval | NotEstimable, by_sites: Interval | NotEstimable) -> dict[str, Any]:
    """A caution where few sites happen to agree so closely that their interval is narrower than the patients' one."""
    if isinstance(by_patients, NotEstimable) or isinstance(by_sites, NotEstimable):
        return {}
    if by_sites.high - by_sites.low >= by_patients.high - by_patients.low:
        return {}
    return {
        "narrow": f"the {by_sites.details['sites']} sites agree more closely than their patients let expect: this "
        "interval is narrower than the one by patients and may be too hopeful",
        "by_patients_low": by_patients.low, "by_patients_high": by_patients.high,
    }  # fmt: skip
