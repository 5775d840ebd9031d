"""Distances between predicted and smoothed observed risk by a horizon: ICI (mean), E50 (median), E90 and Emax."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Measure, NotEstimable
from cds.core.sample_times import SurvivalSample
from cds.stats.cloglog import cloglog_details, follow_up_details
from cds.stats.intervals import weighted_quantiles
from cds.survival.smoothed_risk import SMOOTHER, smoothed

QUANTILES = (0.5, 0.9)
CONVENTION = (
    "at the patients' own risks; o by Cox regression (Efron's ties) on a restricted cubic spline of log(−log(1 − r)), "
    "3 knots at the .1 .5 .9 quantiles, frozen in the bootstrap, with its uncentred Efron baseline at t; on follow-up "
    "censored at t (follow_up = to_horizon) or on all of it (all), as the details name; risk sets respect delayed "
    "entry; risks of exactly 0 or 1 are left out: the value is then descriptive, unless the protocol declares clip, "
    "which moves the logarithm, not the risk in the distance. Positive even under perfect calibration: judged by "
    "at_most only, never fails, and is not contrasted between groups; beside it stands what a perfectly calibrated "
    "model would show"
)
SOURCE = "Austin, Harrell & van Klaveren 2020, doi:10.1002/sim.8570; McLernon 2023, doi:10.7326/M22-0844"


@dataclass(frozen=True, eq=False)
class Distances:
    """|r − o(r)| at each patient's own risk, and the patients' weights."""

    values: FloatArray
    weights: FloatArray | None

    @functools.cached_property
    def quantiles(self) -> dict[float, float]:
        """The median and the 90 % quantile, sorted for once."""
        found = weighted_quantiles(self.values, self.weights, QUANTILES)
        return dict(zip(QUANTILES, found.tolist(), strict=True))


def distances(sample: SurvivalSample) -> Distances | NotEstimable:
    """The distances at the sample's horizon, computed once for ICI, E50, E90 and Emax."""

    def make() -> Distances | NotEstimable:
        curve = smoothed(sample)
        if isinstance(curve, NotEstimable):
            return curve
        return Distances(np.abs(sample.risk_now - curve.observed), curve.weights)

    return sample.memo("calibration_distances", make)


def _summarised(summary: Callable[[Distances], float], sample: SurvivalSample, horizon: float) -> float | NotEstimable:
    found = distances(sample.at(horizon))
    return found if isinstance(found, NotEstimable) else summary(found)


def _mean(distance: Distances) -> float:
    return float(np.average(distance.values, weights=distance.weights))


def _quantile(probability: float, distance: Distances) -> float:
    return distance.quantiles[probability]


def _maximum(distance: Distances) -> float:
    present = distance.values if distance.weights is None else distance.values[distance.weights > 0]
    return float(present.max())


def distance_details(sample: SurvivalSample, horizon: float) -> dict[str, Any]:
    """The smoother, its knots, which follow-up it saw, and how many risks it left out."""
    sample = sample.at(horizon)
    curve = smoothed(sample)
    if isinstance(curve, NotEstimable):
        return {}
    knots = {"smoother": SMOOTHER, "knots_cloglog": curve.knots.tolist()}
    return {**knots, **follow_up_details(sample), **cloglog_details(sample)}


def _distance(name: str, label: str, formula: str, summary: Callable[[Distances], float]) -> Measure:
    return Measure(
        kind="survival",
        name=name,
        family="calibration",
        label=label,
        compute=partial(_summarised, summary),
        details=distance_details,
        parameters=("horizon",),
        is_distance=True,
        ideal=0.0,
        direction="lower",
        formula=formula,
        convention=CONVENTION,
        source=SOURCE,
    )


ICI = _distance("ici", "Integrated calibration index", "mean |r − o(r)|", _mean)
E50 = _distance("e50", "Median calibration distance (E50)", "median of |r − o(r)|", partial(_quantile, 0.5))
E90 = _distance(
    "e90",
    "90th percentile of calibration distance (E90)",
    "90 % quantile (type 7) of |r − o(r)|",
    partial(_quantile, 0.9),
)
EMAX = _distance("emax", "Largest calibration distance (Emax)", "max |r − o(r)|", _maximum)
