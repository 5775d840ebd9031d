"""A hundred circles for a hundred people: filled, half-filled or outlined, so that no colour is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cds.report.small_drawings import INK, SOFT, drawing

if TYPE_CHECKING:
    from markupsafe import Markup

_PITCH, _RADIUS = 10, 3.7


def icon_array(filled: int, unsure: int, *, alt: str) -> Markup:
    """``filled`` filled circles, then ``unsure`` half-filled ones, the rest of 100 outlined; ten to a row."""
    shapes = (_circle(k, "filled" if k < filled else "half" if k < filled + unsure else "open") for k in range(100))
    return drawing("".join(shapes), width=100, height=100, alt=alt, name="icons")


def key_icon(kind: str, *, alt: str) -> Markup:
    """One circle, for the key beside the array."""
    return drawing(_circle(0, kind), width=10, height=10, alt=alt, name="key")


def _circle(place: int, kind: str) -> str:
    x, y = _PITCH * (place % 10) + 5, _PITCH * (place // 10) + 5
    if kind == "filled":
        return f'<circle cx="{x}" cy="{y}" r="{_RADIUS + 0.6}" fill="{INK}"/>'
    ring = f'<circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="#ffffff" stroke="{SOFT}" stroke-width="0.9"/>'
    if kind == "open":
        return ring
    r = _RADIUS
    return ring + f'<path d="M {x} {y - r} A {r} {r} 0 0 0 {x} {y + r} Z" fill="{INK}"/>'
