"""What the end of follow-up leaves to be said about a horizon: a reason where it comes too early."""

from __future__ import annotations

import numpy as np

from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.kaplan_meier import kaplan_meier, risk_table

NOTHING = 1e-9  # of those at risk: less is rounding of weights


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
    """The reason against observed risk at the sample's horizon where no follow-up reaches it; None where one does.

    With delayed entry, the follow-up that reaches it may be that of patients who entered too late for the curve.
    """
    last, horizon = sample.last_time, sample.horizon
    if horizon is None:
        return None
    if last >= horizon:
        return refused_after_an_early_end(sample)
    usable = f"the latest usable horizon is {last:g} {sample.time_unit}".rstrip()
    return NotEstimable(f"no follow-up reaches {sample.span}; {usable}")


def refused_after_an_early_end(sample: CompetingRisksSample) -> NotEstimable | None:
    """The reason against Kaplan–Meier where it falls to 0 by the horizon and others enter only afterwards; else None.

    Only delayed entry does that: the product is 0 ever after, whatever happens to those who come later.
    """
    when = early_end(sample)
    if when is None:
        return None
    unit = sample.time_unit.removesuffix("s") if when == 1 else sample.time_unit
    return NotEstimable(
        f"at {f'{when:g} {unit}'.rstrip()} all of the few patients then at risk had had an event, while others entered "
        "later: Kaplan–Meier is 0 from then on and says nothing of them"
    )


def early_end(sample: CompetingRisksSample) -> float | None:
    """When Kaplan–Meier falls to 0 by the horizon while others enter only afterwards; None where it does not."""
    if sample.entry is None or sample.horizon is None:
        return None
    table, survival = risk_table(sample), kaplan_meier(sample)
    emptied = (table.ended > 0) & (table.at_risk - table.ended <= NOTHING * table.at_risk)
    first = np.flatnonzero(emptied & (survival.time <= sample.horizon))
    if not len(first) or sample.last_time <= table.time[first[0]]:
        return None
    return float(table.time[first[0]])


def refused_with_entry(sample: CompetingRisksSample, what: str) -> NotEstimable | None:
    """The reason against a measure that has no convention for delayed entry; None without delayed entry."""
    if sample.entry is None:
        return None
    return NotEstimable(f"{what} has no convention for patients who enter follow-up late (left truncation)")
