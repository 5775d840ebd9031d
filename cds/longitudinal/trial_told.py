"""What a trial showed, in one sentence: a null result with its interval, never as equivalence."""

from __future__ import annotations

from typing import Literal

from cds.core.measure import Estimate, NotEstimable, Result
from cds.core.protocol_trial import Better

Quantity = Literal["points", "risk"]


def told(result: Result, *, unit: str = "", better: Better = "lower", quantity: Quantity = "points") -> str:
    """The sentence that an effect and its interval allow.

    An interval that holds 0 shows no effect and rules none out but those beyond its bounds; it is not evidence that
    the arms are alike. Altman & Bland 1995, doi:10.1136/bmj.311.7003.485.
    """
    if isinstance(result, NotEstimable):
        return f"There is no estimate of the effect: {result.reason}."
    scale, unit = (100.0, "percentage points") if quantity == "risk" else (1.0, unit)
    value = _number(result.value, scale, result)
    size = f"The difference was {value} {unit}".rstrip()
    interval = result.interval
    if isinstance(interval, NotEstimable):
        return f"{size}, without an interval ({interval.reason}): what the trial shows cannot be told from it."
    low, high = _number(interval.low, scale, result), _number(interval.high, scale, result)
    size = f"{size} ({100 * interval.level:g} % interval {low} to {high})"
    if interval.low > 0 or interval.high < 0:
        for_the_better = (interval.low > 0) == (better == "higher")
        return f"{size}: {'better' if for_the_better else 'worse'} than under the control."
    return f"{size}: the trial did not show an effect; {_not_excluded(interval.low, interval.high, scale, result)}"


def _not_excluded(low: float, high: float, scale: float, result: Estimate) -> str:
    down, up = _number(abs(low), scale, result), _number(abs(high), scale, result)
    if down == up:
        return f"effects as large as {up} either way are not excluded, so this does not show that the arms are alike."
    return (
        f"effects from {_number(low, scale, result)} to {_number(high, scale, result)} are not excluded, so this does "
        "not show that the arms are alike."
    )


def _number(value: float, scale: float, result: Estimate) -> str:
    """With as many decimals as the interval deserves: a fifth of its width shows, and a bound beside 0 is not 0."""
    interval = result.interval
    if isinstance(interval, NotEstimable):
        shown = [abs(result.value)]
    else:
        shown = [(interval.high - interval.low) / 5, abs(interval.low), abs(interval.high)]
    finest = scale * min((x for x in shown if x > 0), default=1.0)
    decimals = next((d for d in range(1, 5) if finest * 10**d >= 0.5), 5)
    text = f"{scale * value:.{decimals}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "−")
