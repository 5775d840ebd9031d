"""What a figure's note says in plain words, the technical term in parentheses."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.report.wording import Sentences


def plain_note(curve: Curve, words: Sentences, *, weighted: bool = False, zoom: str = "", cut: bool = False) -> str:
    """The curve's note in the catalogue's words, part by part; a part that the catalogue lacks stays as it is.

    ``weighted`` adds that counts are sums of weights, ``zoom`` where an axis ends short of 1, ``cut`` what the sign
    at the upper edge means.
    """
    parts = [part.strip() for part in curve.note.split(";") if part.strip()]
    told = [words.get(f"curve_note.{part}", _as_sentence(part)) for part in parts]
    told += [zoom] if zoom else []
    told += [words("figure.cut")] if cut else []
    told += [words("figure.weighted")] if weighted else []
    return " ".join(told)


def has_band(curve: Curve) -> bool:
    """Whether the curve has an interval anywhere."""
    bounds = [np.asarray(curve.columns[name], dtype=np.float64) for name in ("low", "high") if name in curve.columns]
    return len(bounds) == 2 and bool(np.isfinite(bounds[0] + bounds[1]).any())


def _as_sentence(part: str) -> str:
    return part[:1].upper() + part[1:].rstrip(".") + "."
