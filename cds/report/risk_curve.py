"""The chance over time as a drawing: the card's horizons as points joined from 0, an average beside them.

Lengths are tenths of a millimetre; the scale always runs from 0 to 100, so that two pages compare. Every series has a
line and a mark of its own shape: nothing rests on colour.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cds.report.small_drawings import INK, RULE, SOFT, TEXT, drawing
from cds.report.wording import shortened

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 66, 606, 62, 306
FONT = 28.3  # 8 pt
LETTER = 0.58 * FONT  # the width of a digit or small letter, on average
LONGEST_AXIS, LONGEST_PERSON = 36, 22
BAND = "#e6eaee"


@dataclass(frozen=True)
class Series:
    """Chances of 100 by time; ``labels`` are printed at the points, empty where a point has none."""

    times: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    labels: tuple[str, ...] = ()

    @property
    def is_range(self) -> bool:
        """Whether it is a band instead of a line."""
        return self.low != self.high


def risk_curve(
    shown: Series,
    average: Series | None,
    *,
    ticks: Sequence[float],
    axis: str,
    scale: str,
    alt: str,
    numeral: Callable[[str], str] = str,
) -> Markup:
    """The patient's line or band with its numbers, and the average where there is one.

    ``ticks`` are the times written below, ``axis`` says what they count and ``scale`` what the heights count;
    ``numeral`` writes a number in the page's language.
    """
    latest = max((*shown.times, *(average.times if average else ()))) or 1.0
    parts = [_frame(axis, scale), *_ticks(ticks, latest, numeral)]
    if shown.is_range:
        parts.append(_band(shown, latest))
    if average is not None:
        parts.append(_average(average, latest))
    parts += _bars(shown, latest) if shown.is_range else [_line(shown, latest)]
    parts += _labels(shown, average, latest)
    return drawing("".join(parts), width=WIDTH, height=HEIGHT, alt=alt, name="curve")


def curve_key(kind: str, *, alt: str) -> Markup:
    """A short piece of a series for the key: ``shown``, ``range`` or ``average``."""
    if kind == "range":
        shapes = (
            f'<rect x="2" y="6" width="76" height="22" fill="{BAND}"/>'
            f'<path d="M 2 6 H 78 M 2 28 H 78" stroke="{INK}" stroke-width="3.5"/>'
        )
    elif kind == "shown":
        shapes = f'<path d="M 2 17 H 78" stroke="{INK}" stroke-width="6"/>{_dot(40, 17)}'
    else:
        shapes = f'<path d="M 2 17 H 78" stroke="{SOFT}" stroke-width="4" stroke-dasharray="12 8"/>{_square(40, 17)}'
    return drawing(shapes, width=80, height=34, alt=alt, name="curve-key")


def _x(time: float, latest: float) -> float:
    return LEFT + (RIGHT - LEFT) * time / latest


def _y(count: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * count / 100


def _text(x: float, y: float, text: str, anchor: str = "middle", *, bold: bool = False) -> str:
    weight = f' font-weight="600" fill="{INK}"' if bold else f' fill="{TEXT}"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{FONT}" text-anchor="{anchor}" font-family="IBM Plex Sans"'
        f"{weight}>{html.escape(text)}</text>"
    )


def _frame(axis: str, scale: str) -> str:
    rules = "".join(f'<path d="M {LEFT} {_y(c):g} H {RIGHT}" stroke="{RULE}" stroke-width="2"/>' for c in (50, 100))
    axes = f'<path d="M {LEFT} {TOP} V {BOTTOM} H {RIGHT}" fill="none" stroke="{SOFT}" stroke-width="3"/>'
    numbers = "".join(_text(LEFT - 10, _y(c) + 10, str(c), "end") for c in (0, 50, 100))
    names = _text(0, FONT, shortened(scale, LONGEST_PERSON + 7), "start")
    return rules + axes + numbers + names + _text((LEFT + RIGHT) / 2, 388, shortened(axis, LONGEST_AXIS))


def _ticks(ticks: Sequence[float], latest: float, numeral: Callable[[str], str]) -> Iterator[str]:
    """Every tick, and its number where it does not touch the one to its right."""
    free = WIDTH + 2 * LETTER
    for time in sorted(ticks, reverse=True):
        x, text = _x(time, latest), numeral(f"{time:g}")
        half = LETTER * len(text) / 2
        yield f'<path d="M {x:.1f} {BOTTOM} v 9" stroke="{SOFT}" stroke-width="3"/>'
        if x + half < free - LETTER and x - half > LEFT + LETTER:
            yield _text(min(x, WIDTH - half), BOTTOM + 37, text)
            free = x - half
    yield _text(LEFT, BOTTOM + 37, "0")


def _points(series: Series, counts: Sequence[int], latest: float) -> list[tuple[float, float]]:
    return [(_x(time, latest), _y(count)) for time, count in zip(series.times, counts, strict=True)]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in ((float(LEFT), float(BOTTOM)), *points))


def _line(series: Series, latest: float) -> str:
    points = _points(series, series.low, latest)
    line = f'<polyline points="{_path(points)}" fill="none" stroke="{INK}" stroke-width="6"/>'
    return line + "".join(_dot(x, y) for x, y in points)


def _average(series: Series, latest: float) -> str:
    points = _points(series, series.low, latest)
    dashes = f'stroke="{SOFT}" stroke-width="4" stroke-dasharray="12 8"'
    return f'<polyline points="{_path(points)}" fill="none" {dashes}/>' + "".join(_square(x, y) for x, y in points)


def _band(series: Series, latest: float) -> str:
    low, high = (_points(series, counts, latest) for counts in (series.low, series.high))
    return f'<polygon points="{_path([*high, *reversed(low)])}" fill="{BAND}" stroke="{INK}" stroke-width="3.5"/>'


def _bars(series: Series, latest: float) -> list[str]:
    """A bar from the low to the high end at every horizon."""
    ends = zip(series.times, series.low, series.high, strict=True)
    return [
        f'<path d="M {_x(t, latest):.1f} {_y(low):.1f} V {_y(high):.1f}" stroke="{INK}" stroke-width="6"/>'
        for t, low, high in ends
    ]


def _labels(shown: Series, average: Series | None, latest: float) -> Iterator[str]:
    """Numbers at the points, clear of the average's; none touches another."""
    free = WIDTH + 2 * LETTER
    for k in reversed(range(len(shown.labels))):
        text, x = shown.labels[k], _x(shown.times[k], latest)
        half = LETTER * len(text) / 2
        x = min(x, WIDTH - half)
        if not text or x + half > free - LETTER / 2 or x - half < LEFT:
            continue
        free = x - half
        y = _baseline(shown, average, k)
        # A white ground keeps a rule or the average's line from running through the number.
        yield f'<rect x="{x - half:.1f}" y="{y - 23:.1f}" width="{2 * half:.1f}" height="26" fill="#ffffff"/>'
        yield _text(x, y, text, bold=True)


def _baseline(shown: Series, average: Series | None, k: int) -> float:
    """Above the point; where the average lies above it below, or above the average where there is no room below."""
    above = _y(shown.high[k]) - 15
    if average is None or shown.times[k] not in average.times:
        return above
    theirs = average.high[average.times.index(shown.times[k])]
    if theirs < shown.high[k] or _y(theirs) < above - 36:
        return above
    below = _y(shown.low[k]) + 36
    return below if below <= BOTTOM - 4 else _y(theirs) - 17


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{INK}"/>'


def _square(x: float, y: float) -> str:
    return (
        f'<rect x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14" fill="#ffffff" stroke="{SOFT}" '
        'stroke-width="3.5"/>'
    )
