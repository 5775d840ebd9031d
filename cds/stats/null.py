"""Beside a distance from perfect calibration: what a perfectly calibrated model would show in as many patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Estimate, Measure
from cds.core.protocol import MeasuresSection
from cds.core.study import Answer, Subgroup
from cds.stats.intervals import MAX_FAILED_SHARE
from cds.stats.resampling import Plan, Task, calibrated_null

FEWER_DRAWS = 200  # of the null distribution, in groups and in large cohorts
LARGE = 10_000


def beside_null(
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
        if sample.design == "case_control":  # its rows weigh what they do because of their outcomes
            for n in chosen:
                answers[n] = _with_details(answers[n], {"no_null": "the outcomes of a case-control design were chosen"})
            continue
        many = order[k].overall and len(sample) <= LARGE
        draws = settings.replicates if many else min(settings.replicates, FEWER_DRAWS)
        tasks = [Task(0, measures[answers[n].request.measure], answers[n].request.parameters) for n in chosen]
        null = calibrated_null([sample], tasks, draws=draws, seed=settings.seed, jobs=jobs)
        for n, values in zip(chosen, null, strict=True):
            answers[n] = _add_null(answers[n], values)
    return answers


def _with_details(answer: Answer, more: Mapping[str, Any]) -> Answer:
    result = answer.result
    if not isinstance(result, Estimate):
        return answer
    return replace(answer, result=replace(result, details={**result.details, **more}))


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
