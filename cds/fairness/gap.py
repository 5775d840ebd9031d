"""The gap between groups: any measure, contrasted with the named reference group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval, Measure, NotEstimable
from cds.core.study import Answer, Scheme, Study
from cds.core.verdict import fewest_events
from cds.fairness.simultaneous import dunnett_quantile, max_t_quantile
from cds.stats.intervals import normal_quantile
from cds.stats.pooling import Pooled, pooled_interval, rubin
from cds.stats.replicates import replicate_interval

LEVEL_OF_SE = 0.95  # a standard error does not depend on it


@dataclass(frozen=True, eq=False)
class Contrast:
    """One group against the reference, on the difference scale (logarithms for a ratio)."""

    group: Answer
    reference: Answer
    value: float
    se: float | None
    reference_se: float | None
    replicates: FloatArray | None
    no_interval: str = ""
    scheme: Scheme = "bootstrap"
    pooled: Pooled | None = None

    @property
    def analytic(self) -> bool:
        """Whether both sides have an analytic standard error."""
        return self.se is not None


def gaps(study: Study, attribute: str, reference: str) -> Iterator[Finding]:
    """Every measure's difference to the reference group (ratio where the measure lives on the log scale).

    With several groups the intervals are simultaneous: single-step max-t over the contrasts.
    """
    by_key: dict[tuple[str, float | None, str | None], dict[str, Answer]] = {}
    for answer in study.answers.values():
        request = answer.request
        if request.subgroup.attribute == attribute and request.analysis == "primary":
            by_key.setdefault((request.measure, request.threshold, request.category), {})[
                str(request.subgroup.level)
            ] = answer
    for (name, _, _), answers in by_key.items():
        measure = study.measures[name]
        # A distance is positive by chance alone, most so in a small group: its gap would show the groups' sizes.
        if measure.direction != "none" and not measure.is_distance:
            yield from _of_measure(study, measure, answers, reference)


def _of_measure(study: Study, measure: Measure, answers: dict[str, Answer], reference: str) -> Iterator[Finding]:
    ratio = measure.scale == "log"
    other = answers.get(reference)
    independent = len(study.sites) if len(study.sites) > 1 else len(np.unique(study.sample.patient_codes))
    found = {
        level: NotEstimable("the reference group has no patients")
        if other is None
        else _contrast(a, other, ratio=ratio, independent=independent)
        for level, a in answers.items()
        if level != reference
    }
    intervals = _intervals([c for c in found.values() if isinstance(c, Contrast)], study.settings.level)
    for level, contrast in found.items():
        result: Estimate | NotEstimable = (
            contrast
            if isinstance(contrast, NotEstimable)
            else _estimate(contrast, intervals[id(contrast)], measure, ratio=ratio)
        )
        base = study.finding(answers[level])
        yield Finding(
            measure=base.measure, family=base.family, result=result, kind="ratio" if ratio else "difference",
            attribute=base.attribute, group=level, reference_group=reference, threshold=base.threshold,
            horizon=base.horizon, category=base.category, parameters=base.parameters,
        )  # fmt: skip


def _contrast(group: Answer, reference: Answer, *, ratio: bool, independent: int) -> Contrast | NotEstimable:
    """One contrast; with several imputations formed in each of them first, then pooled."""
    if not (group.parts and reference.parts):
        return _single_contrast(group, reference, ratio=ratio)
    values, variances = [], []
    for k, (a, b) in enumerate(zip(group.parts, reference.parts, strict=True), 1):
        part = _single_contrast(a, b, ratio=ratio)
        if isinstance(part, NotEstimable):
            return NotEstimable(f"in imputation {k}: {part.reason}")
        one = _one_interval(part, LEVEL_OF_SE)
        se = None if isinstance(one, NotEstimable) else one.se
        if se is None:
            reason = one.reason if isinstance(one, NotEstimable) else "no standard error"
            return Contrast(group, reference, part.value, None, None, None, f"in imputation {k}: {reason}")
        values.append(part.value)
        variances.append(se**2)
    found = rubin(values, variances, independent=independent)
    return Contrast(group, reference, found.mean, None, None, None, pooled=found)


def _single_contrast(group: Answer, reference: Answer, *, ratio: bool) -> Contrast | NotEstimable:
    one, other = group.result, reference.result
    if isinstance(one, NotEstimable):
        return NotEstimable(f"group: {one.reason}")
    if isinstance(other, NotEstimable):
        return NotEstimable(f"reference group: {other.reason}")
    if ratio and min(one.value, other.value) <= 0:
        return NotEstimable("a ratio needs events in both groups")
    value = log(one.value / other.value) if ratio else one.value - other.value
    reason = _no_interval("group", group) or _no_interval("reference group", reference)
    if reason:
        return Contrast(group, reference, value, None, None, None, reason)
    se_one, se_other = _analytic_se(one, ratio=ratio), _analytic_se(other, ratio=ratio)
    if se_one is not None and se_other is not None:
        return Contrast(group, reference, value, sqrt(se_one**2 + se_other**2), se_other, None)
    if group.replicates is None or reference.replicates is None:
        return Contrast(group, reference, value, None, None, None)
    if len(group.replicates) != len(reference.replicates):
        return Contrast(group, reference, value, None, None, None, "the groups are not found at the same sites")
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.log(group.replicates / reference.replicates) if ratio else group.replicates - reference.replicates
    drawn = np.where(np.isfinite(drawn), drawn, np.nan)
    return Contrast(group, reference, value, None, None, drawn, scheme=group.scheme)


def _no_interval(side: str, answer: Answer) -> str:
    """Why this side allows no interval of the contrast; empty where it does."""
    if not isinstance(answer.result, Estimate) or answer.replicates is not None:
        return ""
    interval = answer.result.interval
    if isinstance(interval, NotEstimable):
        return f"{side}: {interval.reason}"
    return f"{side}: zero variance: every patient contributes the same" if interval.se == 0 else ""


def _analytic_se(result: Estimate, *, ratio: bool) -> float | None:
    interval = result.interval
    if not isinstance(interval, Interval) or interval.method.startswith(("bootstrap", "jackknife")):
        return None
    return interval.scale_se if ratio else interval.se


def _intervals(contrasts: Sequence[Contrast], level: float) -> dict[int, Interval | NotEstimable]:
    """Intervals on the difference scale; simultaneous where there are several contrasts."""
    given = {id(c): _one_interval(c, level) for c in contrasts}
    several = [c for c in contrasts if isinstance(given[id(c)], Interval)]
    if len(contrasts) < 2 or not several:
        return given
    if any(c.pooled is not None or c.scheme == "jackknife" for c in several):
        return given | {id(c): _bonferroni(c, level, len(several)) for c in several}
    if all(c.analytic for c in several):
        correlations = [(c.reference_se or 0.0) / (c.se or 1.0) for c in several]
        factor, how = dunnett_quantile(correlations, level), "wald, simultaneous max-t"
    elif all(c.replicates is not None for c in several):
        factor = max_t_quantile(np.stack([c.replicates for c in several if c.replicates is not None]), level)
        how = "bootstrap, simultaneous max-t"
    else:
        mixed = NotEstimable("some groups have analytic and others bootstrap errors")
        return given | {id(c): mixed for c in several}
    for c in several:
        one = given[id(c)]
        if isinstance(one, Interval) and one.se is not None:
            details = {**one.details, "contrasts": len(several), "max_t_quantile": factor}
            given[id(c)] = Interval(
                c.value - factor * one.se, c.value + factor * one.se, level, how, one.se, one.se, details
            )
    return given


def _bonferroni(contrast: Contrast, level: float, contrasts: int) -> Interval | NotEstimable:
    """Simultaneous where Student's t replaces the normal: each interval at the level 1 − α/contrasts."""
    one = _one_interval(contrast, 1 - (1 - level) / contrasts)
    if isinstance(one, NotEstimable):
        return one
    details = {**one.details, "contrasts": contrasts}
    return replace(one, level=level, method=f"{one.method}, simultaneous (Bonferroni)", details=details)


def _one_interval(contrast: Contrast, level: float) -> Interval | NotEstimable:
    if contrast.no_interval:
        return NotEstimable(contrast.no_interval)
    if contrast.pooled is not None:
        return pooled_interval(contrast.pooled, level, "identity")
    if contrast.se is not None:
        half = normal_quantile(level) * contrast.se
        return Interval(contrast.value - half, contrast.value + half, level, "wald", contrast.se, contrast.se)
    if contrast.replicates is None:
        return NotEstimable("ask for replicates: this contrast has no analytic interval")
    return replicate_interval(contrast.scheme, contrast.replicates, contrast.value, level, "identity")


def _estimate(contrast: Contrast, interval: Interval | NotEstimable, measure: Measure, *, ratio: bool) -> Estimate:
    one, other = contrast.group.result, contrast.reference.result
    if not (isinstance(one, Estimate) and isinstance(other, Estimate)):
        raise TypeError("a contrast has two estimates")
    fewest = [f for f in (fewest_events(one), fewest_events(other)) if f is not None]
    details: dict[str, Any] = {"fewest_events": min(fewest)} if fewest else {}
    for side, name in ((one, "group"), (other, "reference group")):
        if side.details.get("descriptive"):
            details["descriptive"] = f"{name}: {side.details['descriptive']}"
    if ratio and isinstance(interval, Interval):
        value = exp(contrast.value)
        se = None if interval.se is None else value * interval.se
        interval = Interval(
            exp(interval.low),
            exp(interval.high),
            interval.level,
            interval.method,
            se,
            interval.se,
            interval.details,
        )
    events = None if one.events is None or other.events is None else one.events + other.events
    value = exp(contrast.value) if ratio else contrast.value
    return Estimate(value, interval, "log" if ratio else "identity", one.n + other.n, events, details)


def reference_of(study: Study, attribute: str) -> tuple[str, bool]:
    """The reference group of an attribute, and whether the protocol named it (otherwise it is the largest)."""
    if attribute in study.references:
        return study.references[attribute], True
    sizes = {s.level: int(mask.sum()) for s, mask in study.groups.items() if s.attribute == attribute}
    return str(max(sizes, key=lambda level: sizes[level])), False
