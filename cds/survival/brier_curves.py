"""The Brier score and the index of prediction accuracy over time."""

from __future__ import annotations

import numpy as np

from cds.core.finding import Curve
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import OVERALL, Subgroup
from cds.stats.censoring_weights import censoring_assumption
from cds.survival.brier import brier, brier_interval, brier_null, ipa


def brier_curve(sample: CompetingRisksSample, level: float, subgroup: Subgroup = OVERALL) -> Curve | NotEstimable:
    """At each time with risks: the model's Brier score, that of the observed risk, and IPA.

    Columns ``time``, ``brier``, ``low``, ``high``, ``brier_null``, ``ipa``. Bounds are pointwise Wald, NaN where the
    sample has no analytic interval; IPA is NaN before the first event. Times beyond which nobody is followed are left
    out; where none is left, the reason.
    """
    times = [time for time in sample.grid or sample.horizons if time > 0 and time in sample.horizons]
    points, last = [], NotEstimable("there are no risks at any time of the grid")
    for time in times:
        score = brier(sample, time)
        if isinstance(score, NotEstimable):
            last = score
        else:
            points.append((time, score, *_bounds(sample, score, level, time), *_scaled(sample, time)))
    if not points:
        return last
    names = ("time", "brier", "low", "high", "brier_null", "ipa")
    observed = "Kaplan–Meier" if sample.kind == "survival" else "Aalen–Johansen"
    band = "pointwise Wald interval at each time"
    if not sample.analytic:
        band = "no interval is drawn for weighted or clustered data"
    return Curve(
        "brier_over_time", "overall", "Brier score and index of prediction accuracy over time",
        {name: np.array(column) for name, column in zip(names, zip(*points, strict=True), strict=True)},
        x_label=f"Time ({sample.time_unit})" if sample.time_unit else "Time", y_label="Brier score",
        note=f"{band}; beside it the Brier score of the {observed} risk; {censoring_assumption(sample)}",
        attribute=subgroup.attribute, group=subgroup.level,
        facts={
            "level": level, "n": len(sample), "time_unit": sample.time_unit, "null": observed,
            "left_out": [time for time in times if time not in {point[0] for point in points}],
        },
    )  # fmt: skip


def _bounds(sample: CompetingRisksSample, value: float, level: float, time: float) -> tuple[float, float]:
    interval = brier_interval(sample, value, level, time) if sample.analytic else None
    return (interval.low, interval.high) if isinstance(interval, Interval) else (np.nan, np.nan)


def _scaled(sample: CompetingRisksSample, time: float) -> tuple[float, float]:
    null, scaled = brier_null(sample, time), ipa(sample, time)
    return tuple(np.nan if isinstance(found, NotEstimable) else found for found in (null, scaled))  # type: ignore[return-value]
