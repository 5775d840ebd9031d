"""The checks of the numbers themselves: contributions add up, and the same inputs give the same estimate."""

from __future__ import annotations

from cds.core.explanation import Check


def additivity(gap: float, limit: float) -> Check:
    """Whether base + Σ values equals the adapter's own prediction; ``gap`` is the distance in the space explained."""
    return Check("additivity", gap, limit, gap <= limit)


def repeatability(gap: float, limit: float) -> Check:
    """Whether separate calls agree about the same inputs; ``gap`` is the largest distance in the model's own unit."""
    return Check("repeatability", gap, limit, gap <= limit)
