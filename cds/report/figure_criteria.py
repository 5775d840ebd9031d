"""The criteria at a glance: each tolerance as a band, each interval as a bar on its own scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from cds.report.criteria_view import CriterionRow
from cds.report.drawing import ACCENT, BAND, INK, RULE, SIGNS, SOFT, Board, Figure, Scale, text_width
from cds.report.rounding import plain
from cds.report.wording import Sentences

ROW, LEFT, RIGHT = 39, 232, 446
MOST_ROWS = 20


def criteria(rows: Sequence[CriterionRow], *, name: str, title: str, words: Sentences) -> Figure:
    """One line per criterion: name, own axis with tolerance band and interval, numbers, verdict in sign and word."""
    board = Board(640, 30 + ROW * len(rows))
    board.add("rect", x=LEFT, y=5, width=18, height=9, fill=BAND)
    board.text(LEFT + 23, 13, words("figure.tolerance"), size=10, fill=SOFT)
    board.segment(LEFT + 100, 9.5, LEFT + 122, 9.5, stroke=ACCENT, stroke_width=2)
    board.marker(LEFT + 111, 9.5, "circle", fill=ACCENT)
    board.text(LEFT + 127, 13, words("figure.found"), size=10, fill=SOFT)
    for i, row in enumerate(rows):
        _line(board, row, 22 + ROW * i)
    told = " ".join(_told(row, words) for row in rows)
    return Figure(name, "criteria", title, f"{title}. {told}", "", board.finish(f"{title}. {told}"))


def _line(board: Board, row: CriterionRow, top: float) -> None:
    board.segment(0, top, 640, top, stroke=RULE, stroke_width=0.7)
    middle = top + 16
    label = _wrapped(row.label, 222, 10.5)
    lines: list[tuple[str, dict[str, Any]]] = [(text, {"size": 10.5, "weight": 600}) for text in label]
    lines += [(_fit(row.who, 222, 9.5), {"size": 9.5, "fill": SOFT})] if row.who and len(label) == 1 else []
    for k, (text, look) in enumerate(lines):
        board.text(0, middle + 3.5 + 6.5 * (2 * k - len(lines) + 1), text, **look)
    _axis(board, row, middle)
    board.text(464, middle + 3.5 - (6 if row.interval else 0), row.found, size=10.5, weight=600)
    if row.interval:
        board.text(464, middle + 10, row.interval, size=9.5, fill=SOFT)
    board.text(556, middle + 3.5, row.symbol, size=10.5, font=SIGNS)
    board.text(572, middle + 3.5, row.word, size=10.5, weight=600)


def _axis(board: Board, row: CriterionRow, middle: float) -> None:
    low, high = row.bounds
    marks = [v for v in (low, high, row.value, *(row.ends or ())) if v is not None and math.isfinite(v)]
    pad = 0.16 * ((max(marks) - min(marks)) or abs(marks[0]) or 1.0)
    scale = Scale(min(marks) - pad, max(marks) + pad, LEFT, RIGHT)
    a, b = (scale.at(min(max(v, scale.low), scale.high)) for v in (low, high))
    board.add("rect", x=a, y=middle - 9, width=max(b - a, 1), height=18, fill=BAND)
    board.segment(LEFT, middle, RIGHT, middle, stroke="#aab4bf", stroke_width=0.7)
    for bound in (low, high):
        if math.isfinite(bound):
            at = scale.at(bound)
            board.segment(at, middle - 10, at, middle + 10, stroke=INK, stroke_width=1.2)
            board.text(at, middle + 18.5, plain(bound), size=8.5, anchor="middle", fill=SOFT)
    if row.ends:
        left, right = (scale.at(v) for v in row.ends)
        board.segment(left, middle, right, middle, stroke=ACCENT, stroke_width=2.2)
        for at in (left, right):
            board.segment(at, middle - 4, at, middle + 4, stroke=ACCENT, stroke_width=1.6)
    if row.value is not None:
        board.marker(scale.at(row.value), middle, "circle", size=3.8, fill=ACCENT)


def _fit(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it would run into the axis."""
    if text_width(text, size) <= width:
        return text
    return text[: max(int(width / (0.53 * size)) - 1, 1)].rstrip() + "…"


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in one line or two, broken between words."""
    if text_width(text, size) <= width:
        return [text]
    words, first = text.split(), ""
    while words and text_width(f"{first} {words[0]}".strip(), size) <= width:
        first = f"{first} {words.pop(0)}".strip()
    return [first, _fit(" ".join(words), width, size)] if first else [_fit(text, width, size)]


def _told(row: CriterionRow, words: Sentences) -> str:
    told = {"name": row.name, "required": row.required, "found": row.found, "verdict": row.word}
    return (
        words("alt.criterion_interval", interval=row.interval, **told)
        if row.interval
        else words("alt.criterion", **told)
    )
