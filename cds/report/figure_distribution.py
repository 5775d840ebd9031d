"""Predicted risk of those with and of those without the outcome, mirrored about one axis."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.report.drawing import ACCENT, INK, SOFT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import axis_end, column
from cds.report.figure_notes import plain_note
from cds.report.rounding import count, number, percent
from cds.report.wording import Sentences

LEFT, RIGHT, TOP, MIDDLE, BOTTOM = 50, 300, 24, 148, 272


def distribution(curve: Curve, *, name: str, weighted: bool = False, words: Sentences) -> Figure:
    """Shares of each side, so that a rare outcome is as readable as a common one; as tall as the ROC beside it."""
    left, right = column(curve, "left"), column(curve, "right")
    sides = column(curve, "events"), column(curve, "non_events")
    shares = [side / max(side.sum(), 1) for side in sides]
    most = max(float(share.max()) for share in shares) or 1.0
    filled = np.flatnonzero(sides[0] + sides[1])
    limit = axis_end(float(right[filled[-1]]) if filled.size else 1.0)
    board = Board(310, 330)
    up = Frame(board, Scale(0, limit, LEFT, RIGHT), Scale(0, most, MIDDLE, TOP))
    down = Frame(board, Scale(0, limit, LEFT, RIGHT), Scale(0, most, MIDDLE, BOTTOM))
    for frame, share, look in zip(
        (up, down), shares, ({"fill": ACCENT}, {"fill": "#ffffff", "stroke": INK}), strict=True
    ):
        _bars(frame, left, right, share, look)
    for frame in (up, down):
        end = frame.y.stop
        board.text(LEFT - 6, end + 4, percent(most), size=10, anchor="end", fill=SOFT)
        board.segment(LEFT, end, RIGHT, end, stroke="#d9dee4", stroke_width=0.7)
    board.text(LEFT - 6, MIDDLE + 3.5, "0", size=10, anchor="end", fill=SOFT)
    board.segment(LEFT, MIDDLE, RIGHT, MIDDLE, stroke=INK, stroke_width=0.9)
    for mark in ticks(0, limit):
        board.text(up.x.at(mark), BOTTOM + 29, f"{mark:g}", size=10, anchor="middle", fill=SOFT)
    n = [count(float(side.sum())) for side in sides]
    # Above and below the frame: inside it, the bars of well-separated groups would hide them.
    board.text(RIGHT - 2, TOP - 8, words("figure.with_outcome", n=n[0]), size=10.5, anchor="end", weight=600)
    board.text(RIGHT - 2, BOTTOM + 14, words("figure.without_outcome", n=n[1]), size=10.5, anchor="end", weight=600)
    board.text(
        (LEFT + RIGHT) / 2, BOTTOM + 45, curve.x_label or words("figure.predicted_risk"), size=10.5, anchor="middle"
    )
    board.text(14, MIDDLE, words("figure.share_of_side"), size=10.5, anchor="middle", turn=-90)
    middles = [number(_median(left, right, side), 2) for side in sides]
    alternative = words(
        "alt.distribution",
        title=curve.title,
        n_with=n[0],
        n_without=n[1],
        median_with=middles[0],
        median_without=middles[1],
    )
    return Figure(
        name,
        "discrimination",
        curve.title,
        alternative,
        plain_note(curve, words, weighted=weighted),
        board.finish(alternative),
    )


def _bars(frame: Frame, left: Floats, right: Floats, share: Floats, look: dict[str, str]) -> None:
    zero = frame.y.start
    for a, b, height in zip(frame.x(left), frame.x(right), frame.y(share), strict=True):
        if abs(height - zero) > 0.01:
            top = min(height, zero)
            frame.board.add(
                "rect", x=a + 0.5, y=top, width=max(b - a - 1, 0.6), height=abs(height - zero), stroke_width=0.8, **look
            )


def _median(left: Floats, right: Floats, counts: Floats) -> float:
    """The middle of the bin that holds the median."""
    if not counts.sum():
        return 0.0
    at = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    return float(left[at] + right[at]) / 2
