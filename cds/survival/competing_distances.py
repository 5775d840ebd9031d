"""Distances between predicted and smoothed observed risk with competing events: ICI, E50, E90 and Emax."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cds.core.measure import Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.cloglog import cloglog_details, follow_up_details
from cds.survival.calibration_distances import Distances
from cds.survival.competing_smoothers import fine_gray_curve, pseudo_value_curve

SMOOTHER = "fine_gray_rcs3"
CONVENTION = (
    "at the patients' own risks; o by Fine–Gray regression (Efron's ties; whoever another event took stays at risk "
    "with weight G(u−)/G(T−), G the reverse Kaplan–Meier) on a restricted cubic spline of log(−log(1 − r)), 3 knots at "
    "the .1 .5 .9 quantiles, frozen in the bootstrap; on follow-up censored at t (follow_up = to_horizon) or on all of "
    "it (all), as the details name, where the same distance by local regression of pseudo-values (loess, local "
    "quadratic, span .75, evaluated directly, cut to 0 and 1) stands too; risks of exactly 0 or 1 are left out: the "
    "value is then descriptive, unless the protocol declares clip, which moves the logarithm, not the risk in the "
    "distance; not estimable with delayed entry. Positive even under perfect calibration: judged by at_most only, "
    "never fails, and is not contrasted between groups; beside it stands what a perfectly calibrated model would show"
)
SOURCE = (
    "Austin, Putter, Giardiello & van Klaveren 2022, doi:10.1186/s41512-021-00114-6; van Geloven 2022, "
    "doi:10.1136/bmj-2021-069249; Fine & Gray 1999, doi:10.1080/01621459.1999.10474144"
)
Summary = Callable[[Distances], float]


def distances(view: CompetingRisksSample) -> Distances | NotEstimable:
    """|r − o(r)| at the sample's horizon by Fine–Gray, computed once for ICI, E50, E90 and Emax."""

    def make() -> Distances | NotEstimable:
        curve = fine_gray_curve(view)
        if isinstance(curve, NotEstimable):
            return curve
        return Distances(np.abs(view.risk_now - curve.observed), curve.weights)

    return view.memo("calibration_distances", make)


def pseudo_value_distances(view: CompetingRisksSample) -> Distances | NotEstimable:
    """|r − o(r)| by local regression of pseudo-values."""
    curve = pseudo_value_curve(view)
    if isinstance(curve, NotEstimable):
        return curve
    return Distances(np.abs(view.risk_now - curve.observed), view.weights)


def _summarised(summary: Summary, sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    found = distances(sample.at(horizon))
    return found if isinstance(found, NotEstimable) else summary(found)


def _details(summary: Summary, sample: CompetingRisksSample, horizon: float) -> dict[str, Any]:
    """The smoother, its knots, and the same distance by local regression of pseudo-values, or why there is none."""
    view = sample.at(horizon)
    curve, beside = fine_gray_curve(view), pseudo_value_distances(view)
    if isinstance(curve, NotEstimable):
        return {}
    shown = {"smoother": SMOOTHER, "knots_cloglog": curve.knots.tolist(), **follow_up_details(view)}
    other = beside.reason if isinstance(beside, NotEstimable) else summary(beside)
    return {**shown, "by_pseudo_values": other, **cloglog_details(view)}


def _mean(found: Distances) -> float:
    return float(np.average(found.values, weights=found.weights))


def _median(found: Distances) -> float:
    return found.quantiles[0.5]


def _ninetieth(found: Distances) -> float:
    return found.quantiles[0.9]


def _maximum(found: Distances) -> float:
    return float((found.values if found.weights is None else found.values[found.weights > 0]).max())


def _distance(name: str, label: str, formula: str, summary: Summary) -> Measure:
    return Measure(
        kind="competing_risks",
        name=name,
        family="calibration",
        label=label,
        compute=partial(_summarised, summary),
        details=partial(_details, summary),
        parameters=("horizon",),
        is_distance=True,
        ideal=0.0,
        direction="lower",
        formula=formula,
        convention=CONVENTION,
        source=SOURCE,
    )


ICI = _distance("ici", "Integrated calibration index", "mean |r − o(r)|", _mean)
E50 = _distance("e50", "Median calibration distance (E50)", "median of |r − o(r)|", _median)
E90 = _distance(
    "e90", "90th percentile of calibration distance (E90)", "90 % quantile (type 7) of |r − o(r)|", _ninetieth
)
EMAX = _distance("emax", "Largest calibration distance (Emax)", "max |r − o(r)|", _maximum)
