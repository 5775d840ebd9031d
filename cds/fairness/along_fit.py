"""The error of predictions as a smooth function of one number, such as age: one regression for each kind of outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.measure import NotEstimable
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample
from cds.core.sample_times import CompetingRisksSample
from cds.stats.cloglog import cloglog, cloglog_details, cloglog_weights
from cds.stats.gee import fit_cloglog
from cds.stats.intervals import weighted_quantiles
from cds.stats.least_squares import fit_least_squares
from cds.stats.logistic import fit_logistic
from cds.stats.pseudo_values import pseudo_values
from cds.stats.splines import restricted_cubic

KNOTS: Mapping[int, tuple[float, ...]] = {4: (0.05, 0.35, 0.65, 0.95), 3: (0.1, 0.5, 0.9)}
ENOUGH_FOR_FOUR = 100
FEWEST = 20
FEWEST_VALUES = 3


@dataclass(frozen=True, eq=False)
class AlongFit:
    """error(x) = β₀ + β₁u + nonlinear terms, u = (x − t₁)/(t_k − t₁): coefficients, covariance, degrees of freedom.

    ``knots`` are t₁ … t_k in the unit of x; where there are only two, the function is a straight line. ``n`` and
    ``events`` say on what it rests, ``details`` what was left out or clipped.
    """

    coefficients: FloatArray
    covariance: FloatArray
    df: float
    knots: FloatArray
    n: int
    events: int | None
    details: Mapping[str, Any]

    def at(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The function and its standard error at these values, shape (m,) each."""
        design = spline_design(x, self.knots)
        return self.coefficients @ design, np.sqrt(np.einsum("ij,ik,jk->k", self.covariance, design, design))


def knots_of(x: FloatArray, weights: FloatArray | None, rarest: float) -> FloatArray | NotEstimable:
    """Four knots at the .05 .35 .65 .95 quantiles of x, three at .1 .5 .9 where the rarer class has fewer than 100.

    Harrell, Regression Modeling Strategies, 2nd ed., table 2.3. Of fewer than three different knots (numbers that
    take few values) the smallest and largest value are left, between which the function is a straight line.
    """
    present = np.unique(x)
    if len(present) < FEWEST_VALUES:
        return NotEstimable(f"it takes only {len(present)} different values: compare them as groups")
    knots = np.unique(weighted_quantiles(x, weights, KNOTS[4 if rarest >= ENOUGH_FOR_FOUR else 3]))
    return knots if len(knots) >= FEWEST_VALUES else present[[0, -1]]


def spline_design(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Intercept, u and the nonlinear terms as rows, shape (k, n)."""
    scale = knots[-1] - knots[0]
    u, at = (x - knots[0]) / scale, (knots - knots[0]) / scale
    terms = restricted_cubic(u, at) if len(knots) >= FEWEST_VALUES else u[None, :]
    return np.vstack([np.ones(len(x)), terms])


def fit_along(sample: Sample, x: FloatArray, sites: IntArray | None) -> AlongFit | NotEstimable:
    """How far off the predictions are along x, in the scale of the outcome's kind.

    - binary: logit P(y) = logit p + f(x), maximum likelihood;
    - times, at the sample's horizon: log(−log(1 − F)) = log(−log(1 − r)) + f(x) by generalised estimating equations
      of jackknife pseudo-values, with and without competing events;
    - continuous: observed − predicted = f(x), least squares.

    Errors are model-based where rows are independent and unweighted (those of pseudo-values robust); with several
    rows per patient or weights they are clustered by patient, with several sites by site (k sites: factor k/(k − 1)
    and k − 1 degrees of freedom). Rows without x are left out.

    Args:
        sample: the rows, looking at one horizon where the outcome is a time.
        x: shape (n,), NaN where it is missing.
        sites: each row's site, shape (n,), or None where there are not several.
    """
    has = np.isfinite(x) & (sample.weight > 0)
    if isinstance(sample, BinarySample):
        has = has & sample.off_boundary
    if not has.any():
        return NotEstimable("nobody has a value of it")
    part = sample.where(has)
    rarest = part.total if part.smallest_class is None else part.smallest_class
    if rarest < FEWEST:
        what = "patients" if part.smallest_class is None else "events or non-events"
        return NotEstimable(f"{int(rarest)} {what} with a known value; a smooth curve needs at least {FEWEST}")
    knots = knots_of(x[has], part.weights, rarest)
    if isinstance(knots, NotEstimable):
        return knots
    found = _fitted(part, spline_design(x[has], knots))
    if isinstance(found, NotEstimable):
        return found
    covariance, df = found.covariance, found.df
    if sites is not None:
        covariance, df = _clustered(found.influence, sites[has])
    elif not part.one_row_each or part.weights is not None:
        covariance, df = _clustered(found.influence, part.patient_codes)[0], inf
    lost = _lost(sample, x)
    events = part.events
    return AlongFit(
        found.coefficients, covariance, df, knots, round(part.total), None if events is None else round(events), lost
    )


@dataclass(frozen=True, eq=False)
class _Fitted:
    coefficients: FloatArray
    covariance: FloatArray
    df: float
    influence: FloatArray


def _fitted(part: Sample, design: FloatArray) -> _Fitted | NotEstimable:
    match part:
        case BinarySample():
            return _logistic(part, design)
        case CompetingRisksSample():
            return _times(part, design)
        case ContinuousSample():
            return _least_squares(part, design)
    raise TypeError(f"no error along a number is defined for {part.kind} outcomes")


def _logistic(part: BinarySample, design: FloatArray) -> _Fitted | NotEstimable:
    fit = fit_logistic(design, part.outcome, weights=part.weights, offset=part.logit)
    if isinstance(fit, NotEstimable):
        return fit
    residual = part.weight * (part.outcome - fit.fitted)
    return _Fitted(fit.coefficients, fit.covariance, inf, fit.covariance @ (design * residual))


def _least_squares(part: ContinuousSample, design: FloatArray) -> _Fitted | NotEstimable:
    error = part.observed - part.predicted
    fit = fit_least_squares(design, error, part.weights)
    if isinstance(fit, NotEstimable):
        return fit
    weighted = design * part.weight
    residual = error - fit.coefficients @ design
    return _Fitted(
        fit.coefficients,
        fit.covariance,
        fit.df,
        np.asarray(np.linalg.solve(weighted @ design.T, weighted * residual), dtype=np.float64),
    )


def _times(part: CompetingRisksSample, design: FloatArray) -> _Fitted | NotEstimable:
    observed = pseudo_values(part)
    if isinstance(observed, NotEstimable):
        return observed
    fit = fit_cloglog(design, observed, weights=cloglog_weights(part), offset=cloglog(part))
    if isinstance(fit, NotEstimable):
        return fit
    return _Fitted(fit.coefficients, fit.covariance, inf, fit.influence)


def _clustered(influence: FloatArray, codes: IntArray) -> tuple[FloatArray, float]:
    """The sandwich covariance over clusters, times clusters / (clusters − 1), and clusters − 1."""
    units, place = np.unique(codes, return_inverse=True)
    sums = np.stack([np.bincount(place, row, minlength=len(units)) for row in influence])
    covariance: FloatArray = np.asarray(sums @ sums.T, dtype=np.float64)
    return covariance * (len(units) / (len(units) - 1.0)), float(len(units) - 1)


def _lost(sample: Sample, x: FloatArray) -> dict[str, Any]:
    """How many rows have no value, and which risks were left out or clipped."""
    missing = int(sample.weight[~np.isfinite(x)].sum())
    told: dict[str, Any] = {"missing": missing} if missing else {}
    if isinstance(sample, CompetingRisksSample):
        return {**told, **cloglog_details(sample)}
    if isinstance(sample, BinarySample) and not sample.clip and sample.on_boundary:
        return {**told, "left_out": int(sample.on_boundary)}
    return told
