"""Which units are often mistaken for each other, and by what factor: for messages about suspicious inputs."""

from __future__ import annotations

import math

NEARER = 0.25
TWICE = 2.0
# Multiply a value written in the other unit by the factor to obtain the declared one.
_OTHERS: dict[str, tuple[tuple[str, float], ...]] = {
    "cm": (("metres", 100.0), ("inches", 2.54), ("millimetres", 0.1), ("feet", 30.48)),
    "mm": (("centimetres", 10.0), ("metres", 1000.0), ("inches", 25.4)),
    "m": (("centimetres", 0.01), ("inches", 0.0254), ("feet", 0.3048)),
    "kg": (("pounds", 0.45359237), ("grams", 0.001), ("stone", 6.35029318)),
    "years": (("months", 1 / 12), ("days", 1 / 365.25), ("weeks", 7 / 365.25)),
    "months": (("days", 1 / 30.4375), ("weeks", 7 / 30.4375), ("years", 12.0)),
    "weeks": (("days", 1 / 7), ("months", 30.4375 / 7), ("years", 365.25 / 7)),
    "days": (("weeks", 7.0), ("months", 30.4375), ("years", 365.25), ("hours", 1 / 24)),
    "hours": (("minutes", 1 / 60), ("days", 24.0)),
    "minutes": (("hours", 60.0), ("seconds", 1 / 60)),
    "%": (("a fraction from 0 to 1", 100.0),),
}
_NAMES = {
    "cm": "centimetre centimetres centimeter centimeters",
    "mm": "millimetre millimetres millimeter millimeters",
    "m": "metre metres meter meters",
    "kg": "kilogram kilograms",
    "years": "year y yr",
    "months": "month",
    "weeks": "week",
    "days": "day d",
    "hours": "hour h",
    "minutes": "minute min",
    "%": "percent",
}
_SAME = {word: unit for unit, words in _NAMES.items() for word in words.split()}


def mistaken_units(unit: str, low: float, high: float) -> list[tuple[str, float]]:
    """The units that a value may have been written in instead, each with the factor to the declared unit.

    >>> mistaken_units("kg", 30, 250)[0]
    ('pounds', 0.45359237)
    """
    name = unit.strip().lower()
    others = list(_OTHERS.get(_SAME.get(name, name), ()))
    if low == 0 and high in (1, 10, 100):
        others += [(f"a scale from 0 to {top:g}", high / top) for top in (1, 10, 100) if top != high]
    return others


def likely_unit(
    unit: str, here: tuple[float, float, float], developed: tuple[float, float, float], scale: tuple[float, float]
) -> tuple[str, float] | None:
    """The unit that explains why the middle of the values lies far from development's; None where none does.

    ``here`` and ``developed`` are low quantile, median and high quantile; ``scale`` the ends of the scale, for units of
    scales from 0 to 10 and the like. The median must lie outside development's two quantiles, and after conversion
    inside them, nearer than a quarter of the distance on the log scale, with a spread within a factor of two.

    >>> likely_unit("cm", (61, 67, 73), (155, 170, 185), (0, 0))
    ('inches', 2.54)
    >>> likely_unit("cm", (150, 160, 175), (155, 170, 185), (0, 0)) is None
    True
    """
    low, middle, high = developed
    if min(here[1], middle) <= 0 or low <= here[1] <= high:
        return None
    found = []
    for name, factor in mistaken_units(unit, *scale):
        far, near = abs(math.log(here[1] / middle)), abs(math.log(here[1] * factor / middle))
        spread = factor * (here[2] - here[0]) / (high - low) if high > low else 0.0
        if low <= here[1] * factor <= high and near < NEARER * far and 1 / TWICE <= spread <= TWICE:
            found.append((near, name, factor))
    return min(found)[1:] if found else None
