"""The checks that an explanation must pass before anybody reads it, in the space it is shown in."""

from __future__ import annotations

import numpy as np

from cds.core.explanation import Check, Space

LIMIT = 1e-6


def additivity(gap: float, space: Space, unit: str) -> Check:
    """Whether base + Σ values equals the adapter's own prediction; ``gap`` is the distance in ``space``."""
    shown, limit = _shown(gap, space), _shown(LIMIT, space)
    unit = _unit(space, unit)
    if gap <= LIMIT:
        sentence = f"The contributions add up to the model's estimate (limit {limit} {unit})."
        return Check("additivity", gap, LIMIT, True, sentence)
    sentence = (
        f"Explanation withheld: the contributions differ from the model's estimate by {shown} {unit} "
        f"(limit {limit}). The estimate is unchanged. Do not infer reasons for it."
    )
    return Check("additivity", gap, LIMIT, False, sentence)


def repeatability(gap: float, space: Space, unit: str) -> Check:
    """Whether separate calls agree about the same inputs; ``gap`` is the largest distance in ``space``."""
    shown, limit = _shown(gap, space), _shown(LIMIT, space)
    unit = _unit(space, unit)
    if gap <= LIMIT:
        sentence = f"The model gave the same estimates for the same inputs (limit {limit} {unit})."
        return Check("repeatability", gap, LIMIT, True, sentence)
    sentence = (
        "Explanation withheld: asked again about the same inputs, the model's estimates differ by up to "
        f"{shown} {unit} (limit {limit}). Do not infer reasons for the estimate."
    )
    return Check("repeatability", gap, LIMIT, False, sentence)


def _unit(space: Space, unit: str) -> str:
    return {"probability": "points", "log_odds": "log-odds"}.get(space, unit or "units")


def _shown(value: float, space: Space) -> str:
    scaled = 100 * value if space == "probability" else value
    return str(np.format_float_positional(float(f"{scaled:.2g}"), trim="-"))
