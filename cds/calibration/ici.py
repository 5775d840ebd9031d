"""Distances between predicted and smoothed observed risk: ICI (mean), E50 (median), E90 and Emax."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.intervals import weighted_quantiles
from cds.stats.per_category import each_category
from cds.stats.smoothing import smooth

QUANTILES = (0.5, 0.9)
CONVENTION = (
    "at the patients' own risks; o by the protocol's smoother: rcs (default) = logistic regression on a "
    "restricted cubic spline of logit p, 5 knots at the .05 .275 .5 .725 .95 quantiles (outer ones at the fifth "
    "smallest and largest when n < 100; not moved when many risks tie at an end, as rms does), frozen in the "
    "bootstrap; lowess = Cleveland, f = 2/3, no robustness iterations, delta 1 % of the range; loess = local "
    "quadratic, span .75, evaluated directly and truncated to [0, 1], in replicates at 41 points joined linearly. "
    "Declared bounds clip the logit, not the risk in the distance. Positive even under perfect calibration: "
    "judged by at_most only, never fails, and is not contrasted between groups; the bootstrap interval lies too "
    "high in small samples, so read it as an upper limit"
)
SOURCE = "Austin & Steyerberg 2019, doi:10.1002/sim.8281; Harrell 2015, doi:10.1007/978-3-319-19425-7"


@dataclass(frozen=True, eq=False)
class Distances:
    """|p − o(p)| at each patient's own risk, and the patients' weights."""

    values: FloatArray
    weights: FloatArray | None

    @functools.cached_property
    def quantiles(self) -> dict[float, float]:
        """The median and the 90 % quantile, sorted for once."""
        found = weighted_quantiles(self.values, self.weights, QUANTILES)
        return dict(zip(QUANTILES, found.tolist(), strict=True))


def distances(sample: BinarySample, smoother: str) -> Distances | NotEstimable:
    """The calibration distances of a sample, computed once for ICI, E50, E90 and Emax."""

    def make() -> Distances | NotEstimable:
        curve = smooth(sample, smoother)
        if isinstance(curve, NotEstimable):
            return curve
        return Distances(np.abs(curve.sample.risk - curve.observed), curve.sample.weights)

    return sample.memo(("distances", smoother), make)


def _summarised(
    summary: Callable[[Distances], float], sample: BinarySample, smoother: str = "rcs"
) -> float | NotEstimable:
    found = distances(sample, smoother)
    return found if isinstance(found, NotEstimable) else summary(found)


def _mean(distance: Distances) -> float:
    return float(np.average(distance.values, weights=distance.weights))


def _quantile(probability: float, distance: Distances) -> float:
    return distance.quantiles[probability]


def _maximum(distance: Distances) -> float:
    present = distance.values if distance.weights is None else distance.values[distance.weights > 0]
    return float(present.max())


def smoother_details(sample: BinarySample, smoother: str = "rcs") -> dict[str, Any]:
    """The smoother, its knots, and how many values were truncated."""
    curve = smooth(sample, smoother)
    if isinstance(curve, NotEstimable):
        return {}
    shown = {key: value for key, value in curve.details.items() if key not in ("coefficients", "covariance")}
    return {
        "smoother": smoother,
        **{k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in shown.items()},
    }


def _distance(name: str, label: str, formula: str, summary: Callable[[Distances], float]) -> Measure:
    return Measure(
        kind="binary",
        name=name,
        family="calibration",
        label=label,
        compute=partial(_summarised, summary),
        details=smoother_details,
        parameters=("smoother",),
        is_distance=True,
        uses_logit=True,
        ideal=0.0,
        direction="lower",
        formula=formula,
        convention=CONVENTION,
        source=SOURCE,
    )


ICI = _distance("ici", "Integrated calibration index", "mean |p − o(p)|", _mean)
E50 = _distance("e50", "Median calibration distance (E50)", "median of |p − o(p)|", partial(_quantile, 0.5))
E90 = _distance(
    "e90",
    "90th percentile of calibration distance (E90)",
    "90 % quantile (type 7) of |p − o(p)|",
    partial(_quantile, 0.9),
)
EMAX = _distance("emax", "Largest calibration distance (Emax)", "max |p − o(p)|", _maximum)
ICI_NOMINAL, ICI_ORDINAL = each_category(ICI)
E50_NOMINAL, E50_ORDINAL = each_category(E50)
E90_NOMINAL, E90_ORDINAL = each_category(E90)
EMAX_NOMINAL, EMAX_ORDINAL = each_category(EMAX)
