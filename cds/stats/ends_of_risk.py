"""What becomes of risks of exactly 0 or 1 in a curve whose scale is infinite there."""

from __future__ import annotations

from cds.core.arrays import FloatArray

ENDS = "risks of exactly 0 or 1 are not drawn"


def off_the_ends(risk: FloatArray, clip: tuple[float, float] | None) -> FloatArray:
    """The risks that have a logit and a log(−log): those between 0 and 1, or all where the protocol declares a clip.

    >>> import numpy as np
    >>> off_the_ends(np.array([0.0, 0.5, 1.0]), None), off_the_ends(np.array([0.5, 1.0]), (0.01, 0.99))
    (array([0.5]), array([0.5, 1. ]))
    """
    return risk if clip else risk[(risk > 0) & (risk < 1)]


def note_of_ends(risk: FloatArray, clip: tuple[float, float] | None) -> str:
    """What a curve's note adds where some of these risks are not drawn; empty where all are."""
    return f"; {ENDS}" if len(off_the_ends(risk, clip)) < len(risk) else ""
