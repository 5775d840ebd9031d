"""Figures of outcomes with several categories: small panels, one per category, on one common scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cds.core.finding import Curve
from cds.core.measure import Estimate, Interval
from cds.core.record import RunRecord
from cds.report.drawing import (
    ACCENT,
    DASHES,
    INK,
    SOFT,
    UNIT,
    Board,
    Figure,
    Floats,
    Frame,
    Scale,
    shortened,
    text_width,
    ticks,
)
from cds.report.figure_calibration import axis_end, calibration_panels, column
from cds.report.figure_decision import benefit_at
from cds.report.figure_notes import has_band, plain_note
from cds.report.rounding import count, number, percent, plain
from cds.report.wording import Sentences

ACROSS, MOST = 3, 9
WIDTH, LEFT, STEP = 168.0, 40.0, 208.0


def parts(curve: Curve) -> list[Curve]:
    """The curve of each category by itself, its group the category's name."""
    names = np.asarray(curve.columns["category"])
    found = []
    for category in dict.fromkeys(names.tolist()):
        rows = names == category
        columns = {name: np.asarray(values)[rows] for name, values in curve.columns.items() if name != "category"}
        facts = curve.facts.get("categories", {}).get(category, {})
        found.append(replace(curve, columns=columns, group=category, facts=facts))
    return found


def calibration(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Each category against the rest."""
    return _calibration(curve, record, name=name, axes=words("figure.category_axes"), words=words)


def cumulative(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Each category or a lower one against the higher ones."""
    return _calibration(curve, record, name=name, axes=words("figure.cumulative_axes"), words=words)


def _calibration(curve: Curve, record: RunRecord, *, name: str, axes: str, words: Sentences) -> Figure:
    points = [c for c in record.curves if c.name == f"{curve.name}_tenths" and c.attribute is None]
    tenths = [part for companion in points for part in parts(companion)]
    panels = parts(curve)
    if curve.name == "cumulative_calibration":
        panels, tenths = (
            [replace(c, group=words("figure.up_to", category=c.group)) for c in side] for side in (panels, tenths)
        )
    return calibration_panels(
        panels,
        tenths,
        name=name,
        section="calibration",
        title=curve.title,
        axes=axes,
        level=record.protocol.measures.level,
        weighted=record.weighted,
        words=words,
    )


def beside(_curve: Curve, _record: RunRecord, /, *, name: str, words: Sentences) -> None:
    """Drawn within another figure, so it gets none of its own."""


@dataclass(frozen=True)
class _Panels:
    """A board with room for a panel per category."""

    board: Board
    shown: Sequence[Curve]
    height: float
    key_height: float

    def places(self) -> Iterator[tuple[Curve, float, float]]:
        """Each category's curve with the left and the upper edge of its panel, its name already above it."""
        for i, part in enumerate(self.shown):
            row, place = divmod(i, ACROSS)
            left, top = LEFT + STEP * place, self.key_height + 36 + (self.height + 74) * row
            self.board.text(left, top - 20, shortened(f"{part.group}", STEP - 12, 11), size=11, weight=600)
            yield part, left, top

    def axes_text(self, text: str) -> None:
        """What stands across and up in every panel."""
        across = min(len(self.shown), ACROSS)
        middle = max(20 + 104 * across, 10 + text_width(text, 10) / 2)
        self.board.text(middle, self.board.height - 10, text, size=10, anchor="middle")


def _panels(curve: Curve, *, height: float, key_height: float) -> _Panels:
    shown = parts(curve)[:MOST]
    rows = -(-len(shown) // ACROSS)
    return _Panels(Board(640, key_height + (height + 74) * rows + 8), shown, height, key_height)


def _figure(
    curve: Curve, panels: _Panels, told: Sequence[str], *, name: str, section: str, weighted: bool, words: Sentences
) -> Figure:
    each = " ".join(
        words("alt.category", category=part.group, told=text) for part, text in zip(panels.shown, told, strict=True)
    )
    note = plain_note(curve, words, weighted=weighted)
    left_out = len(parts(curve)) - len(panels.shown)
    if left_out:
        note = f"{note} {words('figure.categories_left_out', n=left_out)}".strip()
    alternative = f"{curve.title}. {each}"
    return Figure(name, section, curve.title, alternative, note, panels.board.finish(alternative))


def roc(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """The ROC curve of each category against the rest, with its area."""
    panels, told = _panels(curve, height=WIDTH, key_height=0), []
    for part, left, top in panels.places():
        frame = Frame(panels.board, Scale(0, 1, left, left + WIDTH), Scale(0, 1, top + WIDTH, top))
        frame.axes(x_ticks=UNIT, y_ticks=UNIT, size=9)
        x, y = column(part, "false_positive_rate"), column(part, "true_positive_rate")
        frame.line([0, 1], [0, 1], dash=DASHES[1], width=1, stroke=SOFT)
        frame.line(x, y, width=2, stroke=ACCENT)
        area = _area(record, f"{part.group}", words)
        if area:
            panels.board.text(left, top - 7, area, size=9, fill=SOFT)
        at = "; ".join(
            words("alt.roc_point", false=plain(f), true=number(float(y[x <= f + 1e-12].max(initial=0.0)), 2))
            for f in (0.1, 0.2, 0.4)
        )
        told.append("; ".join(filter(None, (area, at))))
    panels.axes_text(words("figure.roc_axes"))
    return _figure(curve, panels, told, name=name, section="discrimination", weighted=record.weighted, words=words)


def _area(record: RunRecord, category: str, words: Sentences) -> str:
    for finding in record.findings:
        result = finding.result
        mine = finding.measure == "auroc" and finding.category == category and finding.is_overall_primary
        if mine and isinstance(result, Estimate):
            value, interval = number(result.value, 2), result.interval
            if not isinstance(interval, Interval):
                return words("figure.auroc_plain", value=value)
            bounds = words("number.range", low=number(interval.low, 2), high=number(interval.high, 2))
            return words("figure.auroc", value=value, bounds=bounds)
    return ""


def distribution(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Per category, its probability in those who have it (upwards) and in the others (downwards)."""
    panels, told = _panels(curve, height=150, key_height=18), []
    limit = _last_filled(panels.shown)
    most = max(float(share.max()) for part in panels.shown for share in _shares(part)) or 1.0
    for part, left, top in panels.places():
        sides = column(part, "events"), column(part, "non_events")
        x, middle = Scale(0, limit, left, left + WIDTH), top + panels.height / 2
        edges = column(part, "left"), column(part, "right")
        looks: tuple[dict[str, str], ...] = ({"fill": ACCENT}, {"fill": "#ffffff", "stroke": INK})
        for share, end, look in zip(_shares(part), (top, top + panels.height), looks, strict=True):
            _bars(Frame(panels.board, x, Scale(0, most, middle, end)), *edges, share, look)
            panels.board.text(left - 5, end + 4, percent(most), size=9, anchor="end", fill=SOFT)
        panels.board.segment(left, middle, left + WIDTH, middle, stroke=INK, stroke_width=0.9)
        for mark in ticks(0, limit):
            panels.board.text(x.at(mark), top + panels.height + 15, plain(mark), size=9, anchor="middle", fill=SOFT)
        n = [count(float(side.sum())) for side in sides]
        everyone = count(float(sum(map(np.sum, sides))))
        told_counts = words("figure.counts_of_category", n=everyone, events=n[0])
        panels.board.text(left, top - 7, told_counts, size=9, fill=SOFT)
        medians = [number(_median(*edges, side), 2) for side in sides]
        told.append(
            words(
                "alt.category_distribution", n_with=n[0], n_without=n[1],
                median_with=medians[0], median_without=medians[1],
            )
        )  # fmt: skip
    _fill_key(panels.board, words)
    panels.axes_text(words("figure.distribution_axes"))
    return _figure(curve, panels, told, name=name, section="discrimination", weighted=record.weighted, words=words)


def _shares(part: Curve) -> tuple[Floats, Floats]:
    """The share of each side in every bin: of those who have the category, and of the others."""
    has, others = column(part, "events"), column(part, "non_events")
    return has / max(has.sum(), 1), others / max(others.sum(), 1)


def _last_filled(shown: Sequence[Curve]) -> float:
    highest = [
        float(column(part, "right")[np.flatnonzero(column(part, "events") + column(part, "non_events"))[-1]])
        for part in shown
    ]
    return axis_end(max(highest))


def _fill_key(board: Board, words: Sentences) -> None:
    x = LEFT
    for fill, text in ((ACCENT, words("figure.has_category")), ("#ffffff", words("figure.has_another"))):
        board.add("rect", x=x, y=4, width=18, height=9, fill=fill, stroke=INK, stroke_width=0.8)
        board.text(x + 23, 12, text, size=10, fill=SOFT)
        x += 23 + text_width(text, 10) + 16


def _bars(frame: Frame, left: Floats, right: Floats, share: Floats, look: dict[str, str]) -> None:
    zero = frame.y.start
    for a, b, height in zip(frame.x(left), frame.x(right), frame.y(share), strict=True):
        if abs(height - zero) > 0.01:
            size = abs(height - zero)
            frame.board.add(
                "rect", x=a + 0.4, y=min(height, zero), width=max(b - a - 0.8, 0.6), height=size, stroke_width=0.7,
                **look,
            )  # fmt: skip


def _median(left: Floats, right: Floats, counts: Floats) -> float:
    """The middle of the bin that holds the median."""
    if not counts.sum():
        return 0.0
    at = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    return float(left[at] + right[at]) / 2


def decision(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Per category, the net benefit of acting on its probability, in everyone and in no one."""
    panels, told = _panels(curve, height=150, key_height=18), []
    thresholds = record.protocol.measures.thresholds
    x_end = max(float(column(part, "threshold").max()) for part in panels.shown)
    top_value = 1.05 * max(
        float(np.nanmax([column(part, c) for c in ("model", "treat_all", "high") if c in part.columns]))
        for part in panels.shown
    )
    top_value = max(top_value, 0.01)
    for part, left, top in panels.places():
        x, model, everyone = column(part, "threshold"), column(part, "model"), column(part, "treat_all")
        frame = Frame(
            panels.board,
            Scale(0, x_end, left, left + WIDTH),
            Scale(-0.25 * top_value, top_value, top + panels.height, top),
        )
        frame.axes(x_ticks=ticks(0, x_end), y_ticks=ticks(-0.25 * top_value, top_value), size=9)
        for threshold in thresholds:
            at = frame.x.at(threshold)
            panels.board.segment(at, top, at, top + panels.height, stroke=SOFT, stroke_width=0.9)
        if has_band(part):
            frame.band(x, column(part, "low"), column(part, "high"))
        frame.line(x, everyone, dash=DASHES[1], stroke=INK)
        frame.line([0, x_end], [0, 0], dash=DASHES[2], width=1.6, stroke=INK)
        frame.line(x, model, width=2, stroke=ACCENT)
        told.append("; ".join(benefit_at(t, x, model, everyone, words) for t in thresholds))
    band = (
        [("band", words("figure.interval", level=percent(record.protocol.measures.level)))] if has_band(curve) else []
    )
    panels.board.key(
        LEFT,
        12,
        [
            ("line", words("figure.model")),
            *band,
            (DASHES[1], words("figure.treat_all")),
            (DASHES[2], words("figure.treat_none")),
            ("upright", words("figure.protocol_threshold")),
        ],
    )
    panels.axes_text(words("figure.decision_axes"))
    return _figure(curve, panels, told, name=name, section="decisions", weighted=record.weighted, words=words)


DRAWERS = {
    "calibration_by_category": calibration,
    "calibration_by_category_tenths": beside,
    "cumulative_calibration": cumulative,
    "cumulative_calibration_tenths": beside,
    "distribution_by_category": distribution,
    "roc_by_category": roc,
    "decision_by_category": decision,
}
