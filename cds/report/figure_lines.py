"""Receiver operating characteristic, and any other curve whose first column is its horizontal axis."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.report.drawing import ACCENT, DASHES, INK, SOFT, UNIT, Board, Figure, Frame, Scale, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import plain_note
from cds.report.rounding import number, plain
from cds.report.wording import Sentences


def roc(curve: Curve, *, name: str, area: str, words: Sentences) -> Figure:
    """True against false positives over all thresholds; ``area`` says the AUROC with its interval."""
    board = Board(330, 330)
    frame = Frame(board, Scale(0, 1, 48, 316), Scale(0, 1, 282, 14))
    frame.axes(
        x_ticks=UNIT,
        y_ticks=UNIT,
        x_label=curve.x_label or words("figure.false_positives"),
        y_label=curve.y_label or words("figure.true_positives"),
    )
    x, y = column(curve, "false_positive_rate"), column(curve, "true_positive_rate")
    frame.line([0, 1], [0, 1], dash=DASHES[1], width=1, stroke=SOFT)
    frame.line(x, y, width=2.2, stroke=ACCENT)
    if area:
        board.text(310, 268, area, size=10.5, anchor="end", weight=600)
    at = "; ".join(
        words("alt.roc_point", false=plain(f), true=number(float(y[x <= f + 1e-12].max(initial=0.0)), 2))
        for f in (0.1, 0.2, 0.4)
    )
    alternative = words("alt.roc", title=curve.title, area=area, points=at)
    return Figure(name, "discrimination", curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def lines(curve: Curve, *, name: str, words: Sentences) -> Figure | None:
    """Every further numeric column as a line over the first; None where there is nothing to draw."""
    names = [c for c, v in curve.columns.items() if np.issubdtype(np.asarray(v).dtype, np.number)]
    if len(names) < 2 or len(curve.columns[names[0]]) < 2:
        return None
    x, series = column(curve, names[0]), {c: column(curve, c) for c in names[1:]}
    values = np.concatenate(list(series.values()))
    values = values[np.isfinite(values)]
    if not values.size or not np.isfinite(x).all():
        return None
    low, high = float(values.min()), float(values.max())
    board = Board(640, 300)
    frame = Frame(
        board, Scale(float(x.min()), float(x.max()), 62, 626), Scale(low, high if high > low else low + 1, 252, 30)
    )
    frame.axes(
        x_ticks=ticks(float(x.min()), float(x.max()), about=8),
        y_ticks=ticks(low, high),
        y_gap=44,
        x_label=curve.x_label or names[0],
        y_label=curve.y_label,
    )
    shown = list(series.items())[: len(DASHES)]
    for (_, y), dash in zip(shown, DASHES, strict=False):
        frame.line(x, y, dash=dash, stroke=INK)
    board.key(62, 14, [(dash or "line", label) for (label, _), dash in zip(shown, DASHES, strict=False)])
    ends = "; ".join(
        words("alt.line_ends", label=c, first=number(float(y[0])), last=number(float(y[-1]))) for c, y in shown
    )
    alternative = words("alt.lines", title=curve.title, ends=ends)
    return Figure(name, "other", curve.title, alternative, plain_note(curve, words), board.finish(alternative))
