"""The calibration curve of survival predictions at a horizon, with its pointwise interval."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from cds.core.sample_times import SurvivalSample
from cds.core.study import OVERALL, Subgroup
from cds.stats.cloglog import follow_up_details
from cds.stats.ends_of_risk import note_of_ends, off_the_ends
from cds.stats.intervals import normal_quantile
from cds.survival.smoothed_risk import SMOOTHER, smoothed

POINTS = 101


def calibration_curve(
    sample: SurvivalSample,
    horizon: float,
    level: float,
    subgroup: Subgroup = OVERALL,
    *,
    grid: FloatArray | None = None,
) -> Curve | NotEstimable:
    """Observed risk by the horizon along the range of the predicted risks, by the smoother of the distances.

    ``grid`` are the risks to draw at, by default over their range; without a clip, those of exactly 0 or 1, whose
    log(−log) is infinite, are left out, and the note says so.

    Bounds are pointwise Wald on log(−log(1 − o)), the baseline's error included, as R's
    survfit(coxph, conf.type = "log-log"); NaN for weighted or clustered rows.
    """
    sample = sample.at(horizon)
    fitted = smoothed(sample)
    if isinstance(fitted, NotEstimable):
        return fitted
    present = sample.weight > 0
    used = sample.risk_now[present if fitted.weights is None else fitted.weights > 0]
    grid = np.linspace(used.min(), used.max(), POINTS) if grid is None else off_the_ends(grid, sample.clip)
    low = high = np.full(len(grid), np.nan)
    band = "no interval is drawn for weighted or clustered data"
    if sample.analytic:
        low, high = fitted.band(grid, normal_quantile(level))
        band = "pointwise Wald interval on the complementary log-log scale"
    return Curve(
        "calibration", "calibration", f"Calibration at {sample.span}",
        {"risk": grid, "observed": fitted.at(grid), "low": low, "high": high},
        x_label=f"Predicted risk by {sample.span}", y_label="Observed risk",
        note=f"Cox regression on a three-knot spline of log(−log(1 − risk)); {band}"
        f"{note_of_ends(sample.risk_now[present], sample.clip)}",
        attribute=subgroup.attribute, group=subgroup.level,
        facts={
            "horizon": horizon, "of": sample.span, "smoother": SMOOTHER, "n": int(present.sum()),
            "events": int(sample.happened[present].sum()), "level": level, **follow_up_details(sample),
        },
    )  # fmt: skip
