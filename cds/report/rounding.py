"""How numbers are printed: few decimals, one width per row, a true minus sign, never hiding a crossed bound."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

MOST_DECIMALS = 6
NEAR = 0.01  # of an interval's width
NOTHING = 1e-9  # rounding of the machine, not a difference


def decimals(values: Sequence[float], *, apart: Sequence[float] = ()) -> int:
    """Three decimals, two from 10 on and one from 100 on, so that the numbers of a column read alike.

    ``apart`` holds bounds that a value must not be rounded onto: decimals grow until each unequal pair differs.

    >>> decimals([0.0412]), decimals([1.04, 12.6]), decimals([120.4]), decimals([0.79996], apart=[0.8])
    (3, 2, 1, 5)
    """
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    for digits in range(3 if largest < 10 else 2 if largest < 100 else 1, MOST_DECIMALS):
        if not _hidden(values, apart, digits):
            return digits
    return MOST_DECIMALS


def estimate_decimals(value: float, low: float, high: float, *, apart: Sequence[float] = ()) -> int:
    """Decimals of an estimate with its interval, whose ends must not be rounded onto ``apart``.

    Nor must the estimate, unless it lies within a hundredth of its interval's width of it: that is no difference.

    >>> estimate_decimals(0.00003, -0.318, 0.318, apart=[0.0]), estimate_decimals(0.02, 0.0004, 0.04, apart=[0.0])
    (3, 4)
    """
    near = NEAR * (high - low)
    apart_from_value = [b for b in apart if abs(value - b) > near]
    for digits in range(decimals([value, low, high]), MOST_DECIMALS):
        if not _hidden([low, high], apart, digits) and not _hidden([value], apart_from_value, digits):
            return digits
    return MOST_DECIMALS


def _hidden(values: Sequence[float], bounds: Sequence[float], digits: int) -> bool:
    return any(abs(v - b) > NOTHING and round(v, digits) == round(b, digits) for v in values for b in bounds)


def number(value: float, digits: int | None = None) -> str:
    """A number as a reader sees it.

    >>> number(-0.0412), number(1.2345), number(0.0), number(120.4)
    ('−0.041', '1.234', '0.000', '120.4')
    """
    text = f"{value:.{decimals([value]) if digits is None else digits}f}"
    return "−" + text[1:] if text.startswith("-") and text.strip("-0.") else text.lstrip("-")


def fixed(value: float, digits: int = 2) -> str:
    """A number with so many decimals and a true minus sign.

    >>> fixed(-0.2), fixed(0.1143, 3)
    ('−0.20', '0.114')
    """
    return f"{value:.{digits}f}".replace("-", "−")


def enough_decimals(values: Sequence[float], bounds: Sequence[float]) -> int:
    """Two decimals, or as many more as keep a value from being rounded onto a bound that it does not equal.

    >>> enough_decimals([0.78, 1.24], [0.8, 1.2]), enough_decimals([0.7996], [0.8])
    (2, 4)
    """
    for digits in range(2, MOST_DECIMALS):
        if not any(v != b and round(v, digits) == round(b, digits) for v in values for b in bounds):
            return digits
    return MOST_DECIMALS


def plain(value: float) -> str:
    """A number as its author set it, without trailing zeros: tolerances, thresholds, horizons.

    >>> plain(0.8), plain(-0.4), plain(90.0)
    ('0.8', '−0.4', '90')
    """
    return f"{value:.6g}".replace("-", "−")


def count(value: float) -> str:
    """A count, thousands apart by a comma, as in "per 1,000 patients".

    >>> count(1234)
    '1,234'
    """
    return f"{round(value):,}".replace("-", "−")


def percent(value: float) -> str:
    """A share as a percentage, whole unless small.

    >>> percent(0.304), percent(0.0321), percent(0.0)
    ('30%', '3.2%', '0%')
    """
    points = 100 * value
    return f"{points:.1f}%" if 0 < points < 10 else f"{points:.0f}%"


def per_cent(text: str) -> str:
    """A sentence of the analysis with its percentages as the report writes them.

    >>> per_cent("the 90 % quantile")
    'the 90% quantile'
    """
    return re.sub(r"(?<=\d) %", "%", text)
