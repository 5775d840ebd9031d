"""Instability: what the model says beside what it would say had it been developed in resampled patients."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, DASHES, INK, SOFT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import column
from cds.report.figure_notes import plain_note
from cds.report.rounding import number, plain
from cds.report.wording import Sentences

SECTION = "instability"
MOST_LINES = 100  # of the refits; more only blacken the page
GREYS = ("#e3e7ec", "#c3cad3", "#9aa5b1", "#6b7885", "#3d4955")  # few to many
LINE = "#a9b3be"


def predictions(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """The refits' predictions over the model's own: a grid that darkens with their number, and their 95 % range."""
    grid = _grid_of(curve, record)
    low, high = float(curve.facts["from"]), float(curve.facts["to"])
    board = Board(440, 400)
    frame = Frame(board, Scale(low, high, 56, 426), Scale(low, high, 350, 44))
    steps = ticks(low, high)
    frame.axes(x_ticks=steps, y_ticks=steps, x_label=curve.x_label, y_label=curve.y_label, y_gap=40)
    if grid is not None:
        _squares(board, frame, grid, (high - low) / int(curve.facts["cells"]))
    x = column(curve, "original")
    frame.line([low, high], [low, high], dash=DASHES[1], width=1.1, stroke=INK)
    for bound in ("low", "high"):
        frame.line(x, column(curve, bound), width=2.2, stroke=ACCENT)
    board.add("rect", x=56, y=6, width=18, height=8, fill=GREYS[2])
    board.text(79, 14, words("figure.instability_cloud"), size=10, fill=SOFT)
    board.key(56, 30, [("line", words("figure.instability_range")), (DASHES[1], words("figure.instability_same"))])
    points = "; ".join(
        words(
            "alt.instability_point",
            x=number(float(x[k]), 2),
            low=number(float(column(curve, "low")[k]), 2),
            high=number(float(column(curve, "high")[k]), 2),
        )
        for k in _told(len(x))
    )
    alternative = words(
        "alt.prediction_instability",
        title=curve.title,
        refits=curve.facts["refits"],
        mape=number(float(curve.facts["mape"]), 3),
        points=points,
    )
    return Figure(name, SECTION, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def nothing(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """The grid is drawn with its lines, not alone."""
    return None


def calibrations(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """The calibration curve of the model and of each refit."""
    x, own, refits = column(curve, "risk"), column(curve, "original"), _refits(curve)
    top = min(1.0, max(0.1, float(np.ceil(10 * np.nanmax([x.max(), own.max(), np.nanmax(refits)]) - 1e-9)) / 10))
    board = Board(440, 400)
    frame = Frame(board, Scale(0, top, 56, 426), Scale(0, top, 350, 44))
    steps = ticks(0, top)
    frame.axes(x_ticks=steps, y_ticks=steps, x_label=curve.x_label, y_label=curve.y_label, y_gap=40)
    _bundle(frame, x, own, refits)
    frame.line([0, top], [0, top], dash=DASHES[1], width=1.1, stroke=INK)
    _bundle_key(board, 56, 14, words)
    board.key(56, 30, [(DASHES[1], words("figure.ideal"))])
    return _bundled(curve, board, name=name, words=words)


def decisions(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """Net benefit of the model and of each refit, of treating all and none."""
    x, own, refits = column(curve, "threshold"), column(curve, "original"), _refits(curve)
    everyone = column(curve, "treat_all")
    top = float(np.nanmax([own.max(), np.nanmax(refits), everyone.max(), 0.01])) * 1.05
    bottom = min(-0.12 * top, max(float(np.nanmin(refits)) * 1.05, -0.4 * top))
    board = Board(640, 300)
    frame = Frame(board, Scale(0, float(x.max()), 62, 626), Scale(bottom, top, 252, 50))
    frame.axes(
        x_ticks=ticks(0, float(x.max()), about=8),
        y_ticks=ticks(bottom, top),
        y_gap=44,
        x_label=curve.x_label,
        y_label=curve.y_label,
    )
    _bundle(frame, x, own, refits)
    frame.line(x, everyone, dash=DASHES[1], stroke=INK)
    frame.line([0, x.max()], [0, 0], dash=DASHES[2], width=1.8, stroke=INK)
    for threshold in record.protocol.measures.thresholds:
        at = frame.x.at(threshold)
        board.segment(at, 46, at, 252, stroke=SOFT, stroke_width=0.9)
        board.text(at, 42, plain(threshold), size=9.5, anchor="middle")
    _bundle_key(board, 62, 12, words)
    treat = [(DASHES[1], words("figure.treat_all")), (DASHES[2], words("figure.treat_none"))]
    board.key(62, 26, [*treat, ("upright", words("figure.protocol_threshold"))])
    return _bundled(curve, board, name=name, words=words)


def along(curve: Curve, record: RunRecord, /, *, name: str, words: Sentences) -> Figure | None:
    """Numbers from 0 along the model's own prediction, one line per column."""
    x = column(curve, "original")
    series = {label: column(curve, label) for label in curve.columns if label != "original"}
    if len(x) < 2:
        return None
    high = max(0.01, float(max(values.max() for values in series.values()))) * 1.08
    board = Board(640, 260)
    frame = Frame(board, Scale(float(x.min()), float(x.max()), 62, 626), Scale(0, high, 212, 30))
    frame.axes(
        x_ticks=ticks(float(x.min()), float(x.max()), about=8),
        y_ticks=ticks(0, high),
        y_gap=44,
        x_label=curve.x_label,
        y_label=curve.y_label,
    )
    shown = list(series.items())[: len(DASHES)]
    for (_, values), dash in zip(shown, DASHES, strict=False):
        frame.line(x, values, dash=dash, width=1.8, stroke=INK)
    if len(series) > 1 or curve.name == "classification_instability":
        labelled = [(dash or "line", _at(label, words)) for (label, _), dash in zip(shown, DASHES, strict=False)]
        board.key(62, 14, labelled)
    points = "; ".join(
        words(
            "alt.instability_line_point",
            label=_at(label, words) if curve.name == "classification_instability" else curve.y_label,
            most=number(float(values.max()), 2),
            x=number(float(x[int(values.argmax())]), 2),
            mean=number(float(values.mean()), 3),
        )
        for label, values in series.items()
    )
    alternative = words("alt.instability_line", title=curve.title, points=points)
    return Figure(name, SECTION, curve.title, alternative, plain_note(curve, words), board.finish(alternative))


def _at(label: str, words: Sentences) -> str:
    return words("figure.instability_at", threshold=plain(float(label)))


def _grid_of(curve: Curve, record: RunRecord) -> Curve | None:
    same = (c for c in record.curves if c.name == "prediction_instability_grid" and len(c.columns["count"]))
    return next((c for c in same if c.facts.get("category") == curve.facts.get("category")), None)


def _squares(board: Board, frame: Frame, grid: Curve, side: float) -> None:
    counts = column(grid, "count")
    # Shades by the logarithm: a few predictions stay visible beside the many on the diagonal.
    shade = (np.log(counts) / max(np.log(counts.max()), 1e-9) * (len(GREYS) - 1e-9)).astype(int)
    width = abs(frame.x.at(side) - frame.x.at(0.0))
    height = abs(frame.y.at(side) - frame.y.at(0.0))
    for x, y, k in zip(column(grid, "original"), column(grid, "refit"), shade, strict=True):
        left, top = frame.x.at(float(x) - side / 2), frame.y.at(float(y) + side / 2)
        board.add("rect", x=left, y=top, width=width, height=height, fill=GREYS[min(int(k), len(GREYS) - 1)])


def _refits(curve: Curve) -> Floats:
    """Shape (refits, points)."""
    found = [column(curve, label) for label in curve.columns if label.startswith("refit_")]
    return np.array(found) if found else np.full((1, len(column(curve, "original"))), np.nan)


def _bundle(frame: Frame, x: Floats, own: Floats, refits: Floats) -> None:
    for values in refits[:MOST_LINES]:
        frame.line(x, values, width=0.5, stroke=LINE)
    frame.line(x, own, width=2.4, stroke=ACCENT)


def _bundle_key(board: Board, x: float, y: float, words: Sentences) -> None:
    board.segment(x, y - 4, x + 18, y - 4, stroke=ACCENT, stroke_width=2.4)
    board.text(x + 23, y, words("figure.model"), size=10, fill=SOFT)
    start = x + 100
    board.segment(start, y - 4, start + 18, y - 4, stroke=LINE, stroke_width=0.8)
    board.text(start + 23, y, words("figure.instability_refit"), size=10, fill=SOFT)


def _bundled(curve: Curve, board: Board, *, name: str, words: Sentences) -> Figure:
    x, own, refits = column(curve, next(iter(curve.columns))), column(curve, "original"), _refits(curve)
    low, high = np.nanquantile(refits, [0.025, 0.975], axis=0)
    points = "; ".join(
        words(
            "alt.instability_bundle_point",
            x=number(float(x[k]), 2),
            value=number(float(own[k]), 2),
            low=number(float(low[k]), 2),
            high=number(float(high[k]), 2),
        )
        for k in _told(len(x))
    )
    drawn = min(len(refits), MOST_LINES)
    alternative = words("alt.instability_bundle", title=curve.title, drawn=drawn, points=points)
    note = plain_note(curve, words)
    if drawn < len(refits):
        note = f"{note} {words('figure.instability_refits_drawn', drawn=drawn, refits=len(refits))}".strip()
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def _told(points: int) -> list[int]:
    """Which points the text alternative tells: a tenth, half and nine tenths of the way."""
    return sorted({int(share * (points - 1)) for share in (0.1, 0.5, 0.9)})


DRAWERS = {
    "prediction_instability": predictions,
    "prediction_instability_grid": nothing,
    "absolute_prediction_error": along,
    "calibration_instability": calibrations,
    "classification_instability": along,
    "decision_instability": decisions,
}
