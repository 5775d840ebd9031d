"""Groups' proportions, whose difference has Newcombe's hybrid score interval."""

from __future__ import annotations

from cds.core.measure import Estimate, Interval
from cds.stats.newcombe import NEWCOMBE, Proportion, newcombe

__all__ = ["NEWCOMBE", "Proportion", "newcombe", "proportion_of"]


def proportion_of(result: Estimate) -> Proportion | None:
    """Successes and total of an estimate whose interval is Wilson's; None for any other."""
    interval = result.interval
    if not isinstance(interval, Interval) or interval.method != "wilson" or "denominator" not in interval.details:
        return None
    total = float(interval.details["denominator"])
    return result.value * total, total
