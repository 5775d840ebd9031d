"""Each number in all groups of one attribute, on the scale where groups may be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from cds.core.headlines import HEADLINES
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Scale
from cds.core.study import OVERALL, Answer, Request, Study
from cds.stats.asking import tells_sites_apart
from cds.stats.between_sites import on_scale, scale_of

SEVERAL = 3  # with two groups the contrast between them says it all


@dataclass(frozen=True, eq=False)
class Across:
    """One number asked of every group of an attribute: the groups' answers, and those that can be compared.

    ``points`` holds estimate and standard error on ``scale``; ``left_out`` says of every other group why not.
    ``headline`` marks the measures that a reader meets first and those with a criterion across this attribute.
    """

    request: Request
    attribute: str
    measure: Measure
    answers: Mapping[str, Answer]
    points: Mapping[str, tuple[float, float]]
    left_out: Mapping[str, str]
    headline: bool

    @property
    def scale(self) -> Scale:
        """The scale of the points: log for O:E, logit for concordance and proportions, else the value itself."""
        return scale_of(self.measure)

    @property
    def label(self) -> str:
        """The measure's label with threshold, horizon and category."""
        return self.request.labelled(self.measure.label)

    @property
    def values(self) -> list[float]:
        """Estimates on the scale, in the order of the groups compared."""
        return [value for value, _ in self.points.values()]

    @property
    def variances(self) -> list[float]:
        """Their squared standard errors."""
        return [se**2 for _, se in self.points.values()]

    def estimate(self, group: str) -> Estimate:
        """The estimate of a group that has one."""
        found = self.answers[group].result
        if not isinstance(found, Estimate):
            raise TypeError(f"group {group!r} has no estimate")
        return found

    def degrees_of_freedom(self) -> list[float]:
        """Of each compared group's standard error: few where it rests on sites or imputations, else infinite."""
        intervals = [self.estimate(group).interval for group in self.points]
        return [float(i.details.get("df", inf)) if isinstance(i, Interval) else inf for i in intervals]


def attributes_of_several(study: Study, attributes: Iterator[str] | list[str]) -> list[str]:
    """Those with three groups or more."""
    return [a for a in attributes if sum(s.attribute == a for s in study.groups) >= SEVERAL]


def has_long_tables(study: Study, attribute: str) -> bool:
    """Whether tables of every group and measure are printed: of intersections only where a criterion looks across.

    Their findings are handed over either way.
    """
    if study.protocol is None or attribute not in study.protocol.cohort.crossed:
        return True
    return any(criterion.across == attribute for criterion in study.protocol.criteria)


def across(study: Study, attribute: str) -> list[Across]:
    """Every number of the primary analysis that may be compared between the groups of an attribute.

    Not the distances, which are positive by chance alone and most so in small groups, nor pure tests.
    """
    found: dict[Request, dict[str, Answer]] = {}
    for answer in study.answers.values():
        request = answer.request
        if request.subgroup.attribute == attribute and request.analysis == "primary":
            found.setdefault(replace(request, subgroup=OVERALL), {})[str(request.subgroup.level)] = answer
    asked = {c.measure for c in study.protocol.criteria if c.across == attribute} if study.protocol else set()
    return [
        _across(request, attribute, study.measures[request.measure], answers, HEADLINES | asked)
        for request, answers in found.items()
        if compares(study.measures[request.measure])
    ]


def same_question(one: Request, other: Request) -> bool:
    """Whether two requests ask for the same number, be it of other patients."""
    return replace(one, subgroup=OVERALL) == replace(other, subgroup=OVERALL)


def compares(measure: Measure) -> bool:
    """Whether groups may be compared by a measure."""
    return measure.direction != "none" and tells_sites_apart(measure)


def shares_patients(study: Study, attribute: str) -> bool:
    """Whether some patient has rows in several groups of an attribute."""
    masks = [mask for s, mask in study.groups.items() if s.attribute == attribute and mask.any()]
    codes = study.sample.patient_codes
    apart = sum(len(np.unique(codes[mask])) for mask in masks)
    return bool(masks) and apart > len(np.unique(codes[np.logical_or.reduce(masks)]))


def _across(
    request: Request, attribute: str, measure: Measure, answers: Mapping[str, Answer], headlines: frozenset[str]
) -> Across:
    points: dict[str, tuple[float, float]] = {}
    left_out: dict[str, str] = {}
    for group, answer in answers.items():
        point = on_scale(answer.result, scale_of(measure))
        if isinstance(point, NotEstimable):
            left_out[group] = point.reason
        else:
            points[group] = point
    return Across(request, attribute, measure, answers, points, left_out, request.measure in headlines)
