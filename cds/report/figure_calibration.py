"""Calibration plot: observed against predicted risk with its interval, tenths, the ideal, and who has which risk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cds.core.finding import Curve
from cds.report.drawing import (
    ACCENT,
    DASHES,
    INK,
    RULE,
    SOFT,
    UNIT,
    Board,
    Figure,
    Floats,
    Frame,
    Scale,
    ceiling,
    shortened,
    text_width,
    ticks,
)
from cds.report.figure_notes import has_band, plain_note
from cds.report.rounding import count, number, percent, plain
from cds.report.wording import Sentences

PANELS_PER_ROW, MOST_PANELS = 3, 9
SECOND = "observed_pseudo"  # another smoother's line, of competing risks
ONE_LINE = 4  # entries of a key that fit one line
SMALL_RISKS = 0.3  # below it an axis up to 1 would leave the curve in a corner


def column(curve: Curve, name: str) -> Floats:
    """A column as floats, missing values as NaN."""
    return np.asarray(curve.columns[name], dtype=np.float64)


def axis_end(highest_risk: float, highest: float = 0.0) -> float:
    """Where the axes end: at 1, unless every risk is small; then past the highest value, which the note states."""
    return 1.0 if highest_risk >= SMALL_RISKS else ceiling(max(highest_risk, highest) * 1.02)


def calibration(
    curve: Curve,
    tenths: Curve | None,
    distribution: Curve | None,
    *,
    name: str,
    level: float,
    weighted: bool = False,
    words: Sentences,
) -> Figure:
    """The overall calibration plot, with the distribution of predicted risk beneath where there is one."""
    board = Board(430, 452 if distribution else 385)
    limit = _limit([curve], [tenths] if tenths else [])
    keys = _keys([curve], [tenths] if tenths else [], level, words)
    lines = [keys] if len(keys) <= ONE_LINE else [keys[:ONE_LINE], keys[ONE_LINE:]]
    frame = Frame(board, Scale(0, limit, 52, 416), Scale(0, limit, 338, 12 + 14 * len(lines)))
    x_label = _ends_at(curve.x_label or words("figure.predicted_risk"), limit, words)
    marks = _marks(limit)
    frame.axes(
        x_ticks=marks,
        y_ticks=marks,
        x_text=not distribution,
        x_label="" if distribution else x_label,
        y_label=_ends_at(curve.y_label or words("figure.observed_share"), limit, words),
    )
    cut = _draw(frame, curve, tenths)
    if distribution:
        _histogram(board, distribution, limit, x_label=x_label, y_label=words("figure.patients"))
    for k, entries in enumerate(lines):
        board.key(52, 14 + 14 * k, entries, gap=12)
    alternative = words("alt.calibration", title=curve.title, who=_who(curve, words), points=_points(curve, words))
    note = plain_note(curve, words, weighted=weighted, zoom=_zoom(limit, words), cut=cut)
    return Figure(name, "calibration", curve.title, alternative, note, board.finish(alternative))


def calibration_by_group(
    curves: Sequence[Curve],
    tenths: Sequence[Curve],
    *,
    name: str,
    attribute: str,
    level: float,
    weighted: bool = False,
    words: Sentences,
) -> Figure:
    """One panel per group."""
    title = words("figure.by_group", attribute=attribute)
    axes = words("figure.group_axes")
    return calibration_panels(
        curves, tenths, name=name, section="groups", title=title, axes=axes, level=level, weighted=weighted, words=words
    )


def calibration_panels(
    curves: Sequence[Curve],
    tenths: Sequence[Curve],
    *,
    name: str,
    section: str,
    title: str,
    axes: str,
    level: float,
    weighted: bool = False,
    words: Sentences,
) -> Figure:
    """Small multiples on one common scale, one panel per curve's group; at most nine, the largest groups first."""
    largest = sorted(curves, key=lambda c: -float(c.facts.get("n", 0)))[:MOST_PANELS]
    shown = [c for c in curves if c in largest]
    by_group = {c.group: c for c in tenths}
    limit = _limit(shown, [by_group[c.group] for c in shown if c.group in by_group])
    rows = -(-len(shown) // PANELS_PER_ROW)
    across = min(len(shown), PANELS_PER_ROW)
    board = Board(640, 226 * rows + 20)
    board.key(40, 12, _keys(shown, tenths, level, words))
    cut = False
    for i, curve in enumerate(shown):
        row, place = divmod(i, PANELS_PER_ROW)
        left, top = 40 + 208 * place, 50 + 226 * row
        frame = Frame(board, Scale(0, limit, left, left + 168), Scale(0, limit, top + 152, top))
        marks = _marks(limit)
        frame.axes(x_ticks=marks, y_ticks=marks, size=9)
        cut |= _draw(frame, curve, by_group.get(curve.group))
        board.text(left, top - 20, shortened(f"{curve.group}", 195, 11), size=11, weight=600)
        board.text(left, top - 7, _who(curve, words), size=9, fill=SOFT)
    middle = max(20 + 104 * across, 10 + text_width(axes, 10) / 2)
    board.text(middle, board.height - 10, axes, size=10, anchor="middle")
    told = " ".join(
        words("alt.group", group=c.group, who=_who(c, words), points=_points(c, words, most=3)) for c in shown
    )
    left_out = words("figure.groups_left_out", n=len(curves) - len(shown)) if len(shown) < len(curves) else ""
    note = plain_note(shown[0], words, weighted=weighted, zoom=_zoom(limit, words), cut=cut)
    missing = [words("figure.no_curve", group=c.group, reason=c.facts["no_curve"]) for c in shown if _bare(c)]
    note = " ".join(filter(None, (note, left_out, *missing)))
    return Figure(name, section, title, f"{title}. {told}", note, board.finish(f"{title}. {told}"))


def _bare(curve: Curve) -> bool:
    """Whether no curve could be estimated, so that only the tenths are drawn."""
    return "no_curve" in curve.facts


def _keys(curves: Sequence[Curve], tenths: Sequence[Curve], level: float, words: Sentences) -> list[tuple[str, str]]:
    """The signs that the drawing uses, and only those."""
    band = [("band", words("figure.interval", level=percent(level)))] if any(map(has_band, curves)) else []
    circle = [("circle", words("figure.tenths"))] if tenths else []
    second = [(DASHES[2], words("figure.by_pseudo_values"))] if any(SECOND in c.columns for c in curves) else []
    return [("line", words("figure.smoothed")), *band, *second, *circle, (DASHES[1], words("figure.ideal"))]


def _marks(limit: float) -> tuple[float, ...]:
    return UNIT if limit == 1 else ticks(0, limit)


def _ends_at(label: str, limit: float, words: Sentences) -> str:
    return label if limit == 1 else words("figure.ends_at", label=label, limit=plain(limit))


def _zoom(limit: float, words: Sentences) -> str:
    return "" if limit == 1 else words("figure.zoom", limit=plain(limit))


def _draw(frame: Frame, curve: Curve, tenths: Curve | None) -> bool:
    """Band, ideal, line and tenths; whether anything goes on above the frame, where a sign then stands."""
    risk, cut = column(curve, "risk"), False
    if has_band(curve):
        frame.band(risk, column(curve, "low"), column(curve, "high"))
        cut = frame.beyond(risk, column(curve, "high"))
    frame.line([0, frame.x.high], [0, frame.y.high], dash=DASHES[1], width=1, stroke=SOFT)
    frame.line(risk, column(curve, "observed"), width=2, stroke=ACCENT)
    if SECOND in curve.columns:
        frame.line(risk, column(curve, SECOND), dash=DASHES[2], width=1.6, stroke=INK)
    if tenths is not None:
        blank = np.full(len(column(tenths, "observed")), np.nan)
        low, high = (column(tenths, c) if c in tenths.columns else blank for c in ("low", "high"))
        rows = zip(column(tenths, "mean_risk"), column(tenths, "observed"), low, high, strict=True)
        for x, y, a, b in rows:
            frame.point(float(x), float(y), float(a), float(b))
            cut |= frame.beyond([x], [np.nanmax([y, b])])
    return cut


def _histogram(board: Board, distribution: Curve, limit: float, *, x_label: str, y_label: str) -> None:
    heights = column(distribution, "events") + column(distribution, "non_events")
    most = float(heights.max()) if heights.size else 1.0
    frame = Frame(board, Scale(0, limit, 52, 416), Scale(0, most, 412, 354))
    for left, right, height in zip(column(distribution, "left"), column(distribution, "right"), heights, strict=True):
        if height > 0 and left < limit - 1e-9:
            a, b, top = frame.x.at(left), frame.x.at(min(right, limit)), frame.y.at(height)
            board.add("rect", x=a + 0.4, y=top, width=max(b - a - 0.8, 0.6), height=412 - top, fill="#8794a3")
    frame.axes(x_ticks=_marks(limit), y_ticks=(0, round(most)), x_label=x_label, y_label=y_label)
    board.segment(52, 354, 416, 354, stroke=RULE, stroke_width=0.7)


def _limit(curves: Sequence[Curve], tenths: Sequence[Curve]) -> float:
    risks = [column(c, "risk") for c in curves] + [column(t, "mean_risk") for t in tenths]
    observed = [column(c, "observed") for c in (*curves, *tenths)]
    highest_risk, highest = (
        max(float(np.nanmax(v)) for v in values if np.isfinite(v).any()) for values in (risks, observed)
    )
    return axis_end(highest_risk, highest)


def _who(curve: Curve, words: Sentences) -> str:
    n, events = curve.facts.get("n"), curve.facts.get("events")
    if curve.facts.get("kept_back"):
        return words("number.kept_back")
    if n is None or events is None:
        return words("figure.counts_unknown")
    key = "figure.counts_of_category" if "category" in curve.facts else "figure.counts"
    return words(key, n=count(n), events=count(events))


def _points(curve: Curve, words: Sentences, *, most: int = 5) -> str:
    """What the curve says at a few round risks within its range."""
    if _bare(curve):
        return words("alt.no_curve")
    risk, observed = column(curve, "risk"), column(curve, "observed")
    told = []
    for mark in ticks(float(np.nanmin(risk)), float(np.nanmax(risk)), about=most)[: most + 1]:
        value = float(np.interp(mark, risk, observed))
        if not np.isfinite(value):
            continue
        here = number(value, 2)
        if {"low", "high"} <= set(curve.columns):
            low, high = (number(float(np.interp(mark, risk, column(curve, c))), 2) for c in ("low", "high"))
            if "nan" not in low + high:
                here = words("alt.with_interval", value=here, low=low, high=high)
        told.append(words("alt.point", risk=plain(mark), observed=here))
    return "; ".join(told)
