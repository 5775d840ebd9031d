"""A small drawing board for SVG figures: scales, axes, lines, bands, points, and text that stays text.

Written by hand because the PDF renderer needs ten times as long for the SVG of a plotting library, and because a
figure must have the same bytes on every machine. Only presentation attributes are used, no style sheet.
"""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cds.report.html import clean
from cds.report.rounding import plain

FONT, SIGNS = "IBM Plex Sans, sans-serif", "Noto Sans Symbols2, sans-serif"
INK, SOFT, RULE, BAND, ACCENT = "#1b2430", "#56616e", "#d9dee4", "#cfdbe8", "#12406f"
DASHES = ("", "6 3", "2 2", "8 2 2 2", "1 3")
HALF_PAGE = 400.0
UNIT = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MARKERS = ("circle", "square", "triangle", "diamond", "cross")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A drawn figure: file name without ending, section, title, what it shows in words, a note, the SVG."""

    name: str
    section: str
    title: str
    alternative: str
    note: str
    svg: str

    @property
    def wide(self) -> bool:
        """Whether it takes the page's whole width and cannot stand beside another."""
        width = re.search(r' width="([0-9.]+)"', self.svg)
        return width is not None and float(width[1]) > HALF_PAGE


@dataclass(frozen=True)
class Scale:
    """A linear map from data [low, high] to drawing units [start, stop]."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, values: ArrayLike) -> Floats:
        """Positions of these values."""
        span = (self.high - self.low) or 1.0
        return self.start + (np.asarray(values, dtype=np.float64) - self.low) / span * (self.stop - self.start)

    def at(self, value: float) -> float:
        """Position of one value."""
        return float(self(value))


def ticks(low: float, high: float, *, about: int = 5) -> tuple[float, ...]:
    """Round numbers from low to high, steps of 1, 2 or 5 times a power of ten.

    >>> ticks(0, 1)
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """
    if not high > low:
        return (low,)
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(step * k, 10) for k in range(first, last + 1))


def ceiling(value: float) -> float:
    """The next round number above a share, at most 1: where an axis of risks ends.

    >>> ceiling(0.43), ceiling(0.08), ceiling(0.97)
    (0.5, 0.1, 1.0)
    """
    step = 0.1 if value > 0.2 else 0.05 if value > 0.05 else 0.01
    return min(1.0, round(math.ceil(value / step - 1e-9) * step, 10))


def text_width(text: str, size: float) -> float:
    """About how wide a text is; the font's average letter is 0.53 of its size."""
    return 0.53 * size * len(text)


def shortened(text: str, width: float, size: float) -> str:
    """A text cut to about this width, with an ellipsis where something is missing.

    >>> shortened("specialist", 100, 10), shortened("physiotherapy in the community", 100, 10)
    ('specialist', 'physiotherapy in…')
    """
    most = int(width / (0.53 * size))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@dataclass
class Board:
    """Collects shapes; ``finish`` gives the SVG with its text alternative."""

    width: float
    height: float
    shapes: list[str] = field(default_factory=list)

    def add(self, tag: str, text: str | None = None, **attributes: Any) -> None:
        """One element; underscores in attribute names become hyphens, None is left out."""
        told = "".join(
            f' {name.replace("_", "-")}="{_units(value)}"' for name, value in attributes.items() if value is not None
        )
        self.shapes.append(f"<{tag}{told}/>" if text is None else f"<{tag}{told}>{html.escape(clean(text))}</{tag}>")

    def segment(self, x1: float, y1: float, x2: float, y2: float, **look: Any) -> None:
        """A straight line."""
        self.add(
            "path", d=f"M{_units(x1)} {_units(y1)}L{_units(x2)} {_units(y2)}", fill="none", **{"stroke": INK, **look}
        )

    def line(self, x: ArrayLike, y: ArrayLike, *, dash: str = "", width: float = 1.6, stroke: str = INK) -> None:
        """A line through points, broken where one is missing."""
        d = " ".join(_path(points) for points in _runs(np.column_stack([x, y])))
        if d:
            self.add("path", d=d, fill="none", stroke=stroke, stroke_width=width, stroke_dasharray=dash or None)

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, *, fill: str = BAND) -> None:
        """The area between two lines, broken where a bound is missing."""
        for run in _runs(np.column_stack([x, low, high])):
            outline = np.vstack([run[:, [0, 1]], run[::-1][:, [0, 2]]])
            self.add("path", d=f"{_path(outline)}Z", fill=fill, stroke="none")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10.5,
        anchor: str = "start",
        fill: str = INK,
        weight: int | None = None,
        turn: float | None = None,
        font: str = FONT,
    ) -> None:
        """Text at a baseline point; ``anchor`` start, middle or end."""
        self.add(
            "text",
            text,
            x=x,
            y=y,
            font_family=font,
            font_size=size,
            fill=fill,
            font_weight=weight,
            text_anchor=None if anchor == "start" else anchor,
            transform=None if turn is None else f"rotate({_units(turn)} {_units(x)} {_units(y)})",
        )

    def marker(self, x: float, y: float, kind: str = "circle", *, size: float = 3.4, fill: str = INK) -> None:
        """A point; kinds differ in shape, so that they survive without colour."""
        look: dict[str, Any] = {"fill": fill, "stroke": INK, "stroke_width": 1.1}
        s = size
        match kind:
            case "square":
                self.add("rect", x=x - s, y=y - s, width=2 * s, height=2 * s, **look)
            case "triangle":
                self.add(
                    "path",
                    d=_path(np.array([[x, y - 1.2 * s], [x + 1.1 * s, y + s], [x - 1.1 * s, y + s]])) + "Z",
                    **look,
                )
            case "diamond":
                self.add(
                    "path",
                    d=_path(np.array([[x, y - 1.3 * s], [x + 1.3 * s, y], [x, y + 1.3 * s], [x - 1.3 * s, y]])) + "Z",
                    **look,
                )
            case "cross":
                self.segment(x - s, y - s, x + s, y + s, stroke_width=1.6)
                self.segment(x - s, y + s, x + s, y - s, stroke_width=1.6)
            case _:
                self.add("circle", cx=x, cy=y, r=s, **look)

    def key(self, x: float, y: float, entries: Sequence[tuple[str, str]], *, gap: float = 16) -> None:
        """A key in one line from (sign, words): ``line``, ``band``, ``upright``, a dash pattern or a marker's name."""
        for sign, words in entries:
            if sign == "band":
                self.add("rect", x=x, y=y - 8, width=18, height=8, fill=BAND)
            elif sign == "upright":
                self.segment(x + 9, y - 9, x + 9, y + 1, stroke=SOFT, stroke_width=0.9)
            elif sign in MARKERS:
                self.marker(x + 9, y - 4, sign, fill="#ffffff")
            else:
                dash = None if sign == "line" else sign
                self.segment(x, y - 4, x + 18, y - 4, stroke_width=1.6, stroke_dasharray=dash)
            self.text(x + 23, y, words, size=10, fill=SOFT)
            x += 23 + text_width(words, 10) + gap

    def finish(self, alternative: str) -> str:
        """The SVG element; ``alternative`` says in words and numbers what the figure shows."""
        size = f"{_units(self.width)} {_units(self.height)}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{_units(self.width)}" '
            f'height="{_units(self.height)}" role="img"><title>{html.escape(clean(alternative))}</title>'
            f"{''.join(self.shapes)}</svg>"
        )


@dataclass(frozen=True)
class Frame:
    """A plot area on a board: two scales and its axes."""

    board: Board
    x: Scale
    y: Scale

    def axes(
        self,
        *,
        x_ticks: Sequence[float],
        y_ticks: Sequence[float],
        x_label: str = "",
        y_label: str = "",
        x_text: bool = True,
        y_gap: float = 34,
        size: float = 10,
        x_room: float | None = None,
    ) -> None:
        """Grid lines, tick numbers, axis titles; one wider than ``x_room``, by default the board, takes two lines."""
        left, right, bottom, top = self.x.start, self.x.stop, self.y.start, self.y.stop
        for value in y_ticks:
            at = self.y.at(value)
            self.board.segment(left, at, right, at, stroke=RULE, stroke_width=0.7)
            self.board.text(left - 6, at + 3.5, plain(value), size=size, anchor="end", fill=SOFT)
        for value in x_ticks:
            at = self.x.at(value)
            self.board.segment(at, bottom, at, bottom + 4, stroke=SOFT, stroke_width=0.8)
            if x_text:
                self.board.text(at, bottom + 15, plain(value), size=size, anchor="middle", fill=SOFT)
        self.board.segment(left, bottom, right, bottom, stroke=SOFT, stroke_width=0.9)
        if x_label:
            self._x_label(x_label, size + 0.5, x_room)
        if y_label:
            middle = (top + bottom) / 2
            self.board.text(left - y_gap, middle, y_label, size=size + 0.5, anchor="middle", turn=-90)

    def _x_label(self, label: str, size: float, room: float | None) -> None:
        """The title of the axis across: in one line, or smaller in two where it is too wide."""
        middle, bottom = (self.x.start + self.x.stop) / 2, self.y.start
        room = 2 * min(middle, self.board.width - middle) if room is None else room
        if text_width(label, size) > room:
            size = 0.85 * size
        first, *rest = textwrap.wrap(label, int(room / text_width("x", size))) or [label]
        if not rest:
            self.board.text(middle, bottom + 31, first, size=size, anchor="middle")
            return
        for k, line in enumerate((first, shortened(" ".join(rest), room, size))):
            self.board.text(middle, bottom + 27 + 10 * k, line, size=size, anchor="middle")

    def line(self, x: ArrayLike, y: ArrayLike, *, dash: str = "", width: float = 1.6, stroke: str = INK) -> None:
        """A line in data units; what lies outside the frame is not drawn."""
        shown = np.asarray(y, dtype=np.float64).copy()
        low, high = sorted((self.y.low, self.y.high))
        shown[(shown < low - 1e-9) | (shown > high + 1e-9)] = np.nan
        self.board.line(self.x(x), self.y(shown), dash=dash, width=width, stroke=stroke)

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, *, fill: str = BAND) -> None:
        """A band in data units, cut at the frame."""
        edges = sorted((self.y.low, self.y.high))
        self.board.band(self.x(x), self.y(_cut(low, edges)), self.y(_cut(high, edges)), fill=fill)

    def beyond(self, x: ArrayLike, y: ArrayLike) -> bool:
        """A small triangle at the upper edge where values go on above it, one per stretch; whether there was any."""
        above = np.flatnonzero(np.nan_to_num(np.asarray(y, dtype=np.float64)) > max(self.y.low, self.y.high) + 1e-9)
        stretches = np.split(above, np.flatnonzero(np.diff(above) > 1) + 1) if len(above) else []
        for stretch in stretches:
            at = self.x.at(float(np.asarray(x, dtype=np.float64)[stretch[len(stretch) // 2]]))
            self.board.marker(at, self.y.stop - 3.5, "triangle", size=2.4)
        return bool(len(above))

    def point(
        self, x: float, y: float, low: float, high: float, *, kind: str = "circle", fill: str = "#ffffff"
    ) -> None:
        """A point with its interval, cut at the frame; without an interval where the bounds are missing."""
        edges = sorted((self.y.low, self.y.high))
        if math.isfinite(low) and math.isfinite(high):
            at = self.x.at(x)
            ends = _cut([low, high], edges)
            self.board.segment(at, self.y.at(ends[0]), at, self.y.at(ends[1]), stroke_width=1.1)
        if edges[0] <= y <= edges[1]:
            self.board.marker(self.x.at(x), self.y.at(y), kind, fill=fill)


def _units(value: Any) -> str:
    if isinstance(value, str):
        return html.escape(value)
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _cut(values: ArrayLike, edges: Sequence[float]) -> NDArray[np.float64]:
    """Values cut at the lower and upper edge of a frame."""
    return np.clip(np.asarray(values, dtype=np.float64), edges[0], edges[1])


def _path(points: NDArray[Any]) -> str:
    return "M" + "L".join(f"{_units(x)} {_units(y)}" for x, y in points.tolist())


def _runs(columns: Floats) -> Iterable[Floats]:
    """Stretches of at least two rows without a missing value."""
    whole = np.isfinite(columns).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], whole, [False]]).astype(int)))
    return (columns[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1)
