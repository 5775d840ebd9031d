"""A randomised trial: effects with what they mean in words, who is missing, and in whom the effect differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Measure, NotEstimable, Result
from cds.core.sample_trial import TrialSample
from cds.core.study import Answer, Study
from cds.longitudinal.trial_arms import arms_table, baseline_table, course
from cds.longitudinal.trial_effect import EFFECT
from cds.longitudinal.trial_groups import by_benefit, by_group, by_risk, effect_label, triple
from cds.longitudinal.trial_missing import missing_outcomes, responder_table
from cds.longitudinal.trial_responder import NUMBER_NEEDED, RISK_DIFFERENCE, needed_to_treat, turned
from cds.longitudinal.trial_told import Quantity, told
from cds.longitudinal.trial_written import FAMILY

Output = Finding | Curve | Table


def applicable(measures: Mapping[str, Measure], sample: TrialSample) -> dict[str, Measure]:
    """The measures that this trial can answer: what was not declared, or is measured once only, is not asked for."""
    absent = {
        "treatment_effect_unadjusted": sample.binary,
        "standardized_effect": sample.binary,
        "mixed_model_effect": sample.binary or len(sample.visits) < 2,
        "responder_risk_difference": sample.binary or sample.responder is None,
        "number_needed_to_treat": not sample.binary and sample.responder is None,
        "effect_by_risk": sample.risk is None,
        "benefit_calibration_slope": sample.benefit is None,
        "benefit_calibration_in_the_large": sample.benefit is None,
    }
    return {name: measure for name, measure in measures.items() if not absent.get(name, False)}


def validate_trial(study: Study) -> Iterator[Output]:
    """Findings, tables and curves of a trial; nothing where the study's sample is of another kind.

    The number needed to treat follows from the interval of the difference in risks that bears on it, pooled or
    resampled as that is. Tables that compare groups come from the first imputation, and say so.
    """
    sample = study.sample
    if not isinstance(sample, TrialSample):
        return
    small = 11 if study.protocol is None else study.protocol.cohort.small_cell
    level = study.settings.level
    yield from findings(study, sample)
    yield effects_curve(study, sample)
    yield conclusions(study, sample)
    yield arms_table(sample, small)
    before = baseline_table(sample, study.cohort.groups, small)
    if before is not None:
        yield before
    visits: tuple[float | None, ...] = (None, *(v for v in sample.visits if len(sample.visits) > 1))
    for visit in visits:
        responders = responder_table(sample, visit, level, small)
        if responders is not None:
            yield responders
    for category in sample.categories:
        gone = missing_outcomes(sample, category, None, level, small)
        if gone is not None:
            yield gone
    yield from by_group(study, sample, small)
    yield from by_risk(study, sample, small)
    for category in sample.categories:
        yield from by_benefit(study, sample, category, small)
    over = course(sample, level, small)
    if over is not None:
        yield over


def findings(study: Study, sample: TrialSample) -> Iterator[Finding]:
    """Every answer, the number needed to treat from the difference in risks, each effect with its sentence."""
    for answer in study.of_family(FAMILY):
        name = answer.request.measure
        found = study.finding(_needed(study, sample, answer) if name == NUMBER_NEEDED.name else answer)
        if name == EFFECT.name and answer.request.subgroup.overall:
            found = replace(found, details={"in_words": _sentence(sample, answer.result)})
        yield found


def _needed(study: Study, sample: TrialSample, answer: Answer) -> Answer:
    source = EFFECT.name if sample.binary else RISK_DIFFERENCE.name
    difference = study.answers.get(replace(answer.request, measure=source))
    if difference is None:
        return answer
    result = difference.result
    if sample.binary and isinstance(result, Estimate) and sample.sign < 0:
        interval = result.interval if isinstance(result.interval, NotEstimable) else turned(result.interval, -1.0)
        result = replace(result, value=-result.value, interval=interval)
    return replace(answer, result=needed_to_treat(result), replicates=None, parts=())


def _sentence(sample: TrialSample, result: Result) -> str:
    quantity: Quantity = "risk" if sample.binary else "points"
    return told(result, unit=sample.unit, better=sample.better, quantity=quantity)


def conclusions(study: Study, sample: TrialSample) -> Table:
    """One sentence per arm and visit: what the primary analysis showed."""
    rows = []
    for answer in study.answers.values():
        request = answer.request
        if request.measure != EFFECT.name or not request.subgroup.overall or request.analysis != "primary":
            continue
        if request.horizon is not None and len(sample.visits) < 2:  # the only visit is the primary one
            continue
        visit = "primary" if request.horizon is None else f"{request.horizon:g} {sample.time_unit}".rstrip()
        rows.append((f"{request.category} against {sample.control}", visit, _sentence(sample, answer.result)))
    how = "Newcombe's interval" if sample.binary else "ANCOVA on the baseline and the covariates of the randomisation"
    if not sample.binary and sample.baseline is None:
        how = "linear model with the covariates of the randomisation; there is no baseline to adjust for"
    return Table(
        "trial_conclusions", FAMILY, "What the trial showed", ("comparison", "visit", "in words"), tuple(rows),
        f"By intention to treat among those with an outcome; {how}. With several arms or visits the intervals are not "
        "adjusted for their number.",
    )  # fmt: skip


def effects_curve(study: Study, sample: TrialSample) -> Curve:
    """The primary effects as a forest: overall by arm and visit, then by subgroup at the primary visit."""
    lines: list[tuple[str, str, str, tuple[float, float, float]]] = []
    for answer in study.answers.values():
        request = answer.request
        if request.measure != EFFECT.name or request.analysis != "primary":
            continue
        if request.horizon is not None and (not request.subgroup.overall or len(sample.visits) < 2):
            continue
        visit = "" if request.horizon is None else f"{request.horizon:g} {sample.time_unit}".rstrip()
        group = "" if request.subgroup.overall else f"{request.subgroup.attribute}: {request.subgroup.level}"
        lines.append((str(request.category), visit, group, triple(answer.result)))
    columns: dict[str, NDArray[Any]] = {
        "arm": np.array([line[0] for line in lines], dtype=np.str_),
        "visit": np.array([line[1] for line in lines], dtype=np.str_),
        "group": np.array([line[2] for line in lines], dtype=np.str_),
    }
    for k, name in enumerate(("effect", "low", "high")):
        columns[name] = np.array([line[3][k] for line in lines])
    side = "left" if sample.better == "lower" else "right"
    return Curve(
        "trial_effects", FAMILY, f"Effect against {sample.control}", columns, x_label=effect_label(sample),
        note=f"Values to the {side} of 0 are for the better", facts={"level": study.settings.level, "ideal": 0.0},
    )  # fmt: skip
