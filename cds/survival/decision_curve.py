"""The decision curve at a horizon: net benefit of the model, of treating all and of treating none, over thresholds."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cds.core.finding import Curve
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.intervals import weighted_quantiles
from cds.survival.net_benefit import net_benefit, net_benefit_interval, net_benefit_treat_all

SHORTEST = 0.05  # of the range, where every risk is small


class Benefits(NamedTuple):
    """What the curve is made of: net benefit of the model, its interval, and net benefit of treating all."""

    model: Callable[..., float | NotEstimable]
    interval: Callable[..., Interval | NotEstimable]
    treat_all: Callable[..., float | NotEstimable]


BY_KAPLAN_MEIER = Benefits(net_benefit, net_benefit_interval, net_benefit_treat_all)


def highest_risk(sample: CompetingRisksSample, horizon: float) -> float:
    """The 99 % quantile of the risks by the horizon, beyond which a threshold concerns nobody."""
    return float(weighted_quantiles(sample.at(horizon).risk_now, sample.weights, [0.99])[0])


def _point(
    benefits: Benefits, sample: CompetingRisksSample, horizon: float, threshold: float, level: float
) -> tuple[float, float, float]:
    """Net benefit and its bounds, on a sample of its own: what it caches goes with it; NaN where there is none."""
    own = sample.reweight(sample.weight)
    value = benefits.model(own, horizon, threshold)
    if isinstance(value, NotEstimable):
        return np.nan, np.nan, np.nan
    interval = benefits.interval(own, value, level, horizon, threshold) if sample.analytic else None
    return (value, interval.low, interval.high) if isinstance(interval, Interval) else (value, np.nan, np.nan)


def decision_curve(
    sample: CompetingRisksSample,
    horizon: float,
    thresholds: tuple[float, ...],
    level: float,
    *,
    highest: float | None = None,
    benefits: Benefits = BY_KAPLAN_MEIER,
) -> Curve | NotEstimable:
    """From 1 % to the largest risk that matters (the 99 % quantile, or past the protocol's thresholds), by 1 %.

    Bounds are pointwise Wald; NaN where the sample has no analytic interval or nobody is flagged. Not estimable where
    no follow-up reaches the horizon.
    """
    highest = highest_risk(sample, horizon) if highest is None else highest
    top = min(0.99, max([highest, SHORTEST, *(t + 0.1 for t in thresholds)]))
    grid = np.round(np.arange(0.01, top + 0.005, 0.01), 2)
    everyone = [benefits.treat_all(sample, horizon, t) for t in grid.tolist()]
    if isinstance(everyone[0], NotEstimable):
        return everyone[0]
    model, low, high = zip(*(_point(benefits, sample, horizon, t, level) for t in grid.tolist()), strict=True)
    columns = {
        "threshold": grid,
        "model": model,
        "low": low,
        "high": high,
        "treat_all": everyone,
        "treat_none": np.zeros(len(grid)),
    }
    span = sample.at(horizon).span
    note = "pointwise Wald interval" if sample.analytic else "no interval is drawn for weighted or clustered data"
    if np.isnan(model).any():
        note += "; where the line is broken, no follow-up of those with such risks reaches the horizon"
    return Curve(
        "decision", "utility", f"Decision curve at {span}",
        {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()},
        x_label="Threshold risk at which one would act", y_label="Net benefit",
        note=note,
        facts={"thresholds": list(thresholds), "level": level, "horizon": horizon, "of": span},
    )  # fmt: skip
