"""Interval widths of a continuous outcome's measures in n patients, and the n that reaches a target width.

Archer et al. 2021, doi:10.1002/sim.8766: closed forms of R², calibration-in-the-large, slope and residual spread.
"""

from __future__ import annotations

from math import sqrt

from cds.planning.risks import share_between
from cds.planning.search import smallest
from cds.stats.intervals import normal_quantile


def width_of_r_squared(n: float, *, r_squared: float, level: float = 0.95) -> float:
    """Width of the interval of R²: 2z·√(4R²(1−R²)²/n) (criterion i)."""
    return 2 * normal_quantile(level) * sqrt(4 * r_squared * (1 - r_squared) ** 2 / n)


def size_for_r_squared(r_squared: float, width: float, *, level: float = 0.95) -> int:
    """The smallest n whose interval of R² is no wider than ``width``.

    >>> size_for_r_squared(0.5, 0.1)
    769
    """
    share_between(r_squared, "R²")
    return smallest(lambda n: width_of_r_squared(n, r_squared=r_squared, level=level), width)


def width_of_calibration_in_the_large(n: float, *, r_squared: float, sd: float, level: float = 0.95) -> float:
    """Width of the interval of mean(observed − predicted): 2z·√(sd²(1−R²)/n), sd of the outcome (criterion ii)."""
    return 2 * normal_quantile(level) * sd * sqrt((1 - r_squared) / n)


def size_for_calibration_in_the_large(r_squared: float, sd: float, width: float, *, level: float = 0.95) -> int:
    """The smallest n whose interval of calibration-in-the-large is no wider than ``width``, in the outcome's unit."""
    share_between(r_squared, "R²")
    return smallest(
        lambda n: width_of_calibration_in_the_large(n, r_squared=r_squared, sd=sd, level=level),
        width,
    )


def width_of_calibration_slope(n: float, *, r_squared: float, slope: float = 1.0, level: float = 0.95) -> float:
    """Width of the interval of the slope: 2z·slope·√((1−R²)/(R²(n−1))) (criterion iii)."""
    return 2 * normal_quantile(level) * slope * sqrt((1 - r_squared) / (r_squared * (n - 1)))


def size_for_calibration_slope(r_squared: float, width: float, *, slope: float = 1.0, level: float = 0.95) -> int:
    """The smallest n whose interval of the calibration slope is no wider than ``width``."""
    share_between(r_squared, "R²")
    return smallest(lambda n: width_of_calibration_slope(n, r_squared=r_squared, slope=slope, level=level), width)


def margin_of_residual_sd(n: float, *, level: float = 0.95) -> float:
    """How many times too large or small the residual standard deviation may be estimated.

    max(√(df/χ²_low), √(χ²_high/df)) with df = n − 2, of the model with intercept and slope, and the quantiles of χ²
    that enclose ``level`` (criterion iv).
    """
    from scipy.special import chdtri

    df, tail = n - 2, (1 - level) / 2
    low, high = float(chdtri(df, 1 - tail)), float(chdtri(df, tail))
    return max(sqrt(df / low), sqrt(high / df))


def size_for_residual_sd(margin: float = 1.1, *, level: float = 0.95) -> int:
    """The smallest n that estimates the residual standard deviation within this multiplicative margin (above 1).

    >>> size_for_residual_sd(1.1)
    235
    """
    return smallest(lambda n: margin_of_residual_sd(n, level=level) - 1, margin - 1, least=4)
