"""The page's small drawings as safe markup: bars; every text in them is escaped."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

INK, SOFT, RULE, TEXT = "#12406f", "#56616e", "#c9d1d9", "#3d4854"


@dataclass(frozen=True)
class KeyLine:
    """One line beside a drawing: a small drawing of its own and what it stands for."""

    drawing: Markup
    text: str


def drawing(shapes: str, *, width: float, height: float, alt: str, name: str) -> Markup:
    """Shapes of ours in an SVG with its alternative text as the title."""
    from markupsafe import Markup

    from cds.report.html import clean

    title = html.escape(clean(alt))
    return Markup(  # noqa: S704  # numbers and our own shapes; the only text is escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="0 0 {width:g} {height:g}" role="img">'
        f"<title>{title}</title>{shapes}</svg>"
    )


def share_bar(low: float, high: float, *, alt: str) -> Markup:
    """A bar from 0 to ``low`` of 1, with the part up to ``high`` only outlined (none where they are equal)."""
    frame = f'<rect x="0.5" y="0.5" width="199" height="9" fill="#ffffff" stroke="{RULE}"/>'
    sure = f'<rect x="0.5" y="0.5" width="{199 * low:.1f}" height="9" fill="{INK}"/>'
    between = 199 * (high - low)
    unsure = (
        f'<rect x="{0.5 + 199 * low:.1f}" y="1" width="{between:.1f}" height="8" fill="#ffffff" '
        f'stroke="{INK}" stroke-dasharray="2 1.5"/>'
        if between > 0
        else ""
    )
    return drawing(frame + sure + unsure, width=200, height=10, alt=alt, name="bar")


def signed_bar(share: float, *, alt: str) -> Markup:
    """A bar from the middle: filled to the right for a positive share of 1, outlined to the left for a negative."""
    length = 48 * min(abs(share), 1.0)
    axis = f'<line x1="50" y1="0" x2="50" y2="10" stroke="{SOFT}" stroke-width="0.8"/>'
    if share >= 0:
        bar = f'<rect x="50" y="1.5" width="{length:.1f}" height="7" fill="{INK}"/>'
    else:
        bar = (
            f'<rect x="{50 - length:.1f}" y="2" width="{length:.1f}" height="6" fill="#ffffff" '
            f'stroke="{INK}" stroke-width="1"/>'
        )
    return drawing(bar + axis, width=100, height=10, alt=alt, name="signed-bar")


def bar_key(kind: str, *, alt: str) -> Markup:
    """A short bar for the key: ``raised`` filled, ``lowered`` outlined."""
    fill = INK if kind == "raised" else "#ffffff"
    bar = f'<rect x="0.5" y="1.5" width="19" height="7" fill="{fill}" stroke="{INK}"/>'
    return drawing(bar, width=20, height=10, alt=alt, name="bar-key")
