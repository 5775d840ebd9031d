"""Defined but suspicious inputs: outside the plausible range, or written in another unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.model_card import Feature, ModelCard
from cds.stats.recorded import recorded
from cds.stats.units import mistaken_units


@dataclass(frozen=True)
class InputSuspicion:
    """A defined but suspicious input.

    ``code`` is ``out_of_range`` or ``wrong_unit``; ``rows`` are positions from 0.
    """

    code: str
    input: str
    rows: tuple[int, ...]
    sentence: str
    likely_cause: str = ""


def suspicions(card: ModelCard, features: pd.DataFrame) -> list[InputSuspicion]:
    """Values outside the card's plausible ranges, and inputs that seem to be written in another unit.

    Only numbers and integers with a declared range are looked at; undefined values are left to
    prepare_inputs, and declared codes for missing are no values. No value from the data is quoted.
    """
    return [
        found
        for feature in card.inputs
        if feature.range and feature.type in ("number", "integer") and feature.name in features
        for found in _suspicions(feature, *feature.range, recorded(feature, features[feature.name]))
    ]


def _suspicions(feature: Feature, low: float, high: float, column: pd.Series) -> Iterator[InputSuspicion]:
    numeric = pd.to_numeric(column.astype(object), errors="coerce")
    values = numeric.to_numpy(dtype=np.float64, na_value=np.nan)
    outside = tuple(np.flatnonzero((values < low) | (values > high)).tolist())
    if not outside:
        yield from _shrunken_scale(feature, values)
        return
    present = int(np.isfinite(values).sum())
    sentence = (
        f"{feature.title}: {len(outside)} of {present} values lie outside the plausible range "
        f"{low:g} to {high:g} {feature.unit}".rstrip()
        + "."
    )
    unit = _likely_unit(feature.unit, low, high, values) if len(outside) > present / 2 else ""
    if unit:
        yield InputSuspicion("wrong_unit", feature.name, outside, sentence, f"perhaps written in {unit}")
    else:
        yield InputSuspicion("out_of_range", feature.name, outside, sentence)


def _likely_unit(unit: str, low: float, high: float, values: FloatArray) -> str:
    given = values[np.isfinite(values)]
    inside = {
        name: float(np.mean((given * factor >= low) & (given * factor <= high)))
        for name, factor in mistaken_units(unit, low, high)
    }
    best = max(inside.values(), default=0.0)
    return " or ".join(name for name, share in inside.items() if share == best) if best >= 0.9 else ""


def _shrunken_scale(feature: Feature, values: FloatArray) -> Iterator[InputSuspicion]:
    # A 0–10 answer is inside 0–100, so the range alone cannot tell; twenty answers that all stay below can.
    if feature.range != (0, 100):
        return
    given = values[np.isfinite(values)]
    if len(given) < 20 or not 0 < given.max() <= 10:
        return
    top = 1 if given.max() <= 1 else 10
    rows = tuple(np.flatnonzero(np.isfinite(values)).tolist())
    sentence = f"{feature.title}: all values lie between 0 and {top} on a scale from 0 to 100."
    cause = f"perhaps written on a scale from 0 to {top}"
    yield InputSuspicion("wrong_unit", feature.name, rows, sentence, cause)
