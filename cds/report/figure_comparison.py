"""Several models on the same patients: their calibration and decision curves, and the differences at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from cds.core.finding import Curve
from cds.core.record import RunRecord
from cds.report.drawing import ACCENT, BAND, DASHES, INK, RULE, SOFT, UNIT, Board, Figure, Floats, Frame, Scale, ticks
from cds.report.figure_calibration import axis_end, column
from cds.report.figure_notes import plain_note
from cds.report.rounding import decimals, number, percent, plain
from cds.report.wording import Sentences

SECTION = "comparison"
LOOKS = ((ACCENT, "", 2.4), (INK, "7 3", 1.7), (INK, "2 2", 1.9), (SOFT, "9 2 2 2", 1.7), (SOFT, "4 2", 1.5))
MOST_MODELS, MOST_ROWS, LONGEST = len(LOOKS), 36, 74
TOP, LINE, LEFT, RIGHT = 50, 24, 250, 476


def calibration(curve: Curve, record: RunRecord, *, name: str, words: Sentences) -> Figure | None:
    """Every model's smoothed calibration curve over one diagonal."""
    parts = _parts(curve, "risk", "observed")
    highest = max(float(np.max(x)) for x, _ in parts.values())
    limit = axis_end(highest, max(float(np.max(y)) for _, y in parts.values()))
    keys = [*_keys(parts), (SOFT, DASHES[1], 1.0, words("figure.ideal"))]
    top = 16 * len(keys) + 14
    board = Board(430, top + 350)
    frame = Frame(board, Scale(0, limit, 52, 416), Scale(0, limit, top + 312, top))
    marks = UNIT if limit == 1 else ticks(0, limit)
    ends = [label if limit == 1 else words("figure.ends_at", label=label, limit=plain(limit))
            for label in (curve.x_label, curve.y_label)]  # fmt: skip
    frame.axes(x_ticks=marks, y_ticks=marks, x_label=ends[0], y_label=ends[1])
    frame.line([0, limit], [0, limit], dash=DASHES[1], width=1, stroke=SOFT)
    cut = _draw(frame, parts)
    _key(board, keys, 52)
    told = "; ".join(_spoken(model, x, y, (0.25, 0.5, 0.75)) for model, (x, y) in parts.items())
    alternative = words("alt.comparison", title=curve.title, what=words("figure.observed_share"), models=told)
    note = plain_note(curve, words, weighted=record.weighted, cut=cut)
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def decision(curve: Curve, record: RunRecord, *, name: str, words: Sentences) -> Figure | None:
    """Every model's net benefit by threshold, with treating all and none; the protocol's thresholds marked."""
    parts = _parts(curve, "threshold", "net_benefit")
    x = next(iter(parts.values()))[0]
    everyone = column(curve, "treat_all")[: len(x)]
    top_value = 1.08 * max(float(np.max(everyone)), 0.01, *(float(np.max(y)) for _, y in parts.values()))
    lowest = min(float(np.min(y)) for _, y in parts.values())
    keys = [
        *_keys(parts),
        (SOFT, DASHES[3], 1.2, words("figure.treat_all")),
        (SOFT, "", 1.0, words("figure.treat_none")),
    ]
    top = 16 * len(keys) + 26
    board = Board(640, top + 250)
    bottom_value = min(-0.18 * top_value, max(lowest * 1.05, -0.5 * top_value))
    frame = Frame(board, Scale(float(x.min()), float(x.max()), 62, 626), Scale(bottom_value, top_value, top + 212, top))
    frame.axes(
        x_ticks=ticks(float(x.min()), float(x.max()), about=8), y_ticks=ticks(bottom_value, top_value), y_gap=44,
        x_label=curve.x_label, y_label=curve.y_label,
    )  # fmt: skip
    for threshold in (t for t in record.protocol.measures.thresholds if x.min() <= t <= x.max()):
        at = frame.x.at(threshold)
        board.segment(at, top - 6, at, top + 212, stroke=SOFT, stroke_width=0.9)
        board.text(at, top - 9, plain(threshold), size=9.5, anchor="middle")
    frame.line(x, everyone, dash=DASHES[3], width=1.2, stroke=SOFT)
    frame.line([x.min(), x.max()], [0, 0], width=1, stroke=SOFT)
    _draw(frame, parts)
    _key(board, keys, 62)
    marks = record.protocol.measures.thresholds or (0.25, 0.5, 0.75)
    told = "; ".join(_spoken(model, a, b, marks) for model, (a, b) in parts.items())
    alternative = words("alt.comparison", title=curve.title, what=words("figure.net_benefit"), models=told)
    note = plain_note(curve, words, weighted=record.weighted)
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def differences(curve: Curve, record: RunRecord, *, name: str, words: Sentences) -> Figure | None:
    """One line per measure on a scale of its own, no difference in the middle, the better side shaded."""
    rows = [dict(zip(curve.columns, values, strict=True)) for values in zip(*curve.columns.values(), strict=True)]
    rows, left_out = rows[:MOST_ROWS], len(rows) - MOST_ROWS
    starts = [i for i in range(len(rows)) if i == 0 or rows[i]["against"] != rows[i - 1]["against"]]
    board = Board(640, TOP - 22 + LINE * len(rows) + 22 * len(starts))
    board.add("rect", x=0, y=4, width=18, height=9, fill=BAND)
    board.text(23, 12, words("figure.comparison_better"), size=10, fill=SOFT)
    board.segment(LEFT, 8.5, LEFT + 22, 8.5, stroke=ACCENT, stroke_width=2)
    board.marker(LEFT + 11, 8.5, "circle", fill=ACCENT)
    level = percent(record.protocol.measures.level)
    board.text(LEFT + 27, 12, words("figure.comparison_difference", level=level), size=10, fill=SOFT)
    at = TOP - 14.0
    for first, last in pairwise([*starts, len(rows)]):
        board.text(0, at, _cut(words("figure.comparison_against", name=rows[first]["against"]), 100),
                   size=11, weight=600)  # fmt: skip
        for row in rows[first:last]:
            _row(board, row, at + 16)
            at += LINE
        at += 22
    told = ". ".join(_said(row) for row in rows)
    more = words("figure.comparison_more", n=left_out) if left_out > 0 else ""
    note = f"{plain_note(curve, words)} {more}".strip()
    alternative = f"{curve.title}. {told}."
    return Figure(name, SECTION, curve.title, alternative, note, board.finish(alternative))


def _row(board: Board, row: Mapping[str, object], middle: float) -> None:
    value, low, high = (float(str(row[key])) for key in ("estimate", "low", "high"))
    ratio = row["kind"] == "ratio"
    reach = 1.12 * max(abs(v) for v in _scaled((value, low, high), ratio))
    scale = Scale(-reach, reach, LEFT, RIGHT)
    centre = scale.at(0)
    if row["better"] in ("higher", "lower"):
        left = centre if row["better"] == "higher" else LEFT
        board.add("rect", x=left, y=middle - 9, width=centre - LEFT, height=18, fill=BAND)
    board.segment(LEFT, middle, RIGHT, middle, stroke=RULE, stroke_width=0.7)
    board.segment(centre, middle - 10, centre, middle + 10, stroke=INK, stroke_width=1.1)
    at, start, stop = (scale.at(v) for v in _scaled((value, low, high), ratio))
    board.segment(start, middle, stop, middle, stroke=ACCENT, stroke_width=2)
    for end in (start, stop):
        board.segment(end, middle - 4, end, middle + 4, stroke=ACCENT, stroke_width=1.5)
    board.marker(at, middle, "circle", size=3.6, fill=ACCENT)
    board.text(0, middle + 3.5, _cut(str(row["measure"]), 44), size=10)
    board.text(490, middle + 3.5, _numbers(row), size=9.5, fill=SOFT)


def _scaled(values: Sequence[float], ratio: bool) -> list[float]:
    return [float(np.log(v)) if ratio else v for v in values]


def _numbers(row: Mapping[str, object]) -> str:
    values = [float(str(row[key])) for key in ("estimate", "low", "high")]
    digits = decimals(values, apart=(0.0,))
    value, low, high = (number(v, digits) for v in values)
    return f"{'× ' if row['kind'] == 'ratio' else ''}{value} ({low} to {high})"


def _said(row: Mapping[str, object]) -> str:
    return f"{row['measure']}, against {row['against']}: {_numbers(row)}"


def _parts(curve: Curve, x: str, y: str) -> dict[str, tuple[Floats, Floats]]:
    """The curve of each model by name, the model that is judged first; at most five."""
    names = np.asarray(curve.columns["model"])
    order = list(dict.fromkeys(str(name) for name in names))[:MOST_MODELS]
    return {name: (column(curve, x)[names == name], column(curve, y)[names == name]) for name in order}


def _draw(frame: Frame, parts: Mapping[str, tuple[Floats, Floats]]) -> bool:
    """The curves, the first one last so that it lies on top; whether one goes on above the frame."""
    cut = False
    for (x, y), (stroke, dash, width) in reversed(list(zip(parts.values(), LOOKS, strict=False))):
        frame.line(x, y, dash=dash, width=width, stroke=stroke)
        cut |= frame.beyond(x, y)
    return cut


def _keys(parts: Mapping[str, object]) -> list[tuple[str, str, float, str]]:
    return [(stroke, dash, width, name) for name, (stroke, dash, width) in zip(parts, LOOKS, strict=False)]


def _key(board: Board, keys: Sequence[tuple[str, str, float, str]], left: float) -> None:
    """One line each, since the names of models are long."""
    for k, (stroke, dash, width, name) in enumerate(keys):
        y = 12 + 16 * k
        board.segment(left, y - 4, left + 34, y - 4, stroke=stroke, stroke_width=width, stroke_dasharray=dash or None)
        board.text(left + 41, y, _cut(name, LONGEST), size=10, fill=SOFT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _spoken(model: str, x: Floats, y: Floats, marks: Sequence[float]) -> str:
    inside = [m for m in marks if x.min() <= m <= x.max()] or [float(np.median(x))]
    points = ", ".join(f"{number(float(np.interp(m, x, y)), 3)} at {plain(round(float(m), 2))}" for m in inside)
    return f"{model}: {points}"


DRAWERS = {
    "comparison_calibration": calibration,
    "comparison_decision": decision,
    "comparison_differences": differences,
}
