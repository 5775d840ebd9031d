"""What the end of follow-up leaves to be said about a horizon: a reason where it comes too early."""

from __future__ import annotations

from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample


def refused_without_anyone_beyond(sample: CompetingRisksSample) -> NotEstimable | None:
    """The reason against weighting by the censoring distribution at the sample's horizon; None where it can be done.

    Somebody must have been observed beyond the horizon. At exactly the end of follow-up nobody is known to have had
    no event, and the weights of those who are left are undefined.
    """
    last, horizon = sample.last_time, sample.horizon
    if horizon is None or last > horizon:
        return None
    usable = f"the latest usable horizon lies before {last:g} {sample.time_unit}".rstrip()
    return NotEstimable(f"nobody is followed beyond {sample.span}; {usable}")


def refused_after_the_end(sample: CompetingRisksSample) -> NotEstimable | None:
    """The reason against observed risk at the sample's horizon where no follow-up reaches it; None where one does."""
    last, horizon = sample.last_time, sample.horizon
    if horizon is None or last >= horizon:
        return None
    usable = f"the latest usable horizon is {last:g} {sample.time_unit}".rstrip()
    return NotEstimable(f"no follow-up reaches {sample.span}; {usable}")


def refused_with_entry(sample: CompetingRisksSample, what: str) -> NotEstimable | None:
    """The reason against a measure that has no convention for delayed entry; None without delayed entry."""
    if sample.entry is None:
        return None
    return NotEstimable(f"{what} has no convention for patients who enter follow-up late (left truncation)")
