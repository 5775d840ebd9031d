"""Figures of a continuous outcome: observed on predicted values, errors, and coverage of the prediction intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import (
    ACCENT,
    DASHES,
    INK,
    SOFT,
    Board,
    Figure,
    Floats,
    Frame,
    Scale,
    shortened,
    text_width,
    ticks,
)
from cds.report.figure_calibration import column
from cds.report.figure_notes import has_band, plain_note
from cds.report.group_counts import GroupCounts
from cds.report.rounding import count, number, percent
from cds.report.wording import Sentences

ROOM = 0.04  # of the range, left free at each end
PANELS_PER_ROW, MOST_PANELS = 3, 9
BARS = "#8794a3"


def observed_predicted(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Means by tenths of the prediction, the smoothed line with its band, and the diagonal."""
    smooth = next((c for c in record.curves if c.name == "value_smooth"), None)
    limits = _limits([curve, *([smooth] if smooth else [])], ("predicted", "observed", "low", "high"))
    board = Board(430, 388)
    frame = Frame(board, Scale(*limits, 58, 416), Scale(*limits, 341, 30))
    marks = ticks(*limits)
    frame.axes(x_ticks=marks, y_ticks=marks, y_gap=42, x_label=curve.x_label, y_label=curve.y_label)
    level = percent(float(curve.facts["level"]))
    entries = [("circle", words("figure.bin_mean")), (DASHES[1], words("figure.ideal"))]
    if smooth is not None:
        x = column(smooth, "predicted")
        if has_band(smooth):
            frame.band(x, column(smooth, "low"), column(smooth, "high"))
            entries.insert(0, ("band", words("figure.interval", level=level)))
        entries.insert(0, ("line", words("figure.smoothed")))
    frame.line(limits, limits, dash=DASHES[1], width=1, stroke=SOFT)
    if smooth is not None:
        frame.line(column(smooth, "predicted"), column(smooth, "observed"), width=2, stroke=ACCENT)
    _points(frame, curve, "observed")
    board.key(58, 14, entries, gap=12)
    told = _told(curve, "observed", words)
    alternative = words("alt.values", title=curve.title, n=count(float(curve.facts["n"])), points=told)
    notes = [plain_note(c, words, weighted=record.weighted and c is curve) for c in (smooth, curve) if c is not None]
    return Figure(name, "calibration", curve.title, alternative, " ".join(notes), board.finish(alternative))


def beside(_curve: Curve, _record: RunRecord, /, *, name: str, words: Sentences) -> None:
    """The smoothed line has no figure of its own: it is drawn through the means."""
    del name, words


def errors(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Mean error by prediction, the middle 80 % of errors, and the limits of agreement over all patients."""
    facts = curve.facts
    flat = [0.0, *(float(facts[key]) for key in ("agreement_low", "agreement_high"))]
    x_limits = _limits([curve], ("predicted",))
    y_limits = _padded(np.concatenate([*(column(curve, c) for c in ("error", "low", "high", "q10", "q90")), flat]))
    board = Board(640, 318)
    frame = Frame(board, Scale(*x_limits, 62, 560), Scale(*y_limits, 270, 30))
    frame.axes(
        x_ticks=ticks(*x_limits, about=8), y_ticks=ticks(*y_limits), y_gap=46,
        x_label=curve.x_label, y_label=curve.y_label,
    )  # fmt: skip
    x = column(curve, "predicted")
    if len(x) > 1:
        frame.band(x, column(curve, "q10"), column(curve, "q90"))
    frame.line(x_limits, [0, 0], width=1, stroke=INK)
    taken: list[float] = []
    for key in ("agreement_high", "mean", "agreement_low"):
        value = float(facts[key])
        frame.line(x_limits, [value, value], dash=DASHES[2] if key == "mean" else DASHES[1], width=1.2, stroke=SOFT)
        at = _free(frame.y.at(value) + 3.5, taken)
        board.text(566, at, f"{words(f'figure.{key}')} {number(value, 1)}", size=9.5, fill=SOFT)
    _points(frame, curve, "error")
    level = percent(float(facts["level"]))
    board.key(62, 14, [("circle", words("figure.mean_error", level=level)), ("band", words("figure.middle_errors"))])
    alternative = words(
        "alt.errors", title=curve.title, mean=number(float(facts["mean"]), 2),
        low=number(float(facts["agreement_low"]), 2), high=number(float(facts["agreement_high"]), 2),
        points=_told(curve, "error", words),
    )  # fmt: skip
    note = plain_note(curve, words, weighted=record.weighted)
    return Figure(name, "calibration", curve.title, alternative, note, board.finish(alternative))


def error_distribution(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Bars whose area is the share of patients, by the size of the error."""
    left, right, share = (column(curve, c) for c in ("left", "right", "share"))
    width = np.where(right > left, right - left, 1.0)
    height = share / width
    limits = _padded(np.concatenate([left, right, [0.0]]))
    board = Board(640, 248)
    frame = Frame(board, Scale(*limits, 62, 626), Scale(0, float(height.max()) * 1.05 or 1.0, 200, 20))
    for a, b, h in zip(left, right, height, strict=True):
        x1, x2, top = frame.x.at(float(a)), frame.x.at(float(b)), frame.y.at(float(h))
        board.add("rect", x=x1 + 0.4, y=top, width=max(x2 - x1 - 0.8, 0.6), height=200 - top, fill=BARS)
    frame.axes(x_ticks=ticks(*limits, about=8), y_ticks=(), x_label=curve.x_label)
    zero = frame.x.at(0.0)
    board.segment(zero, 200, zero, 16, stroke=INK, stroke_width=1.2)
    board.text(zero - 5, 13, words("figure.predicted_too_high"), size=10, anchor="end", fill=SOFT)
    board.text(zero + 5, 13, words("figure.predicted_too_low"), size=10, fill=SOFT)
    board.text(26, 110, words("figure.density"), size=10.5, anchor="middle", turn=-90)
    told = {key: number(float(curve.facts[key]), 1) for key in ("q10", "q25", "median", "q75", "q90")}
    alternative = words("alt.error_distribution", title=curve.title, **told)
    note = f"{words('figure.error_quantiles', **told)} {plain_note(curve, words, weighted=record.weighted)}"
    return Figure(name, "calibration", curve.title, alternative, note, board.finish(alternative))


def coverage(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """Share of outcomes inside their prediction interval by prediction, against the share that was promised."""
    nominal = curve.facts.get("nominal")
    x_limits = _limits([curve], ("predicted",))
    values = np.concatenate([column(curve, c) for c in ("coverage", "low")] + ([[float(nominal)]] if nominal else []))
    bottom = min(0.8, float(np.floor(np.nanmin(values) * 10 - 1e-9) / 10))
    board = Board(640, 288)
    frame = Frame(board, Scale(*x_limits, 62, 626), Scale(max(bottom, 0.0), 1.0, 240, 30))
    frame.axes(
        x_ticks=ticks(*x_limits, about=8), y_ticks=ticks(max(bottom, 0.0), 1.0), y_gap=46,
        x_label=curve.x_label, y_label=curve.y_label,
    )  # fmt: skip
    entries = [("circle", words("figure.coverage_found", level=percent(float(curve.facts["level"]))))]
    if nominal:
        frame.line(x_limits, [float(nominal)] * 2, dash=DASHES[1], width=1.4, stroke=SOFT)
        entries.append((DASHES[1], words("figure.coverage_nominal", nominal=percent(float(nominal)))))
    _points(frame, curve, "coverage")
    board.key(62, 14, entries)
    promised = words("alt.coverage_nominal", nominal=percent(float(nominal))) if nominal else ""
    points = _told(curve, "coverage", words)
    alternative = words("alt.coverage", title=curve.title, points=points, promised=promised).strip()
    widths = column(curve, "mean_width")
    narrow, wide = (number(float(end), 1) for end in (widths.min(), widths.max()))
    how = "interval_width" if narrow != wide else "interval_width_same"
    width = words(f"figure.{how}", narrow=narrow, wide=wide)
    note = f"{width} {plain_note(curve, words, weighted=record.weighted)}"
    return Figure(name, "calibration", curve.title, alternative, note, board.finish(alternative))


def by_group(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """One panel of means per group on one common scale; at most nine, the largest groups first."""
    names = np.asarray(curve.columns["group"])
    sizes = {g: float(column(curve, "n")[names == g].sum()) for g in dict.fromkeys(names.tolist())}
    shown = [g for g in sizes if g in sorted(sizes, key=lambda g: -sizes[g])[:MOST_PANELS]]
    limits, counts = _limits([curve], ("predicted", "observed", "low", "high")), GroupCounts(record)
    board = Board(640, 226 * -(-len(shown) // PANELS_PER_ROW) + 14)
    level = percent(float(curve.facts["level"]))
    board.key(40, 12, [("circle", words("figure.bin_mean_interval", level=level)), (DASHES[1], words("figure.ideal"))])
    for i, group in enumerate(shown):
        row, place = divmod(i, PANELS_PER_ROW)
        left, top = 40 + 208 * place, 50 + 226 * row
        frame = Frame(board, Scale(*limits, left, left + 168), Scale(*limits, top + 152, top))
        marks = ticks(*limits)
        frame.axes(x_ticks=marks, y_ticks=marks, size=9)
        frame.line(limits, limits, dash=DASHES[1], width=1, stroke=SOFT)
        _points(frame, curve, "observed", names == group)
        board.text(left, top - 20, shortened(group, 195, 11), size=11, weight=600)
        few = counts.hides_group((str(curve.facts["by"]), group))
        who = words("number.kept_back") if few else words("number.n", n=count(sizes[group]))
        board.text(left, top - 7, who, size=9, fill=SOFT)
    axes = f"{curve.x_label} (→), {curve.y_label} (↑)"
    middle = max(20 + 104 * min(len(shown), PANELS_PER_ROW), 10 + text_width(axes, 10) / 2)
    board.text(middle, board.height - 4, axes, size=10, anchor="middle")
    told = " ".join(f"{group}: {_told(curve, 'observed', words, names == group)}." for group in shown)
    note = plain_note(curve, words, weighted=record.weighted)
    left_out = words("figure.groups_left_out", n=len(sizes) - len(shown)) if len(shown) < len(sizes) else ""
    return Figure(
        name, "groups", curve.title, f"{curve.title}. {told}", f"{note} {left_out}".strip(),
        board.finish(f"{curve.title}. {told}"),
    )  # fmt: skip


def _points(frame: Frame, curve: Curve, y: str, mask: np.ndarray | None = None) -> None:
    rows = np.full(len(column(curve, y)), True) if mask is None else mask
    columns = [column(curve, c)[rows] for c in ("predicted", y, "low", "high")]
    for a, b, low, high in zip(*columns, strict=True):
        frame.point(float(a), float(b), float(low), float(high))


def _limits(curves: Sequence[Curve], names: Sequence[str]) -> tuple[float, float]:
    """The range of these columns with a little room, and at least one unit wide."""
    return _padded(np.concatenate([column(c, n) for c in curves for n in names if n in c.columns]))


def _padded(values: Floats) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = (high - low) * ROOM or 0.5
    return low - room, high + room


def _free(at: float, taken: list[float]) -> float:
    """A height for a label that does not run into those written before, from top to bottom."""
    placed = max([at, *(other + 11 for other in taken)])
    taken.append(placed)
    return placed


def _told(curve: Curve, y: str, words: Sentences, mask: np.ndarray | None = None) -> str:
    rows = np.full(len(column(curve, y)), True) if mask is None else mask
    pairs = zip(column(curve, "predicted")[rows], column(curve, y)[rows], strict=True)
    return "; ".join(words("alt.point", risk=number(float(a), 1), observed=number(float(b), 2)) for a, b in pairs)


DRAWERS = {
    "value_bins": observed_predicted,
    "value_smooth": beside,
    "value_errors": errors,
    "value_error_distribution": error_distribution,
    "interval_coverage": coverage,
    "value_bins_by_group": by_group,
}
