"""Observed risk with competing events as a smooth function of predicted risk: Fine–Gray, and loess of pseudo-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.cloglog import cloglog_weights
from cds.stats.cox import fit_on_risk_sets, tolerance
from cds.stats.end_of_follow_up import refused_after_the_end, refused_with_entry
from cds.stats.fine_gray import log_hazard_se, subdistribution_sets
from cds.stats.pseudo_values import pseudo_values
from cds.stats.smoothing import LOESS_LIMIT, LOESS_SPAN, loess
from cds.survival.smoothed_risk import TOO_FEW, SmoothedRisk, cloglog_spline

FEWEST_ROWS = 4


class SubdistributionRisk(SmoothedRisk):
    """The Fine–Gray regression on the spline; its band has robust errors."""

    def band(self, risk: FloatArray, quantile: float) -> tuple[FloatArray, FloatArray]:
        """Pointwise bounds: Wald on log(−log(1 − o)), the weights of the risk sets taken as known."""
        design = self.design(risk)
        hazard = self.fit.cumulative_hazard(design, self.horizon)
        factor = np.exp(quantile * log_hazard_se(self.fit, design, self.horizon))
        return -np.expm1(-hazard / factor), -np.expm1(-hazard * factor)


def fine_gray_curve(view: CompetingRisksSample) -> SubdistributionRisk | NotEstimable:
    """Fine–Gray regression on a 3-knot restricted cubic spline of log(−log(1 − r)), fitted once.

    The baseline is Efron's; a replicate has the full sample's knots. Not estimable with delayed entry, where no
    follow-up reaches the horizon, or with fewer than four distinct risks.
    """
    return view.memo("fine_gray_curve", lambda: _fitted(view))


def _fitted(view: CompetingRisksSample) -> SubdistributionRisk | NotEstimable:
    refused = refused_with_entry(view, "the Fine–Gray regression") or refused_after_the_end(view)
    if refused:
        return refused
    full = view.origin
    spline = full.memo("cloglog_spline", lambda: cloglog_spline(full))
    if isinstance(spline, NotEstimable):
        return spline
    knots, design = spline
    before, weights = fine_gray_curve(full) if view.is_replicate else None, cloglog_weights(view)
    if weights is not None and not weights.any():
        return NotEstimable(TOO_FEW)
    start = before.fit.coefficients if isinstance(before, SubdistributionRisk) else None
    sets = subdistribution_sets(view)
    fit = fit_on_risk_sets(design, sets, weights=weights, start=start, tolerance=tolerance(view))
    if isinstance(fit, NotEstimable):
        return fit
    return SubdistributionRisk(fit, knots, weights, view.horizon or 0.0, view.clip)


@dataclass(frozen=True, eq=False)
class PseudoValueCurve:
    """Local regression of the pseudo-values on the risk; ``truncated`` counts the rows whose value left [0, 1]."""

    risk: FloatArray
    pseudo: FloatArray
    observed: FloatArray
    truncated: int

    def at(self, risk: FloatArray) -> FloatArray:
        """Observed risk at any predicted risks."""
        return np.clip(loess(self.risk, self.pseudo, risk, _window(self.risk)), 0, 1)


def pseudo_value_curve(view: CompetingRisksSample) -> PseudoValueCurve | NotEstimable:
    """Loess of the pseudo-values on the risk: local quadratic, span .75, evaluated directly, cut to 0 and 1.

    An integer weight repeats its row. Not estimable above 10,000 patients, with fractional weights, or where there are
    no pseudo-values. Cleveland & Devlin 1988, doi:10.1080/01621459.1988.10478639.
    """

    def make() -> PseudoValueCurve | NotEstimable:
        observed = pseudo_values(view)
        if isinstance(observed, NotEstimable):
            return observed
        if (view.weight != np.round(view.weight)).any():
            return NotEstimable("local regression has no convention for fractional weights")
        if view.total > LOESS_LIMIT:
            return NotEstimable(f"direct loess is quadratic in n: not computed above {LOESS_LIMIT:,} patients")
        order = np.argsort(view.risk_now, kind="stable")
        rows = np.repeat(order, view.weight[order].astype(np.int64))
        x, y = view.risk_now[rows], observed[rows]
        distinct = np.unique(x)
        if _window(x) < FEWEST_ROWS or len(distinct) < FEWEST_ROWS:
            return NotEstimable("too few patients or distinct risks for local quadratic regression")
        raw = np.interp(view.risk_now, distinct, loess(x, y, distinct, _window(x)))
        outside = int(view.weight[(raw < 0) | (raw > 1)].sum())
        return PseudoValueCurve(x, y, np.clip(raw, 0, 1), outside)

    return view.memo("pseudo_value_curve", make)


def _window(risk: FloatArray) -> int:
    return int(LOESS_SPAN * len(risk) + 1e-5)
