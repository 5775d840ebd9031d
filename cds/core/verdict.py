"""From intervals to verdicts, and from verdicts to readiness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cds.core.cohort import MISSING_GROUP
from cds.core.finding import Finding, Readiness, Verdict
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.protocol import LANDMARK, CriterionSection, ValidationProtocol

SEVERAL = 2
APPARENT_ONLY = "in an internal design this number is apparent: nothing corrects it for optimism"
DISTANCE = "a distance is positive even under perfect calibration and never fails"


def tolerance(criterion: Mapping[str, Any]) -> tuple[float, float]:
    """The closed range that a criterion allows.

    >>> tolerance({"at_most": 0.05})
    (-inf, 0.05)
    """
    for key in ("within", "difference_within", "ratio_within"):
        if criterion.get(key) is not None:
            low, high = criterion[key]
            return float(low), float(high)
    at_least, at_most = criterion.get("at_least"), criterion.get("at_most")
    return (-np.inf if at_least is None else float(at_least)), (np.inf if at_most is None else float(at_most))


def judge(
    result: Result | None, criterion: Mapping[str, Any], *, minimum_events: int, is_distance: bool = False
) -> tuple[Verdict, str | None]:
    """Compare an interval with a tolerance: the verdict, and the reason where one is needed.

    ``meets``: the whole interval lies inside the tolerance, boundaries included; ``fails``: wholly outside;
    ``inconclusive``: it crosses; ``not_assessable``: no estimate, no interval, too few events, or only descriptive.
    The minimum applies to events and non-events, to the rarest of several categories, and not to an outcome that is
    a number, where the interval alone says how much is known.
    """
    if not isinstance(result, Estimate):
        return "not_assessable", result.reason if result is not None else "the measure was not computed"
    if not isinstance(result.interval, Interval):
        return "not_assessable", f"no interval: {result.interval.reason}"
    if result.details.get("descriptive"):
        return "not_assessable", str(result.details["descriptive"])
    fewest = fewest_events(result)
    if fewest is not None and fewest < minimum_events:
        short = minimum_events - fewest
        if result.events is None:
            what = "patient of the rarest category" if fewest == 1 else "patients of the rarest category"
        else:
            what = "event or non-event" if fewest == 1 else "events or non-events"
        return (
            "not_assessable",
            f"{fewest} {what}, {short} fewer than the protocol's minimum of {minimum_events}",
        )
    low, high = tolerance(criterion)
    if low <= result.interval.low and result.interval.high <= high:
        return "meets", None
    if result.interval.high < low or result.interval.low > high:
        return ("inconclusive", DISTANCE) if is_distance else ("fails", None)
    return "inconclusive", None


def fewest_events(result: Estimate) -> int | None:
    """The smaller of events and non-events that a number rests on; of a contrast, in its smallest group."""
    if "fewest_events" in result.details:
        return int(result.details["fewest_events"])
    return None if result.events is None else min(result.events, result.n - result.events)


def apply_criteria(
    findings: Sequence[Finding],
    protocol: ValidationProtocol,
    measures: Mapping[str, Measure],
    absent: Mapping[str, str] | None = None,
) -> list[Finding]:
    """The findings with criteria and verdicts; a criterion that nothing answers is ``not_assessable``.

    ``absent`` says of attributes that the protocol names and the data lack why nothing can be said across them.
    """
    judged = list(findings)
    for criterion in protocol.criteria:
        analysis = bearing_analysis(protocol)  # what was appended for want of an answer answers no other criterion
        found = [k for k in range(len(findings)) if _answers(judged[k], criterion, analysis)]
        if not found:
            told = (absent or {}).get(str(criterion.across), APPARENT_ONLY if protocol.needs_refits else "")
            judged.append(_unanswered(criterion, measures[criterion.measure], told))
        elif _looks_across_groups(criterion) and len({judged[k].group for k in found} - {MISSING_GROUP}) < SEVERAL:
            told = f"the data hold fewer than two groups of {criterion.across}"
            judged.append(_unanswered(criterion, measures[criterion.measure], told))
        for k in found:
            is_distance = measures[criterion.measure].is_distance and judged[k].kind == "estimate"
            verdict, reason = judge(
                judged[k].result,
                criterion.shown(),
                minimum_events=protocol.cohort.minimum_events,
                is_distance=is_distance,
            )
            judged[k] = replace(judged[k], criterion=criterion.shown(), verdict=verdict, verdict_reason=reason)
    return judged


def _looks_across_groups(criterion: CriterionSection) -> bool:
    """Whether each of several groups must meet the criterion; one landmark alone is as good as several."""
    return criterion.each and criterion.across != LANDMARK


def bearing_analysis(protocol: ValidationProtocol) -> str:
    """The analysis that bears the verdict.

    In an internal design that is the one corrected for optimism or, where the protocol demands it, the one in which
    the model refitted without each site is judged there.
    """
    if not protocol.needs_refits:
        return "primary"
    return "leave_one_site_out" if protocol.refitting.leave_one_site_out else "optimism_corrected"


def _answers(finding: Finding, criterion: CriterionSection, analysis: str) -> bool:
    kind = "difference" if criterion.difference_within else "ratio" if criterion.ratio_within else "estimate"
    return (
        finding.measure == criterion.measure
        and finding.analysis == analysis
        and finding.kind == kind
        and finding.attribute == criterion.across
        and (finding.horizon, finding.threshold, finding.category)
        == (criterion.horizon, criterion.threshold, criterion.category)
    )


def _unanswered(criterion: CriterionSection, measure: Measure, reason: str = "") -> Finding:
    reason = reason or f"the analysis gave no {criterion.measure} for this criterion"
    return Finding(
        measure=measure.name,
        family=measure.family,
        result=NotEstimable(reason),
        attribute=criterion.across,
        horizon=criterion.horizon,
        threshold=criterion.threshold,
        category=criterion.category,
        criterion=criterion.shown(),
        verdict="not_assessable",
        verdict_reason=reason,
    )


def accept_faults(findings: Iterable[Finding], protocol: ValidationProtocol) -> list[Finding]:
    """Data faults that the protocol accepts carry its reason."""
    reasons = {entry.code: entry.reason for entry in protocol.accept}
    return [replace(f, accepted=reasons[f.code]) if f.code in reasons else f for f in findings]


def readiness(findings: Iterable[Finding], *, can_be_ready: bool) -> Readiness:
    """Any ``fails`` is *not_ready*; otherwise anything open, or a blocking fault, is *inconclusive*; otherwise *ready*.

    ``can_be_ready`` is False where the protocol lacks a calibration or a net-benefit criterion, or the design is
    apparent only.
    """
    found = list(findings)
    verdicts = [finding.verdict for finding in found if finding.verdict is not None]
    if "fails" in verdicts:
        return "not_ready"
    blocked = any(f.severity == "blocking" and f.accepted is None for f in found)
    if not verdicts or blocked or not can_be_ready or any(v != "meets" for v in verdicts):
        return "inconclusive"
    return "ready"
