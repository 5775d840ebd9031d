"""What a group's number becomes when the others are looked at too: partial pooling, beside the raw estimate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cds.core.finding import Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.study import Answer, Study, Subgroup
from cds.fairness.across import Across, across, attributes_of_several, has_long_tables
from cds.stats.intervals import from_scale, normal_quantile, scale_slope
from cds.stats.replicates import LARGEST
from cds.stats.shrinkage import Shrunken, shrink

ANALYSIS = "partially_pooled"
METHOD = "partial pooling, averaged over τ"
ENDLESS = "its interval has no end"
HEADER = ("measure", "group", "raw", "partially pooled", "weight of the group's own data")


@dataclass(frozen=True, eq=False)
class Pooling:
    """One number of all groups, and each group's partially pooled result."""

    across: Across
    results: dict[str, Result]


def validate_partial_pooling(study: Study, attributes: Iterable[str]) -> Iterator[Finding | Table]:
    """Findings and a table per attribute with three groups or more, of its headline measures.

    An intersection has a table only where a criterion looks across it.
    """
    for attribute in attributes_of_several(study, list(attributes)):
        found = [_pooled(one, study.settings.level) for one in across(study, attribute) if one.headline]
        for one in found:
            for group, result in one.results.items():
                request = replace(one.across.request, subgroup=Subgroup(attribute, group), analysis=ANALYSIS)
                yield study.finding(Answer(request, result))
        estimated = any(isinstance(r, Estimate) for one in found for r in one.results.values())
        if estimated and has_long_tables(study, attribute):
            yield _table(attribute, found, study.settings.level)


def _pooled(one: Across, level: float) -> Pooling:
    shrunken = shrink(one.values, one.variances)
    if isinstance(shrunken, NotEstimable):
        return Pooling(one, dict.fromkeys(one.answers, shrunken))
    found: dict[str, Result] = {group: NotEstimable(one.left_out[group]) for group in one.left_out}
    for k, group in enumerate(one.points):
        found[group] = _result(one, group, shrunken, k, level)
    return Pooling(one, {group: found[group] for group in one.answers})


def _result(one: Across, group: str, shrunken: Shrunken, k: int, level: float) -> Estimate:
    centre, se = float(shrunken.values[k]), float(shrunken.se[k])
    value, half, raw = from_scale(centre, one.scale), normal_quantile(level) * se, one.estimate(group)
    interval: Interval | NotEstimable = NotEstimable(ENDLESS)
    if one.scale == "identity" or abs(centre) + half < LARGEST:
        low, high = (from_scale(centre + side * half, one.scale) for side in (-1, 1))
        interval = Interval(low, high, level, METHOD, se / scale_slope(value, one.scale), se)
    details: dict[str, Any] = {
        "raw": raw.value, "weight_of_own_data": float(shrunken.own[k]), "scale": one.scale,
        "mean_of_groups": from_scale(shrunken.mean, one.scale), "groups_pooled": len(one.points),
        "tau2": shrunken.tau2, "blup": from_scale(float(shrunken.blup[k]), one.scale),
        "blup_scale_se": float(shrunken.blup_se[k]),
    }  # fmt: skip
    if raw.details.get("descriptive"):
        details["descriptive"] = raw.details["descriptive"]
    return Estimate(value, interval, one.scale, raw.n, raw.events, details)


def _table(attribute: str, found: Sequence[Pooling], level: float) -> Table:
    rows = tuple(
        (one.across.label, group, shown(one.across.answers[group].result), shown(result), _weight(result))
        for one in found
        for group, result in one.results.items()
    )
    note = (
        "Small groups vary by chance most, and the largest gap is often the noisiest. Partial pooling draws each "
        "estimate toward the mean of all groups, the more the less its own data tell: a normal model on the measure's "
        f"scale, averaged over what the data tell of the variance between groups, with {100 * level:g}% intervals. It "
        "shows what to expect of a group when the others are looked at too. No criterion is judged by it: it can hide "
        "a group that is truly unlike the others."
    )
    title = f"Groups of {attribute}, raw and partially pooled"
    return Table("partial_pooling", "fairness", title, HEADER, rows, note, "groups")


def _weight(result: Result) -> str:
    return f"{100 * result.details['weight_of_own_data']:.0f}%" if isinstance(result, Estimate) else "–"


def shown(result: Result) -> str:
    """An estimate with its interval, as text."""
    if not isinstance(result, Estimate):
        return "–"
    value = _number(result.value)
    if not isinstance(result.interval, Interval):
        return value
    return f"{value} ({_number(result.interval.low)} to {_number(result.interval.high)})"


def _number(value: float) -> str:
    return (f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}").replace("-", "−")
