"""How wide the interval of each group is, beside the width that a criterion across the groups demands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from cds.core.finding import Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.protocol import CriterionSection
from cds.core.study import Study
from cds.core.verdict import fewest_events, tolerance
from cds.fairness.across import Across, across, has_long_tables
from cds.fairness.gap import gaps, reference_of
from cds.fairness.kept_back import kept_back
from cds.stats.widths import number_needed, too_wide

HIDDEN = "×"
FEWEST_GROUPS = 2
NOTE = (
    "Width: upper less lower bound. A tolerance with two ends can only be met by an interval that is no wider than it; "
    "one with a single end only by an interval that does not reach it from where the estimate is. Needed: what there "
    "was, times the square of how many times too wide the interval is, on the scale where it is symmetric; it assumes "
    "that more patients of the same kind leave the estimate where it is, and of a contrast that both groups grow alike "
    "(the number is of both together)."
)

UNJUDGED = "Width: upper less lower bound. No criterion looks across these groups, so none demands a width."


@dataclass(frozen=True)
class Wanted:
    """One interval of a group or contrast: its number, how it is named, and the criterion on it, if any.

    ``groups`` are those that it rests on: of a contrast, the group and the reference.
    """

    label: str
    who: str
    groups: tuple[str, ...]
    result: Result
    across: Across
    criterion: CriterionSection | None


def validate_widths(study: Study, attributes: Iterable[str]) -> Iterator[Table]:
    """A table per attribute with two groups or more: every headline measure, and every criterion across it.

    An intersection has one only where a criterion looks across it.
    """
    for attribute in attributes:
        several = sum(s.attribute == attribute for s in study.groups) >= FEWEST_GROUPS
        if several and has_long_tables(study, attribute):
            wanted = list(_wanted(study, attribute))
            if any(isinstance(one.result, Estimate) for one in wanted):
                yield _table(study, attribute, wanted)


def _wanted(study: Study, attribute: str) -> Iterator[Wanted]:
    asked = [c for c in study.protocol.criteria if c.across == attribute] if study.protocol else []
    contrasts: list[Finding] = []
    if any(not c.each for c in asked):
        contrasts = list(gaps(study, attribute, reference_of(study, attribute)[0]))
    for one in across(study, attribute):
        if not one.headline:
            continue
        mine = [c for c in asked if _is_on(c, one)]
        judged: list[CriterionSection | None] = [c for c in mine if c.each]
        for each in judged or [None]:
            for group, answer in one.answers.items():
                yield Wanted(one.label, group, (group,), answer.result, one, each)
        for criterion in (c for c in mine if not c.each):
            for f in (f for f in contrasts if _is_of(f, one)):
                groups, sign = (str(f.group), str(f.reference_group)), "/" if f.kind == "ratio" else "−"
                if f.result is not None:
                    yield Wanted(one.label, f" {sign} ".join(groups), groups, f.result, one, criterion)


def _is_on(criterion: CriterionSection, one: Across) -> bool:
    request = one.request
    return (criterion.measure, criterion.horizon, criterion.threshold, criterion.category) == (
        request.measure, request.horizon, request.threshold, request.category
    )  # fmt: skip


def _is_of(finding: Finding, one: Across) -> bool:
    request = one.request
    return (finding.measure, finding.horizon, finding.threshold, finding.category) == (
        request.measure, request.horizon, request.threshold, request.category
    )  # fmt: skip


def _table(study: Study, attribute: str, wanted: Sequence[Wanted]) -> Table:
    few = {one: kept_back(study, one.request) for one in dict.fromkeys(w.across for w in wanted)}
    events = any(isinstance(w.result, Estimate) and w.result.events is not None for w in wanted)
    judged = any(w.criterion is not None for w in wanted)
    header = ["measure", "group", "patients", *(["events", "short of the minimum"] if events else []), "width"]
    header += ["tolerance", f"{'events' if events else 'patients'} needed"] if judged else []
    kept = [any((attribute, group) in few[w.across] for group in w.groups) for w in wanted]
    rows = tuple(_row(study, w, events=events, judged=judged, is_hidden=k) for w, k in zip(wanted, kept, strict=True))
    note = NOTE if judged else UNJUDGED
    if any(HIDDEN in row for row in rows):
        note += f" × stands for fewer than {study.small_cell}, and for what would give such a number away."
    title = f"Widths of the intervals in the groups of {attribute}"
    return Table("group_widths", "fairness", title, tuple(header), rows, note, "groups")


def _row(study: Study, wanted: Wanted, *, events: bool, judged: bool, is_hidden: bool) -> tuple[str, ...]:
    counts = _counts(study, wanted.result, events=events, is_hidden=is_hidden)
    needed = _needed(wanted, is_hidden=is_hidden) if judged else ()
    return (wanted.label, wanted.who, *counts, _width(wanted.result), *needed)


def _counts(study: Study, result: Result, *, events: bool, is_hidden: bool) -> tuple[str, ...]:
    if not isinstance(result, Estimate):
        return ("–",) * (3 if events else 1)
    if is_hidden:
        return (HIDDEN,) * (3 if events else 1)
    if not events:
        return (f"{result.n:,}",)
    fewest = fewest_events(result)
    short = "–" if fewest is None or fewest >= study.minimum_events else f"{study.minimum_events - fewest:,}"
    return f"{result.n:,}", "–" if result.events is None else f"{result.events:,}", short


def _width(result: Result) -> str:
    if isinstance(result, NotEstimable):
        return result.reason
    if isinstance(result.interval, NotEstimable):
        return f"– ({result.interval.reason})"
    return _number(result.interval.high - result.interval.low)


def _needed(wanted: Wanted, *, is_hidden: bool) -> tuple[str, str]:
    """The tolerance as text, and how many events (or patients) an interval that fits into it needs."""
    if wanted.criterion is None:
        return "–", "–"
    low, high = tolerance(wanted.criterion.shown())
    told, result = _told(low, high), wanted.result
    if not (isinstance(result, Estimate) and isinstance(result.interval, Interval)):
        return told, "not known"
    scale = result.scale if wanted.criterion.each is False else wanted.across.scale
    times = too_wide(result.value, result.interval, low, high, scale)
    count = result.n if result.events is None else result.events
    if not isfinite(times):
        return told, "the estimate lies beyond it"
    if times <= 1:
        return told, "reached"
    if is_hidden:
        return told, HIDDEN
    needed = number_needed(count, times, 1.0)
    return told, f"about {round(needed, 3 - len(str(needed))):,}"


def _told(low: float, high: float) -> str:
    if low == -inf:
        return f"at most {_number(high)}"
    return f"at least {_number(low)}" if high == inf else f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    return (f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}").replace("-", "−")
