"""The decision curve: net benefit of the model, of treating all and of treating none, over a range of thresholds."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.core.measure import Interval
from cds.core.sample_binary import BinarySample
from cds.stats.intervals import weighted_quantiles
from cds.utility.net_benefit import net_benefit, net_benefit_interval, net_benefit_treat_all

SHORTEST = 0.05  # of the range, where every risk is small


def highest_risk(sample: BinarySample) -> float:
    """The 99 % quantile of the risks, beyond which a threshold concerns nobody."""
    return float(weighted_quantiles(sample.risk, sample.weights, [0.99])[0])


def _point(sample: BinarySample, threshold: float, level: float) -> tuple[float, float, float]:
    """Net benefit and its bounds, on a sample of its own: what it caches per patient goes with it."""
    own = sample.where(np.full(len(sample), True))
    value = net_benefit(own, threshold)
    interval = net_benefit_interval(own, value, level, threshold) if sample.analytic else None
    return (value, interval.low, interval.high) if isinstance(interval, Interval) else (value, np.nan, np.nan)


def decision_curve(
    sample: BinarySample, thresholds: tuple[float, ...], level: float, *, highest: float | None = None
) -> Curve:
    """From 1 % to the largest risk that matters (the 99 % quantile, or past the protocol's thresholds), by 1 %.

    Bounds are pointwise Wald; NaN where the sample has no analytic interval or the contributions do not vary.
    """
    highest = highest_risk(sample) if highest is None else highest
    top = min(0.99, max([highest, SHORTEST, *(t + 0.1 for t in thresholds)]))
    grid = np.round(np.arange(0.01, top + 0.005, 0.01), 2)
    model, low, high = zip(*(_point(sample, t, level) for t in grid), strict=True)
    treat_all = [net_benefit_treat_all(sample, t) for t in grid]
    columns = {
        "threshold": grid,
        "model": model,
        "low": low,
        "high": high,
        "treat_all": treat_all,
        "treat_none": np.zeros(len(grid)),
    }
    return Curve(
        "decision", "utility", "Decision curve", {name: np.asarray(values) for name, values in columns.items()},
        x_label="Threshold risk at which one would act", y_label="Net benefit",
        note="pointwise Wald interval" if sample.analytic else "no interval is drawn for weighted or clustered data",
        facts={"thresholds": list(thresholds), "level": level},
    )  # fmt: skip
