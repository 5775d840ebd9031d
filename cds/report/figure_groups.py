"""Each criterion by group: estimates or contrasts on one scale, the tolerance as a band, the verdict beside each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval
from cds.core.protocol import LANDMARK, CriterionSection
from cds.core.record import RunRecord
from cds.core.verdict import tolerance
from cds.report.criteria_view import SYMBOLS, label_of, reason_of
from cds.report.drawing import ACCENT, BAND, INK, RULE, SIGNS, SOFT, Board, Figure, Scale, shortened, ticks
from cds.report.group_counts import GroupCounts
from cds.report.rounding import number, plain
from cds.report.wording import Sentences

LEFT, RIGHT, TOP, ROW, MOST = 232, 452, 44, 20, 24
N_ENDS, EVENTS_ENDS = 176, 222


def by_criterion(record: RunRecord, words: Sentences) -> list[Figure]:
    """One figure per criterion that looks across groups, unnamed: the caller names them."""
    asked = [c for c in record.protocol.criteria if c.across is not None and c.across != LANDMARK]
    printed = GroupCounts(record)
    return [figure for c in asked if (figure := _figure(record, c, printed, words)) is not None]


def _figure(record: RunRecord, criterion: CriterionSection, printed: GroupCounts, words: Sentences) -> Figure | None:
    rows = [f for f in record.judged if f.measure == criterion.measure and f.criterion == criterion.shown() and f.group]
    rows = rows[:MOST]
    marks = [v for f in rows for v in _numbers(f) if v is not None]
    if not rows or not marks:
        return None
    low, high = tolerance(criterion.shown())
    ends = [*marks, *(b for b in (low, high) if math.isfinite(b))]
    room = 0.06 * (max(ends) - min(ends)) or 0.1
    scale = Scale(min(ends) - room, max(ends) + room, LEFT, RIGHT)
    bottom = TOP + ROW * len(rows)
    board = Board(640, bottom + 34)
    a, b = (scale.at(min(max(v, scale.low), scale.high)) for v in (low, high))
    board.add("rect", x=a, y=TOP - 8, width=max(b - a, 1), height=bottom - TOP + 8, fill=BAND)
    for value in ticks(scale.low, scale.high, about=6):
        board.segment(scale.at(value), bottom, scale.at(value), bottom + 4, stroke=SOFT, stroke_width=0.8)
        board.text(scale.at(value), bottom + 15, plain(value), size=9, anchor="middle", fill=SOFT)
    board.segment(LEFT, bottom, RIGHT, bottom, stroke=SOFT, stroke_width=0.9)
    _heads(board, words, counted=rows[0].kind == "estimate")
    told = [
        _line(board, f, k=k, scale=scale, counts=counts, words=words)
        for k, (f, counts) in enumerate(zip(rows, _counts(printed, rows), strict=True))
    ]
    title = words("figure.criterion_by_group", label=label_of(record, rows[0], words), attribute=criterion.across)
    alternative = words("alt.trajectory", title=title, points="; ".join(told))
    return Figure("", "groups", title, alternative, _note(rows, printed, words), board.finish(alternative))


def _heads(board: Board, words: Sentences, *, counted: bool) -> None:
    board.add("rect", x=LEFT, y=6, width=18, height=9, fill=BAND)
    board.text(LEFT + 23, 14, words("figure.tolerance"), size=10, fill=SOFT)
    for x, key in ((N_ENDS, "patients"), (EVENTS_ENDS, "events")) if counted else ():
        board.text(x, TOP - 12, words(f"figure.{key}").lower(), size=9, anchor="end", fill=SOFT)


def _counts(printed: GroupCounts, rows: Sequence[Finding]) -> list[tuple[str, str]]:
    """Patients and events of each group; none beside a contrast, which counts both sides."""
    return [printed.of(f) if f.kind == "estimate" else ("", "") for f in rows]


def _numbers(finding: Finding) -> tuple[float | None, float | None, float | None]:
    result = finding.result
    if not isinstance(result, Estimate):
        return None, None, None
    if not isinstance(result.interval, Interval):
        return result.value, None, None
    return result.value, result.interval.low, result.interval.high


def _line(board: Board, finding: Finding, *, k: int, scale: Scale, counts: tuple[str, str], words: Sentences) -> str:
    """One group: name, counts, interval, numbers and verdict; what it says in words."""
    y, (value, low, high) = TOP + ROW * (k + 0.4), _numbers(finding)
    if k:
        board.segment(0, y - ROW / 2, 640, y - ROW / 2, stroke=RULE, stroke_width=0.6)
    board.text(0, y + 3.5, shortened(f"{finding.group}", 128, 10), size=10, weight=600)
    for x, text in zip((N_ENDS, EVENTS_ENDS), counts, strict=True) if counts[0] else ():
        board.text(x, y + 3.5, text, size=9.5, anchor="end", fill=SOFT)
    if low is not None and high is not None:
        board.segment(scale.at(low), y, scale.at(high), y, stroke=INK, stroke_width=1.6)
    if value is not None:
        board.marker(scale.at(value), y, "square", fill=ACCENT)
    shown = words("number.none") if value is None else number(value, 2)
    if low is not None and high is not None:
        shown = f"{shown} ({words('number.range', low=number(low, 2), high=number(high, 2))})"
    board.text(RIGHT + 10, y + 3.5, shown, size=9.5)
    verdict = finding.verdict or "not_assessable"
    board.text(612, y + 3.5, SYMBOLS[verdict], size=10.5, font=SIGNS)
    return f"{finding.group} {shown}, {words(f'verdict.{verdict}')}"


def _note(rows: Sequence[Finding], printed: GroupCounts, words: Sentences) -> str:
    """What the signs mean, which group is the reference, and why a group could not be assessed."""
    reference = next((f.reference_group for f in rows if f.reference_group), None)
    told = [words("figure.group_signs")]
    told += [words("figure.group_reference", reference=reference)] if reference else []
    reasons = [(f.group, reason_of(f, printed, words)) for f in rows if f.verdict == "not_assessable"]
    told += [words("figure.group_reason", group=group, reason=reason) for group, reason in reasons if reason]
    return " ".join(told)
