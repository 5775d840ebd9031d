"""The gap between groups: any measure, contrasted with the named reference group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval, Measure, NotEstimable
from cds.core.study import Answer, Scheme, Study
from cds.core.verdict import fewest_events
from cds.fairness.newcombe import Proportion, newcombe, proportion_of
from cds.fairness.simultaneous import dunnett_quantile, max_t_quantile
from cds.stats.intervals import normal_quantile
from cds.stats.pooling import Pooled, pooled_interval, rubin
from cds.stats.replicates import replicate_interval

LEVEL_OF_SE = 0.95  # a standard error does not depend on it
MOST_CORRELATED = 0.999  # of two contrasts, where a group's own proportion is 0 or 1 and its binomial error 0


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
    left_out: FloatArray | None = None
    proportions: tuple[Proportion, Proportion] | None = None
    sites: int | None = None
    fewest_sites: int | None = None

    @property
    def analytic(self) -> bool:
        """Whether both sides have an analytic standard error."""
        return self.se is not None


def gaps(study: Study, attribute: str, reference: str) -> Iterator[Finding]:
    """Every measure's difference to the reference group (ratio where the measure lives on the log scale).

    With several groups the intervals are simultaneous: single-step max-t over the contrasts.
    """
    by_key: dict[tuple[str, float | None, float | None, str | None], dict[str, Answer]] = {}
    for answer in study.answers.values():
        request = answer.request
        if request.subgroup.attribute == attribute and request.analysis == "primary":
            key = (request.measure, request.horizon, request.threshold, request.category)
            by_key.setdefault(key, {})[str(request.subgroup.level)] = answer
    units = _units(study, attribute, reference) if len(study.samples) > 1 else {}
    for (name, *_), answers in by_key.items():
        measure = study.measures[name]
        # A distance is positive by chance alone, most so in a small group: its gap would show the groups' sizes.
        if measure.direction != "none" and not measure.is_distance:
            yield from _of_measure(study, measure, answers, reference, units)


def _of_measure(
    study: Study, measure: Measure, answers: dict[str, Answer], reference: str, units: Mapping[str, int]
) -> Iterator[Finding]:
    ratio = measure.scale == "log"
    other = answers.get(reference)
    found = {
        level: NotEstimable("the reference group has no patients")
        if other is None
        else _contrast(a, other, ratio=ratio, independent=units.get(level, 0))
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


def _units(study: Study, attribute: str, reference: str) -> dict[str, int]:
    """Independent units behind each group's contrast, where imputations are pooled: sites, else patients of both."""
    masks = {str(s.level): mask for s, mask in study.groups.items() if s.attribute == attribute}
    if len(study.sites) > 1 or reference not in masks:
        return dict.fromkeys(masks, len(study.sites))
    codes = study.sample.patient_codes
    return {level: len(np.unique(codes[mask | masks[reference]])) for level, mask in masks.items()}


def _contrast(group: Answer, reference: Answer, *, ratio: bool, independent: int) -> Contrast | NotEstimable:
    """One contrast; with several imputations formed in each of them first, then pooled."""
    if not (group.parts and reference.parts):
        return _of_proportions(group, reference) or _single_contrast(group, reference, ratio=ratio)
    for side, answer in (("group", group), ("reference group", reference)):
        if isinstance(answer.result, NotEstimable):  # such as an AUROC of 1 in one imputation, which does not pool
            return NotEstimable(f"{side}: {answer.result.reason}")
    values, variances, reason = [], [], ""
    for k, (a, b) in enumerate(zip(group.parts, reference.parts, strict=True), 1):
        part = _single_contrast(a, b, ratio=ratio)
        if isinstance(part, NotEstimable):
            return NotEstimable(f"in imputation {k}: {part.reason}")
        one = _one_interval(part, LEVEL_OF_SE)
        se = None if isinstance(one, NotEstimable) else one.se
        if se is None and not reason:
            reason = f"in imputation {k}: {one.reason if isinstance(one, NotEstimable) else 'no standard error'}"
        values.append(part.value)
        variances.append((se or 0.0) ** 2)
        independent = independent if part.fewest_sites is None else min(independent, part.fewest_sites)
    if reason:
        return Contrast(group, reference, float(np.mean(values)), None, None, None, reason)
    found = rubin(values, variances, independent=independent)
    return Contrast(group, reference, found.mean, None, None, None, pooled=found)


def _of_proportions(group: Answer, reference: Answer) -> Contrast | None:
    """The contrast of two proportions with Wilson intervals, even where one of them is 0 or 1; None for others."""
    one, other = group.result, reference.result
    if not (isinstance(one, Estimate) and isinstance(other, Estimate)):
        return None
    p, q = proportion_of(one), proportion_of(other)
    if p is None or q is None or one.se is None or other.se is None:
        return None
    se = sqrt(one.se**2 + other.se**2)
    return Contrast(group, reference, one.value - other.value, se, other.se, None, proportions=(p, q))


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
    drawn = _contrasted(group.replicates, reference.replicates, ratio=ratio)
    left_out = None
    if group.left_out is not None and reference.left_out is not None:
        left_out = _contrasted(group.left_out, reference.left_out, ratio=ratio)
    found = Contrast(group, reference, value, None, None, drawn, scheme=group.scheme, left_out=left_out)
    if group.present is None or reference.present is None:
        return found
    # A site with patients on one side only moves that side; the side at the fewest sites is known the least.
    either, fewest = group.present | reference.present, min(group.present.sum(), reference.present.sum())
    return replace(found, sites=int(either.sum()), fewest_sites=int(fewest))


def _contrasted(group: FloatArray, reference: FloatArray, *, ratio: bool) -> FloatArray:
    """Replicate by replicate; NaN where one side was not estimable or the ratio has no logarithm."""
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.log(group / reference) if ratio else group - reference
    return np.where(np.isfinite(drawn), drawn, np.nan)


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
        correlations = [min((c.reference_se or 0.0) / (c.se or 1.0), MOST_CORRELATED) for c in several]
        factor, how = dunnett_quantile(correlations, level), "wald, simultaneous max-t"
    elif all(c.replicates is not None for c in several):
        factor = max_t_quantile(np.stack([c.replicates for c in several if c.replicates is not None]), level)
        how = "bootstrap, simultaneous max-t"
    else:
        mixed = NotEstimable("some groups have analytic and others bootstrap errors")
        return given | {id(c): mixed for c in several}
    for c in several:
        one = given[id(c)]
        if c.proportions is not None:
            given[id(c)] = _simultaneous_newcombe(*c.proportions, factor, level, len(several))
        elif isinstance(one, Interval) and one.se is not None:
            details = {**one.details, "contrasts": len(several), "max_t_quantile": factor}
            given[id(c)] = Interval(
                c.value - factor * one.se, c.value + factor * one.se, level, how, one.se, one.se, details
            )
    return given


def _simultaneous_newcombe(
    one: Proportion, other: Proportion, factor: float, level: float, contrasts: int
) -> Interval | NotEstimable:
    """Newcombe's interval with the simultaneous quantile in place of the normal one."""
    found = newcombe(one, other, 2 * NormalDist().cdf(factor) - 1)
    if isinstance(found, NotEstimable):
        return found
    details = {"contrasts": contrasts, "max_t_quantile": factor}
    return replace(found, level=level, method=f"{found.method}, simultaneous max-t", details=details)


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
    if contrast.proportions is not None:
        return newcombe(*contrast.proportions, level)
    if contrast.se is not None:
        half = normal_quantile(level) * contrast.se
        return Interval(contrast.value - half, contrast.value + half, level, "wald", contrast.se, contrast.se)
    if contrast.replicates is None:
        return NotEstimable("ask for replicates: this contrast has no analytic interval")
    return replicate_interval(
        contrast.scheme, contrast.replicates, contrast.value, level, "identity",
        left_out=contrast.left_out, sites=contrast.sites, fewest=contrast.fewest_sites,
    )  # fmt: skip


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
