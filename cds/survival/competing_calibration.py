"""Calibration with competing events at a horizon: slope, and the intercept with the slope fixed at 1."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.cloglog import cloglog, cloglog_details, cloglog_weights
from cds.stats.cox import fit_on_risk_sets
from cds.stats.fine_gray import subdistribution_sets
from cds.stats.gee import REPLICATE_TOLERANCE, TOLERANCE, GeeFit, fit_cloglog
from cds.stats.intervals import wald
from cds.stats.pseudo_values import pseudo_values

Term = Literal["slope", "intercept"]
SOURCE = (
    "van Geloven 2022, doi:10.1136/bmj-2021-069249; Andersen, Klein & Rosthøj 2003, doi:10.1093/biomet/90.1.15; "
    "Liang & Zeger 1986, doi:10.1093/biomet/73.1.13"
)
CONVENTION = (
    "jackknife pseudo-values of the Aalen–Johansen estimate at t, generalised estimating equations with independent "
    "working covariance and robust errors, as geepack::geese(mean.link = cloglog); pseudo-values are made anew in "
    "every replicate; censoring must not depend on the predictors; risks of exactly 0 or 1 are left out, which makes "
    "the value descriptive, unless the protocol declares clip; not estimable with delayed entry"
)
NO_LOGARITHM = "every risk is exactly 0 or 1, which has no complementary log-log"


def calibration_slope(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """b of log(−log(1 − F(t))) = a + b·log(−log(1 − r)), on pseudo-values."""
    return _value("slope", sample, horizon)


def calibration_in_the_large(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """a of log(−log(1 − F(t))) = a + log(−log(1 − r)), on pseudo-values."""
    return _value("intercept", sample, horizon)


def recalibration(view: CompetingRisksSample, term: Term) -> GeeFit | NotEstimable:
    """The regression whose last coefficient is the slope; or the intercept, the slope being fixed at 1."""

    def make() -> GeeFit | NotEstimable:
        observed, weights = pseudo_values(view), cloglog_weights(view)
        if isinstance(observed, NotEstimable):
            return observed
        if weights is not None and not weights.any():
            return NotEstimable(NO_LOGARITHM)
        if not view.events:
            return NotEstimable(f"no events by {view.span}")
        start = recalibration(view.origin, term) if view.is_replicate else None
        return fit_cloglog(
            _design(view.origin, term),
            observed,
            weights=weights,
            offset=cloglog(view) if term == "intercept" else None,
            start=start.coefficients if isinstance(start, GeeFit) else None,
            tolerance=REPLICATE_TOLERANCE if view.is_replicate else TOLERANCE,
        )

    return view.memo(("recalibration", term), make)


def _design(view: CompetingRisksSample, term: Term) -> FloatArray:
    def make() -> FloatArray:
        ones = np.ones(len(view))
        return ones[None, :] if term == "intercept" else np.vstack([ones, cloglog(view)])

    return view.rows_memo(("recalibration_design", term), make)


def _value(term: Term, sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    fit = recalibration(sample.at(horizon), term)
    return fit if isinstance(fit, NotEstimable) else float(fit.coefficients[-1])


def _interval(
    sample: CompetingRisksSample, value: float, level: float, horizon: float, *, term: Term
) -> Interval | NotEstimable:
    """Wald, with the robust standard error."""
    fit = recalibration(sample.at(horizon), term)
    return fit if isinstance(fit, NotEstimable) else wald(value, level, se=fit.se(-1), method="wald, robust error")


def _influence(sample: CompetingRisksSample, horizon: float, *, term: Term) -> FloatArray | NotEstimable:
    """Each row's term of the robust variance, shape (n,)."""
    fit = recalibration(sample.at(horizon), term)
    return fit if isinstance(fit, NotEstimable) else fit.influence[-1]


def slope_details(sample: CompetingRisksSample, horizon: float) -> dict[str, Any]:
    """The intercept that goes with the slope, the slope of a Fine–Gray regression, and how many risks were left out."""
    view = sample.at(horizon)
    fit = recalibration(view, "slope")
    if isinstance(fit, NotEstimable):
        return {}
    shown: dict[str, Any] = {"intercept_with_slope": float(fit.coefficients[0]), **cloglog_details(view)}
    beside = fit_on_risk_sets(cloglog(view)[None, :], subdistribution_sets(view), weights=cloglog_weights(view))
    if not isinstance(beside, NotEstimable):
        shown |= {"slope_fine_gray": float(beside.coefficients[0]), "follow_up_fine_gray": view.follow_up}
    return shown


def intercept_details(sample: CompetingRisksSample, horizon: float) -> dict[str, Any]:
    """How many risks were clipped or left out."""
    return cloglog_details(sample.at(horizon))


_measure = partial(
    Measure,
    kind="competing_risks",
    family="calibration",
    interval_name="Wald, with the robust (sandwich) standard error",
    parameters=("horizon",),
    direction="target",
    convention=CONVENTION,
    source=SOURCE,
)
CALIBRATION_SLOPE = _measure(
    name="calibration_slope",
    label="Calibration slope",
    compute=calibration_slope,
    interval=partial(_interval, term="slope"),
    influence=partial(_influence, term="slope"),
    details=slope_details,
    needs_prevalence=False,
    ideal=1.0,
    formula="b of log(−log(1 − F(t))) = a + b·log(−log(1 − r))",
)
CALIBRATION_IN_THE_LARGE = _measure(
    name="calibration_in_the_large",
    label="Calibration-in-the-large",
    compute=calibration_in_the_large,
    interval=partial(_interval, term="intercept"),
    influence=partial(_influence, term="intercept"),
    details=intercept_details,
    ideal=0.0,
    formula="a of log(−log(1 − F(t))) = a + log(−log(1 − r))",
)
