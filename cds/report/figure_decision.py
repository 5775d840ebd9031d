"""Decision curve: net benefit of the model, of treating everyone and of treating no one, by threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cds.core.finding import Curve
from cds.report.drawing import ACCENT, DASHES, INK, SOFT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import has_band, plain_note
from cds.report.rounding import number, percent, plain
from cds.report.wording import Sentences


def decision(curve: Curve, *, name: str, thresholds: Sequence[float], level: float, words: Sentences) -> Figure:
    """The decision curve, the protocol's thresholds marked."""
    x, model, everyone = column(curve, "threshold"), column(curve, "model"), column(curve, "treat_all")
    banded = has_band(curve)
    bottom, top = _ends(curve, model, everyone, banded=banded)
    board = Board(640, 290)
    frame = Frame(board, Scale(float(x.min()), float(x.max()), 62, 626), Scale(bottom, top, 242, 40))
    frame.axes(
        x_ticks=ticks(float(x.min()), float(x.max()), about=8),
        y_ticks=ticks(bottom, top),
        y_gap=44,
        x_label=curve.x_label or words("figure.threshold"),
        y_label=curve.y_label or words("figure.net_benefit"),
    )
    for threshold in thresholds:
        if x.min() <= threshold <= x.max():
            at = frame.x.at(threshold)
            board.segment(at, 34, at, 242, stroke=SOFT, stroke_width=0.9)
            board.text(at, 30, plain(threshold), size=9.5, anchor="middle")
    if banded:
        frame.band(x, column(curve, "low"), column(curve, "high"))
    frame.line(x, everyone, dash=DASHES[1], stroke=INK)
    frame.line([x.min(), x.max()], [0, 0], dash=DASHES[2], width=1.8, stroke=INK)
    frame.line(x, model, width=2.2, stroke=ACCENT)
    keys = [
        ("line", words("figure.model")),
        *([("band", words("figure.interval", level=percent(level)))] if banded else []),
        (DASHES[1], words("figure.treat_all")),
        (DASHES[2], words("figure.treat_none")),
    ]
    board.key(62, 12, [*keys, ("upright", words("figure.protocol_threshold"))] if thresholds else keys)
    alternative = words("alt.decision", title=curve.title, points=_told(x, model, everyone, thresholds, words))
    return Figure(name, "decisions", curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def _ends(curve: Curve, model: Floats, everyone: Floats, *, banded: bool) -> tuple[float, float]:
    """Where the axis ends: the whole band above, and below as much of it as leaves the curves readable."""
    high = column(curve, "high") if banded else model
    low = column(curve, "low") if banded else model
    top = float(np.nanmax(np.concatenate([model, everyone, high, [0.01]]))) * 1.05
    return min(-0.18 * top, max(float(np.nanmin(low, initial=0.0)) * 1.05, -0.5 * top)), top


def _told(x: Floats, model: Floats, everyone: Floats, thresholds: Sequence[float], words: Sentences) -> str:
    inside = [t for t in thresholds if x.min() <= t <= x.max()] or [float(v) for v in np.quantile(x, [0.25, 0.5, 0.75])]
    return "; ".join(benefit_at(t, x, model, everyone, words) for t in inside)


def benefit_at(threshold: float, x: Floats, model: Floats, everyone: Floats, words: Sentences) -> str:
    """Net benefit at a threshold in words, or that the model's cannot be estimated there."""
    mine, all_treated = (float(np.interp(threshold, x, line)) for line in (model, everyone))
    told = number(all_treated, 3) if np.isfinite(all_treated) else words("number.not_estimable")
    if not np.isfinite(mine):
        return words("alt.decision_point_unknown", threshold=plain(threshold), everyone=told)
    return words("alt.decision_point", threshold=plain(threshold), model=number(mine, 3), everyone=told)
