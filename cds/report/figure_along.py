"""Calibration along a continuous attribute drawn: the curve with its interval, the ideal dashed, who is where."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, DASHES, SOFT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import has_band, plain_note
from cds.report.rounding import number, percent, plain
from cds.report.wording import Sentences

SECTION = "groups"
LEFT, RIGHT, TOP, BOTTOM = 62, 626, 40, 242
ROOM, MARK = 0.06, 7  # of the range above and below; length of a quantile's mark


def calibration_along(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure:
    """The error along the attribute; marks on the axis show where the patients lie."""
    x, y = column(curve, "value"), column(curve, "difference")
    low, high = column(curve, "low"), column(curve, "high")
    ideal, banded = float(curve.facts["ideal"]), has_band(curve)
    bottom, top = _range(np.concatenate([y, [ideal], *((low, high) if banded else ())]))
    board = Board(640, 296)
    frame = Frame(board, Scale(float(x[0]), float(x[-1]), LEFT, RIGHT), Scale(bottom, top, BOTTOM, TOP))
    frame.axes(
        x_ticks=ticks(float(x[0]), float(x[-1]), about=8), y_ticks=ticks(bottom, top), y_gap=42, x_label=curve.x_label,
    )  # fmt: skip
    board.text(LEFT, 32, curve.y_label, size=9.5, fill=SOFT)
    if banded:
        frame.band(x, low, high)
    frame.line([x[0], x[-1]], [ideal, ideal], dash=DASHES[1], width=1, stroke=SOFT)
    frame.line(x, y, width=2.2, stroke=ACCENT)
    for mark in curve.facts["marks"]:
        at = frame.x.at(min(max(float(mark), float(x[0])), float(x[-1])))
        board.segment(at, BOTTOM, at, BOTTOM - MARK, stroke=ACCENT, stroke_width=1.6)
    level = percent(record.protocol.measures.level)
    band = [("band", words("figure.interval", level=level))] if banded else []
    board.key(LEFT, 14, [("line", words("figure.along")), *band, (DASHES[1], words("figure.ideal"))])
    alternative = words("alt.along", title=curve.title, axis=curve.y_label, points=_points(curve, words))
    note = plain_note(curve, words, weighted=record.weighted)
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def _range(values: Floats) -> tuple[float, float]:
    found = values[np.isfinite(values)]
    low, high = float(found.min()), float(found.max())
    room = ROOM * (high - low) or 0.1
    return low - room, high + room


def _points(curve: Curve, words: Sentences) -> str:
    """The curve at its start, middle and end."""
    x, y = column(curve, "value"), column(curve, "difference")
    low, high = column(curve, "low"), column(curve, "high")
    told = []
    for k in (0, len(x) // 2, len(x) - 1):
        value = number(float(y[k]), 2)
        if np.isfinite(low[k]):
            value = words(
                "alt.with_interval", value=value, low=number(float(low[k]), 2), high=number(float(high[k]), 2)
            )
        told.append(words("alt.along_point", at=plain(float(f"{x[k]:.3g}")), value=value))
    return "; ".join(told)


DRAWERS = {"calibration_along": calibration_along}
