"""Whether the groups of an attribute differ by more than chance: Cochran's Q, adjusted for the number of measures.

Two families of tests per attribute, each adjusted by Holm's method over every horizon, threshold and category: the
headline measures (``cds.core.headlines``) with those that have a criterion across the attribute, and all others that
groups are compared by. No criterion uses these tests: a test that finds nothing does not show that groups are alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import isfinite, sqrt
from typing import Any

from cds.core.finding import Finding, Table
from cds.core.measure import Estimate, NotEstimable, Result
from cds.core.study import Answer, Study
from cds.core.verdict import fewest_events
from cds.fairness.across import Across, across, shares_patients
from cds.stats.between_sites import by_reason
from cds.stats.cochran import Heterogeneity, heterogeneity
from cds.stats.holm import holm

ANALYSIS = "heterogeneity"
NO_INTERVAL = "a test statistic has no interval; its p-value stands in the details"
TOO_FEW = "fewer than two groups have an estimate with a standard error"
NOT_ALIKE = (
    "A test that finds no difference does not show that the groups are alike: look at the intervals of the gaps."
)
SAME_SITES = "groups share their sites: Q counts them as independent, which sites' own differences can hide or feign"
SAME_PATIENTS = "some patients are in several groups: Q counts the groups as independent, and errs toward no difference"
FEWEST_GROUPS = 2
HEADER = ("measure", "groups", "Q", "degrees of freedom", "p", "p (Holm)", "between groups, τ", "I²")


def validate_heterogeneity(study: Study, attributes: Iterable[str]) -> Iterator[Finding | Table]:
    """Findings and a table for each attribute with three groups or more; with two, their contrast is the test."""
    for attribute in attributes:
        groups = [s for s in study.groups if s.attribute == attribute]
        if len(groups) > FEWEST_GROUPS:
            tested = list(heterogeneities(study, attribute))
            yield from (_finding(study, one, result) for one, result in tested)
            shown = [(one, result) for one, result in tested if one.headline]
            if shown:
                yield _table(study, attribute, shown)


def heterogeneities(study: Study, attribute: str) -> Iterator[tuple[Across, Result]]:
    """Q of every comparable number of an attribute, with Holm's p-value within its family."""
    every = across(study, attribute)
    cautions = _cautions(study, attribute)
    for headline in (True, False):
        family = [one for one in every if one.headline == headline]
        found = [_tested(one, study.settings.level) for one in family]
        adjusted = iter(holm([f.p_value for f in found if isinstance(f, Heterogeneity)]))
        count = sum(isinstance(f, Heterogeneity) for f in found)
        for one, result in zip(family, found, strict=True):
            if isinstance(result, NotEstimable):
                yield one, result
                continue
            told = {"p_holm": next(adjusted), "holm_family": "headline" if headline else "other", "holm_tests": count}
            yield one, _estimate(study, one, result, told, cautions)


def _tested(one: Across, level: float) -> Heterogeneity | NotEstimable:
    if len(one.points) < FEWEST_GROUPS:
        told = "; ".join(f"{', '.join(groups)}: {why}" for why, groups in by_reason(one.left_out).items())
        return NotEstimable(f"{TOO_FEW} ({told})" if told else TOO_FEW)
    return heterogeneity(one.values, one.variances, level=level, df=one.degrees_of_freedom())


def _estimate(
    study: Study, one: Across, found: Heterogeneity, told: dict[str, Any], cautions: Sequence[str]
) -> Estimate:
    """Q as an estimate without an interval; everything else about it in the details."""
    compared = [one.estimate(group) for group in one.points]
    low, high = found.tau2_interval
    details: dict[str, Any] = {
        "q": found.q, "df": found.df, **({"df2": found.df2} if isfinite(found.df2) else {}),
        "p_value": found.p_value, **told, "i2": found.i2, "tau2": found.tau2, "tau2_low": low, "tau2_high": high,
        "scale": one.scale, "groups_compared": len(compared),
    }  # fmt: skip
    if one.left_out:
        details["groups_left_out"] = by_reason(one.left_out)
    fewest = [f for f in map(fewest_events, compared) if f is not None]
    if fewest:
        details["fewest_events"] = min(fewest)
    below = sum(f < study.minimum_events for f in fewest)
    few = [f"{below} of {len(compared)} groups have fewer events or non-events than the protocol's minimum of "
           f"{study.minimum_events}"] if below else []  # fmt: skip
    if any(e.details.get("descriptive") for e in compared):
        details["descriptive"] = "in some groups risks of exactly 0 or 1 have no logit and were left out"
    if [*cautions, *few]:
        details["caution"] = "; ".join([*cautions, *few])
    events = [e.events for e in compared if e.events is not None]
    return Estimate(
        found.q, NotEstimable(NO_INTERVAL), "identity", sum(e.n for e in compared),
        sum(events) if len(events) == len(compared) else None, details,
    )  # fmt: skip


def _cautions(study: Study, attribute: str) -> list[str]:
    sites = [SAME_SITES] if len(study.sites) > 1 else []
    return sites + ([SAME_PATIENTS] if shares_patients(study, attribute) else [])


def _finding(study: Study, one: Across, result: Result) -> Finding:
    found = study.finding(Answer(replace(one.request, analysis=ANALYSIS), result))
    return replace(found, attribute=one.attribute)


def _table(study: Study, attribute: str, shown: Sequence[tuple[Across, Result]]) -> Table:
    rows = tuple(_row(one, result) for one, result in shown)
    reasons = dict.fromkeys(r.reason for _, r in shown if isinstance(r, NotEstimable))
    left_out = dict.fromkeys(
        f"without {', '.join(groups)} ({why})" for one, _ in shown for why, groups in by_reason(one.left_out).items()
    )
    note = (
        "Cochran's Q of the groups' estimates on the measure's scale (the logarithm of O:E, the logit of concordance, "
        "else the value itself); τ is the standard deviation between groups there, I² the share of the variance beyond "
        f"chance. p (Holm) is adjusted for the {len(rows)} rows of this table. {NOT_ALIKE}"
    )
    told = [*dict.fromkeys(c for _, r in shown if isinstance(r, Estimate) and (c := r.details.get("caution")))]
    for more in (*told, *left_out, *reasons):
        note += f" {more[:1].upper()}{more[1:].rstrip('.')}."
    title = f"Do the groups of {attribute} differ?"
    return Table("heterogeneity", "fairness", title, HEADER, rows, note, "groups")


def _row(one: Across, result: Result) -> tuple[str, ...]:
    if not isinstance(result, Estimate):
        return (one.label, str(len(one.points)), *["–"] * 6)
    told = result.details
    df = str(told["df"]) if "df2" not in told else f"{told['df']} and {told['df2']:.1f}"
    tau = "–" if told["tau2"] is None else f"{sqrt(told['tau2']):.3f}"
    i2 = "–" if told["i2"] is None else f"{100 * told['i2']:.0f}%"
    return one.label, str(len(one.points)), f"{result.value:.2f}", df, _p(told["p_value"]), _p(told["p_holm"]), tau, i2


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
