"""What is drawn about predictions with competing events: calibration, tenths, risk groups and decisions."""

from __future__ import annotations

from functools import partial

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import OVERALL, Subgroup
from cds.stats.aalen_johansen import aalen_johansen, incidence_se
from cds.stats.cloglog import follow_up_details
from cds.stats.ends_of_risk import note_of_ends, off_the_ends
from cds.stats.intervals import normal_quantile
from cds.survival import decision_curve as of_decisions
from cds.survival import risk_groups as of_groups
from cds.survival.competing_distances import SMOOTHER
from cds.survival.competing_net_benefit import net_benefit, net_benefit_interval, net_benefit_treat_all
from cds.survival.competing_smoothers import SubdistributionRisk, fine_gray_curve, pseudo_value_curve
from cds.survival.decision_curve import Benefits
from cds.survival.risk_groups import Observed

POINTS = 101
BAND = "intervals on log(−log(1 − F)) by the infinitesimal jackknife"


def calibration_curve(
    sample: CompetingRisksSample,
    horizon: float,
    level: float,
    subgroup: Subgroup = OVERALL,
    *,
    grid: FloatArray | None = None,
) -> Curve | NotEstimable:
    """Observed risk by the horizon along the range of the risks, by Fine–Gray and by loess of pseudo-values.

    ``grid`` are the risks to draw at, by default over their range; without a clip, those of exactly 0 or 1, whose
    log(−log) is infinite, are left out, and the note says so.
    Columns ``risk``, ``observed`` (Fine–Gray) with ``low`` and ``high``, ``observed_pseudo``. Bounds are pointwise
    Wald with robust errors, NaN for weighted or clustered rows; ``observed_pseudo`` is NaN where there is no loess,
    and ``facts["no_pseudo"]`` says why.
    """
    view = sample.at(horizon)
    fitted = fine_gray_curve(view)
    if isinstance(fitted, NotEstimable):
        return fitted
    present = view.weight > 0
    used = view.risk_now[present if fitted.weights is None else fitted.weights > 0]
    grid = np.linspace(used.min(), used.max(), POINTS) if grid is None else off_the_ends(grid, view.clip)
    low, high, band = _band(view, fitted, grid, level)
    beside = pseudo_value_curve(view)
    reason = {"no_pseudo": beside.reason} if isinstance(beside, NotEstimable) else {}
    pseudo = np.full(len(grid), np.nan) if isinstance(beside, NotEstimable) else beside.at(grid)
    return Curve(
        "calibration", "calibration", f"Calibration at {view.span}",
        {"risk": grid, "observed": fitted.at(grid), "low": low, "high": high, "observed_pseudo": pseudo},
        x_label=f"Predicted risk by {view.span}", y_label="Observed risk",
        note=f"Fine–Gray regression on a three-knot spline of log(−log(1 − risk)), {band}; beside it local regression "
        f"of pseudo-values{note_of_ends(view.risk_now[present], view.clip)}",
        attribute=subgroup.attribute, group=subgroup.level,
        facts={
            "horizon": horizon, "of": view.span, "smoother": SMOOTHER, "cause": view.cause, "n": int(present.sum()),
            "events": int(view.happened[present].sum()), "level": level, **follow_up_details(view), **reason,
        },
    )  # fmt: skip


def _band(
    view: CompetingRisksSample, fitted: SubdistributionRisk, grid: FloatArray, level: float
) -> tuple[FloatArray, FloatArray, str]:
    if not view.analytic:
        nothing = np.full(len(grid), np.nan)
        return nothing, nothing, "no interval is drawn for weighted or clustered data"
    low, high = fitted.band(grid, normal_quantile(level))
    return low, high, "pointwise Wald interval on the complementary log-log scale, robust errors"


def incidence_with_bounds(
    sample: CompetingRisksSample, when: FloatArray, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Aalen–Johansen at each time with pointwise bounds on log(−log(1 − F)); NaN where F is 0 or 1, or rows weigh."""
    incidence = aalen_johansen(sample).at(when)
    inside = (incidence > 0) & (incidence < 1) & sample.analytic
    se = np.array([incidence_se(sample, t) if ok else 0.0 for t, ok in zip(when.tolist(), inside, strict=True)])
    free = np.where(inside, 1 - incidence, 0.5)
    hazard = -np.log(free)
    factor = np.exp(normal_quantile(level) * se / (free * hazard))
    low, high = (np.where(inside, -np.expm1(-bound), np.nan) for bound in (hazard / factor, hazard * factor))
    return incidence, low, high


BY_AALEN_JOHANSEN = Observed(incidence_with_bounds, "Aalen–Johansen", BAND)
BENEFITS = Benefits(net_benefit, net_benefit_interval, net_benefit_treat_all)

tenths = partial(of_groups.tenths, observed=BY_AALEN_JOHANSEN)
risk_groups = partial(of_groups.risk_groups, observed=BY_AALEN_JOHANSEN)
decision_curve = partial(of_decisions.decision_curve, benefits=BENEFITS)
highest_risk = of_decisions.highest_risk
