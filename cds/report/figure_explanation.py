"""The cohort's explanations drawn: bars of importance, contributions patient by patient, dependence, what-if curves."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, INK, RULE, SOFT, Board, Figure, Floats, Frame, Scale, shortened, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import plain_note
from cds.report.rounding import number, percent, plain
from cds.report.wording import Sentences

SECTION = "explanation"
LEFT, RIGHT, TOP, ROW = 232, 500, 34, 20
SWARM_ROW, SWARM_RIGHT, DOT = 34, 626, 2.0
BINS = 90
LIGHT = (214, 224, 235)
DARK = (18, 64, 112)
PANEL, GAP, PANEL_LEFT, HEIGHT, PANEL_TOP, UNDER = 286, 40, 46, 110, 26, 40
WIDTH = 2 * (PANEL_LEFT + PANEL) + GAP - PANEL_LEFT + 6
MOST_TOLD = 3


def importance(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """Bars of the mean size of contributions with their intervals; domains beneath the inputs."""
    names, kinds = curve.columns["name"], curve.columns["kind"]
    mean, low, high, first = (column(curve, k) for k in ("mean", "low", "high", "first"))
    if not len(names):
        return None
    scale = Scale(0, float(np.nanmax(high)) * 1.05 or 1.0, LEFT, RIGHT)
    domains = int((kinds == "domain").sum())
    board = Board(640, TOP + ROW * (len(names) + (1 if domains else 0)) + 44)
    for x, key in ((RIGHT + 10, "importance_value"), (RIGHT + 132, "importance_first")):
        board.text(x, TOP - 12, words(f"figure.{key}"), size=9, fill=SOFT, anchor="end" if x > RIGHT + 100 else "start")
    y = TOP + ROW / 2
    for k, kind in enumerate(kinds):
        if kind == "domain" and kinds[k - 1] == "input":
            board.text(0, y + 3.5, words("figure.importance_domains"), size=9, fill=SOFT)
            y += ROW
        board.text(0, y + 3.5, shortened(str(names[k]), LEFT - 10, 10), size=10, weight=600 if kind == "input" else 400)
        fill = ACCENT if kind == "input" else "#8794a3"
        board.add("rect", x=LEFT, y=y - 5, width=max(scale.at(mean[k]) - LEFT, 0.5), height=10, fill=fill)
        board.segment(scale.at(low[k]), y, scale.at(high[k]), y, stroke=INK, stroke_width=1.4)
        told = words("number.range", low=number(low[k], 1), high=number(high[k], 1))
        board.text(RIGHT + 10, y + 3.5, f"{number(mean[k], 1)} ({told})", size=9.5)
        board.text(RIGHT + 132, y + 3.5, percent(first[k]), size=9.5, anchor="end")
        y += ROW
    bottom = y - ROW / 2 + 4
    _axis(board, scale, bottom, curve.x_label)
    shown = [f"{n} {number(m, 1)}" for n, m, kind in zip(names, mean, kinds, strict=True) if kind == "input"]
    alternative = words("alt.importance", title=curve.title, points="; ".join(shown[:MOST_TOLD]))
    note = words("figure.importance_note", level=percent(float(curve.facts["level"])))
    return Figure(
        name, SECTION, curve.title, alternative, f"{note} {plain_note(curve, words)}", board.finish(alternative)
    )


def _axis(board: Board, scale: Scale, bottom: float, label: str) -> None:
    board.segment(scale.start, bottom, scale.stop, bottom, stroke=SOFT, stroke_width=0.9)
    for value in ticks(scale.low, scale.high, about=6):
        board.segment(scale.at(value), bottom, scale.at(value), bottom + 4, stroke=SOFT, stroke_width=0.8)
        board.text(scale.at(value), bottom + 15, plain(value), size=9, anchor="middle", fill=SOFT)
    board.text((scale.start + scale.stop) / 2, bottom + 30, label, size=10, anchor="middle")


def contributions(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """A swarm per input: one dot per patient, stacked where many are alike, darker for a higher value of the input."""
    names = curve.columns["name"]
    inputs = list(dict.fromkeys(names.tolist()))
    value, rank = column(curve, "value"), column(curve, "rank")
    if not inputs:
        return None
    most = float(np.abs(value).max()) * 1.03 or 1.0
    scale = Scale(-most, most, LEFT, SWARM_RIGHT)
    board = Board(640, TOP + SWARM_ROW * len(inputs) + 44)
    board.segment(scale.at(0), TOP - 6, scale.at(0), TOP + SWARM_ROW * len(inputs), stroke=SOFT, stroke_width=0.9)
    board.text(scale.at(0) - 8, TOP - 14, words("figure.swarm_lowers"), size=9, anchor="end", fill=SOFT)
    board.text(scale.at(0) + 8, TOP - 14, words("figure.swarm_raises"), size=9, fill=SOFT)
    for k, title in enumerate(inputs):
        y = TOP + SWARM_ROW * (k + 0.5)
        board.segment(0, y + SWARM_ROW / 2, 640, y + SWARM_ROW / 2, stroke=RULE, stroke_width=0.5)
        board.text(0, y + 3.5, shortened(title, LEFT - 10, 10), size=10, weight=600)
        _swarm(board, scale, y, value[names == title], rank[names == title])
    _axis(board, scale, TOP + SWARM_ROW * len(inputs) + 4, curve.x_label)
    shown = [
        f"{title} {number(float(v.min()), 1)} to {number(float(v.max()), 1)}"
        for title in inputs[:MOST_TOLD]
        if len(v := value[names == title])
    ]
    alternative = words("alt.swarm", title=curve.title, points="; ".join(shown))
    return Figure(name, SECTION, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def _swarm(board: Board, scale: Scale, y: float, values: Floats, ranks: Floats) -> None:
    """Dots stacked up and down from the middle of the row; squeezed where more fall together than it has room for."""
    bins = np.round((values - scale.low) / (scale.high - scale.low) * BINS).astype(int)
    for place in np.unique(bins):
        inside = np.flatnonzero(bins == place)
        inside = inside[np.argsort(np.nan_to_num(ranks[inside], nan=-1.0), kind="stable")]
        step = min(2 * DOT, (SWARM_ROW - 6) / max(len(inside), 1))
        for k, dot in enumerate(inside):
            at = y + (k - (len(inside) - 1) / 2) * step
            fill, line, width = _look(float(ranks[dot]))
            x = scale.at(float(values[dot]))
            board.add("circle", cx=x, cy=at, r=DOT, fill=fill, stroke=line, stroke_width=width)


def _look(rank: float) -> tuple[str, str, float]:
    """Fill, line and line width of a dot; hollow where the input has no rank."""
    if math.isnan(rank):
        return "#ffffff", ACCENT, 0.7
    mixed = (round(a + (b - a) * rank) for a, b in zip(LIGHT, DARK, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed), ACCENT, 0.3


def panels(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """One panel per input: means over its values, and the band or bars in which 80 % of patients lie."""
    named = curve.columns["name"]
    inputs = list(dict.fromkeys(named.tolist()))
    if not inputs:
        return None
    lines = math.ceil(len(inputs) / 2)
    board = Board(WIDTH, lines * (PANEL_TOP + HEIGHT + UNDER) + 18)
    ends = np.concatenate([column(curve, "low"), column(curve, "high")])
    room = 0.06 * float(np.ptp(ends)) or 0.1
    bottom, end = float(ends.min()) - room, float(ends.max()) + room
    for k, title in enumerate(inputs):
        left = PANEL_LEFT + (k % 2) * (PANEL + GAP)
        top = (k // 2) * (PANEL_TOP + HEIGHT + UNDER) + PANEL_TOP
        _panel(board, curve, named == title, title, place=(left, top), ends=(bottom, end))
    board.text(WIDTH / 2, board.height - 4, words("figure.panel_axes", label=curve.y_label), size=10, anchor="middle")
    told = "; ".join(_told(curve, named == title, title, words) for title in inputs)
    alternative = words("alt.trajectory", title=curve.title, points=told)
    return Figure(name, SECTION, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def _panel(
    board: Board, curve: Curve, rows: NDArray[np.bool_], title: str, *, place: tuple[float, float],
    ends: tuple[float, float],
) -> None:  # fmt: skip
    (left, top), width = place, PANEL - PANEL_LEFT + 6
    at, mean, low, high = (column(curve, k)[rows] for k in ("at", "mean", "low", "high"))
    labels = curve.columns["label"][rows]
    span = float(np.ptp(at)) or 1.0
    frame = Frame(
        board,
        Scale(float(at.min()) - 0.08 * span, float(at.max()) + 0.08 * span, left, left + width),
        Scale(*ends, top + HEIGHT, top),
    )
    board.text(left, top - 9, shortened(title, PANEL - 20, 10.5), size=10.5, weight=600)
    levels = bool(labels[0])
    frame.axes(
        x_ticks=() if levels else ticks(float(at.min()), float(at.max()), about=5), y_ticks=ticks(*ends, about=4)
    )
    if levels:
        for x, label in zip(at, labels, strict=True):
            room = width / len(at) - 4
            board.text(frame.x.at(float(x)), top + HEIGHT + 15, shortened(str(label), room, 9), size=9, anchor="middle")
        for x, y, a, b in zip(at, mean, low, high, strict=True):
            frame.point(float(x), float(y), float(a), float(b))
        return
    frame.band(at, low, high)
    frame.line(at, mean, width=2, stroke=ACCENT)


def _told(curve: Curve, rows: NDArray[np.bool_], title: str, words: Sentences) -> str:
    at, mean, labels = column(curve, "at")[rows], column(curve, "mean")[rows], curve.columns["label"][rows]
    first, last = (str(labels[k]) or number(float(at[k]), 1) for k in (0, -1))
    ends = {"low": number(float(mean[0]), 2), "high": number(float(mean[-1]), 2)}
    return words("alt.from_to", title=title, first=first, last=last, **ends)


DRAWERS = {
    "explanation_importance": importance,
    "explanation_contributions": contributions,
    "explanation_dependence": panels,
    "explanation_what_if": panels,
}
