"""Observed risk by a horizon as a smooth function of predicted risk: Cox regression on a spline of log(−log(1 − r))."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample, SurvivalSample
from cds.stats.cloglog import cloglog, cloglog_weights, of_risk
from cds.stats.cox import CoxFit, fit_on_risk_sets, tolerance
from cds.stats.end_of_follow_up import refused_after_the_end
from cds.stats.intervals import weighted_quantiles
from cds.stats.splines import restricted_cubic
from cds.survival.calibration_at_horizon import risk_sets

SMOOTHER = "cox_rcs3"
THREE_KNOTS = (0.1, 0.5, 0.9)
FEWEST_DISTINCT = 4
TOO_FEW = "fewer than four distinct risks: too few for a curve; look at observed / expected events"


@dataclass(frozen=True, eq=False)
class SmoothedRisk:
    """The fitted regression; ``weights`` of the rows that have a risk between 0 and 1."""

    fit: CoxFit
    knots: FloatArray
    weights: FloatArray | None
    horizon: float
    clip: tuple[float, float] | None

    @property
    def observed(self) -> FloatArray:
        """Observed risk at each row's own predicted risk, shape (n,)."""
        return _risk(self.fit.cumulative_hazard(self.fit.covariates, self.horizon))

    def design(self, risk: FloatArray) -> FloatArray:
        """The spline's covariates of any risks as rows, shape (2, m)."""
        return restricted_cubic(of_risk(risk, self.clip), self.knots)

    def at(self, risk: FloatArray) -> FloatArray:
        """Observed risk at any predicted risks between 0 and 1."""
        return _risk(self.fit.cumulative_hazard(self.design(risk), self.horizon))

    def band(self, risk: FloatArray, quantile: float) -> tuple[FloatArray, FloatArray]:
        """Pointwise bounds: 1 − exp(−Λ·exp(∓ z·se(Λ)/Λ)), Wald on log(−log(1 − o)), the baseline's error included."""
        hazard = self.fit.cumulative_hazard(self.design(risk), self.horizon)
        spread = np.sqrt(self.fit.hazard_variance(self.design(risk), self.horizon))
        factor = np.exp(quantile * np.divide(spread, hazard, out=np.zeros_like(hazard), where=hazard > 0))
        return _risk(hazard / factor), _risk(hazard * factor)


def _risk(hazard: FloatArray) -> FloatArray:
    return -np.expm1(-hazard)


def smoothed(sample: SurvivalSample) -> SmoothedRisk | NotEstimable:
    """The sample's calibration curve at its horizon, fitted once; a replicate has the full sample's knots."""
    return sample.memo("smoothed_risk", lambda: _fitted(sample))


def _fitted(sample: SurvivalSample) -> SmoothedRisk | NotEstimable:
    refusal = refused_after_the_end(sample)
    if refusal is not None:
        return refusal
    full = sample.origin
    spline = full.memo("cloglog_spline", lambda: cloglog_spline(full))
    if isinstance(spline, NotEstimable):
        return spline
    knots, design = spline
    start, weights = None, cloglog_weights(sample)
    if sample.is_replicate:
        before = smoothed(full)
        start = None if isinstance(before, NotEstimable) else before.fit.coefficients
    if weights is not None and not weights.any():
        return NotEstimable(TOO_FEW)
    fit = fit_on_risk_sets(design, risk_sets(sample), weights=weights, start=start, tolerance=tolerance(sample))
    if isinstance(fit, NotEstimable):
        return fit
    if sample.horizon is None:
        raise TypeError("the sample looks at no horizon; use at(horizon)")
    return SmoothedRisk(fit, knots, weights, sample.horizon, sample.clip)


def cloglog_spline(sample: CompetingRisksSample) -> tuple[FloatArray, FloatArray] | NotEstimable:
    """Knots at the .1 .5 .9 quantiles, and the covariates of every row."""
    weights, values = cloglog_weights(sample), cloglog(sample)
    present = values if weights is None else values[weights > 0]
    if len(np.unique(present)) < FEWEST_DISTINCT:
        return NotEstimable(TOO_FEW)
    knots = weighted_quantiles(values, weights, THREE_KNOTS)
    if len(np.unique(knots)) < len(THREE_KNOTS):
        return NotEstimable("too few distinct risks for a spline: its knots coincide")
    return knots, restricted_cubic(values, knots)
