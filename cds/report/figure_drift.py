"""Drift drawn: headline measures over calendar windows (and over landmarks), the CUSUM with limits and first signal."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, DASHES, INK, SOFT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import plain_note
from cds.report.rounding import number
from cds.report.wording import Sentences, shortened

PANEL, GAP, LEFT, HEIGHT, TOP = 286, 40, 46, 110, 26
UNDER = 44  # below a panel: window names, then room
MOST_NAMES = 6  # of windows that fit under a panel
SECTION_OF = {"by_window": "drift", "by_landmark": "landmarks", "dropout_odds": "missing"}
WIDTH = 2 * (LEFT + PANEL) + GAP - LEFT + 6
MOST_PANELS = 12
ABOVE = 0.14  # of a chart's height, for the words at a signal


def by_window(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """One panel per measure: estimates with intervals by window, the ideal dashed; hollow where events are few."""
    windows = [str(w) for w in curve.facts["windows"]]
    named = curve.columns["label"]
    labels = list(dict.fromkeys(str(label) for label in named))
    panels = [label for label in labels if np.isfinite(column(curve, "estimate")[named == label]).any()][:MOST_PANELS]
    if not panels:
        return None
    lines = math.ceil(len(panels) / 2)
    board = Board(WIDTH, lines * (TOP + HEIGHT + UNDER) + 14)
    for k, label in enumerate(panels):
        left, top = LEFT + (k % 2) * (PANEL + GAP), (k // 2) * (TOP + HEIGHT + UNDER) + TOP
        _panel(board, curve, named == label, label, windows=windows, left=left, top=top)
    board.text((LEFT + WIDTH) / 2, board.height - 8, curve.x_label, size=10, anchor="middle")
    alternative = words("alt.by_window", title=curve.title, ends="; ".join(_told(curve, named == p, p) for p in panels))
    section = SECTION_OF.get(curve.name, "visits")
    return Figure(name, section, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def _panel(
    board: Board, curve: Curve, rows: NDArray[np.bool_], label: str, *, windows: list[str], left: float, top: float
) -> None:
    at, value = column(curve, "at")[rows], column(curve, "estimate")[rows]
    low, high = column(curve, "low")[rows], column(curve, "high")[rows]
    few, ideal = curve.columns["few"][rows], float(column(curve, "ideal")[rows][0])
    bottom, end = _range(np.concatenate([value, low, high, [ideal]]))
    width = PANEL - LEFT + 6
    frame = Frame(board, Scale(-0.5, len(windows) - 0.5, left, left + width), Scale(bottom, end, top + HEIGHT, top))
    board.text(left, top - 9, shortened(label, 48), size=10.5, weight=600)
    frame.axes(x_ticks=(), y_ticks=ticks(bottom, end, about=4))
    step = math.ceil(len(windows) / MOST_NAMES)
    for k in range(0, len(windows), step):
        x = frame.x.at(k)
        board.segment(x, top + HEIGHT, x, top + HEIGHT + 4, stroke=SOFT, stroke_width=0.8)
        board.text(x, top + HEIGHT + 15, windows[k], size=9, anchor="middle", fill=SOFT)
    if math.isfinite(ideal):
        frame.line([-0.5, len(windows) - 0.5], [ideal, ideal], dash=DASHES[1], width=1, stroke=SOFT)
    for x, y, a, b, small in zip(at, value, low, high, few, strict=True):
        if math.isfinite(y):
            frame.point(float(x), float(y), float(a), float(b), fill="#ffffff" if small else ACCENT)


def _range(values: Floats) -> tuple[float, float]:
    found = values[np.isfinite(values)]
    low, high = float(found.min()), float(found.max())
    room = 0.06 * (high - low) or 0.1
    return low - room, high + room


def _told(curve: Curve, rows: NDArray[np.bool_], label: str) -> str:
    values, names = column(curve, "estimate")[rows], curve.columns["window"][rows]
    there = np.flatnonzero(np.isfinite(values))
    first, last = there[0], there[-1]
    return f"{label} {number(float(values[first]))} in {names[first]}, {number(float(values[last]))} in {names[last]}"


def cusum(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """Above, the CUSUMs for more and for fewer events than predicted; below, observed − expected; limits dashed."""
    if len(curve.columns["day"]) < 2:
        return None
    up, down, difference = (column(curve, k) for k in ("doubled", "halved", "observed_minus_expected"))
    more, fewer, total = (float(v) for v in curve.facts["limits"])
    board = Board(WIDTH, 382)
    upper = _chart(board, curve, [up, down], (more, -fewer), top=30, height=140)
    lower = _chart(board, curve, [difference], (total, -total), top=226, height=110)
    board.text(LEFT, 14, words("figure.cusum"), size=10.5, weight=600)
    board.text(LEFT, 212, words("figure.observed_minus_expected"), size=10.5, weight=600)
    upper.board.text((LEFT + WIDTH) / 2, 376, curve.x_label, size=10.5, anchor="middle")
    signals = [None if s is None else str(s) for s in curve.facts["signals"]]
    for frame, signal, above in ((upper, signals[0], True), (upper, signals[1], False), (lower, signals[2], True)):
        if signal is not None:
            _mark(frame, signal, words("figure.signal", date=signal), above=above)
    told = [s or words("figure.no_signal") for s in signals]
    alternative = words("alt.cusum", title=curve.title, more=told[0], fewer=told[1], difference=told[2])
    return Figure(name, "drift", curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def _chart(
    board: Board, curve: Curve, paths: list[Floats], limits: tuple[float, float], *, top: float, height: float
) -> Frame:
    day = column(curve, "day")
    low, high = _range(np.concatenate([*paths, limits, [0.0]]))
    high += ABOVE * (high - low)
    frame = Frame(board, Scale(float(day[0]), float(day[-1]), LEFT, WIDTH - 8), Scale(low, high, top + height, top))
    frame.axes(x_ticks=(), y_ticks=ticks(low, high, about=4))
    for at, text in _months(float(day[0]), float(day[-1])):
        x = frame.x.at(at)
        board.segment(x, top + height, x, top + height + 4, stroke=SOFT, stroke_width=0.8)
        board.text(x, top + height + 15, text, size=9, anchor="middle", fill=SOFT)
    frame.line([day[0], day[-1]], [0, 0], width=0.8, stroke=SOFT)
    for limit in limits:
        frame.line([day[0], day[-1]], [limit, limit], dash=DASHES[1], width=1.2, stroke=SOFT)
    for path, dash in zip(paths, ("", "2 2"), strict=False):
        frame.line(day, path, dash=dash, width=1.8, stroke=ACCENT if not dash else INK)
    return frame


def _months(first: float, last: float) -> list[tuple[float, str]]:
    """Up to eight months' first days between two days, and how they are written."""
    start, stop = (np.datetime64(int(day), "D").astype("datetime64[M]").astype(int) for day in (first, last))
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if (stop - start) // s < 8)
    months = [m for m in range(start, stop + 1) if m % step == 0]
    days = [
        (float(np.datetime64(m, "M").astype("datetime64[D]").astype(int)), str(np.datetime64(m, "M"))) for m in months
    ]
    room = 0.03 * (last - first)
    return [(day, text) for day, text in days if first + room <= day <= last - room]


def _mark(frame: Frame, signal: str, text: str, *, above: bool) -> None:
    """An upright line at the date of a signal, its date beside it."""
    x = frame.x.at(float(np.datetime64(signal, "D").astype(int)))
    frame.board.segment(x, frame.y.start, x, frame.y.stop, stroke=INK, stroke_width=0.9, stroke_dasharray="1 3")
    late = x > (frame.x.start + frame.x.stop) / 2
    y = frame.y.stop + 10 if above else frame.y.start - 6
    frame.board.text(x - 5 if late else x + 5, y, text, size=10, anchor="end" if late else "start", weight=600)


DRAWERS = {"by_window": by_window, "by_landmark": by_window, "cusum": cusum}
