"""How a trial's numbers are written in its tables."""

from __future__ import annotations

from cds.core.measure import Interval, NotEstimable, Result
from cds.stats.ancova import WaldTest

FAMILY = "longitudinal"
HIDDEN = (
    " × Small counts are not printed. The numbers of patients and the effects beside them, which the verdict rests on, "
    "are printed, and may let some of them be worked out."
)


def number(value: float) -> str:
    """Two decimals, with a true minus.

    >>> number(-0.204), number(-0.001)
    ('−0.20', '0.00')
    """
    text = f"{value:.2f}"
    return ("0.00" if float(text) == 0 else text).replace("-", "−")


def bounds(found: Interval | NotEstimable) -> str:
    """The bounds, or why there are none."""
    return (
        f"none: {found.reason}" if isinstance(found, NotEstimable) else f"{number(found.low)} to {number(found.high)}"
    )


def written(result: Result) -> str:
    """A value with its bounds, or the reason."""
    if isinstance(result, NotEstimable):
        return f"not estimable: {result.reason}"
    if isinstance(result.interval, NotEstimable):
        return f"{number(result.value)} (no interval: {result.interval.reason})"
    return f"{number(result.value)} ({bounds(result.interval)})"


def counted_as(part: float, whole: float, *, hide: bool = False) -> str:
    """Some of all, with the share.

    >>> counted_as(33, 50)
    '33 of 50 (66 %)'
    """
    if hide:
        return "×"
    return f"{part:g} of {whole:g} ({100 * part / whole:.0f} %)" if whole else "–"


def f_test(found: WaldTest | NotEstimable) -> str:
    """An F test.

    >>> f_test(WaldTest(2.5, 2, 120.0, 0.086))
    'F(2, 120) = 2.50, p = 0.086'
    """
    if isinstance(found, NotEstimable):
        return f"not estimable: {found.reason}"
    p = f"p = {found.p_value:.3f}" if found.p_value >= 0.001 else "p < 0.001"
    return f"F({found.numerator_df}, {found.denominator_df:.4g}) = {found.statistic:.2f}, {p}"
