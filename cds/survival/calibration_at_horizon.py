"""Calibration of survival predictions: observed over expected events by a horizon, and the calibration slope."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import SurvivalSample
from cds.stats.cloglog import cloglog, cloglog_details, cloglog_weights, follow_up_details
from cds.stats.cox import CoxFit, fit_on_risk_sets, tolerance
from cds.stats.end_of_follow_up import refused_after_the_end
from cds.stats.intervals import wald
from cds.stats.kaplan_meier import greenwood, kaplan_meier
from cds.stats.risk_sets import RiskSets

NO_LINEAR_PREDICTOR = "the model gives no linear predictor, which the slope over all follow-up is of"


def observed_risk(sample: SurvivalSample) -> float | NotEstimable:
    """1 − Kaplan–Meier at the sample's horizon; a reason where no follow-up reaches it."""
    horizon = sample.horizon
    if horizon is None:
        raise TypeError("the sample looks at no horizon; use at(horizon)")
    return refused_after_the_end(sample) or 1 - float(kaplan_meier(sample).at(horizon))


def observed_expected(sample: SurvivalSample, horizon: float) -> float | NotEstimable:
    """(1 − KM(t)) / mean risk by t."""
    sample = sample.at(horizon)
    observed, expected = observed_risk(sample), float(sample.weight @ sample.risk_now) / sample.total
    if isinstance(observed, NotEstimable):
        return observed
    if expected <= 0:
        return NotEstimable("no events are expected: every risk is 0")
    return observed / expected


def ratio_interval(sample: SurvivalSample, value: float, level: float, horizon: float) -> Interval | NotEstimable:
    """On the log scale, se of log r = KM(t)·√(Σ d/(Y(Y − d))) / (1 − KM(t)): Greenwood's variance."""
    sample = sample.at(horizon)
    survival, spread = float(kaplan_meier(sample).at(horizon)), float(greenwood(sample).at(horizon))
    if survival >= 1:
        return NotEstimable(f"no events were observed by {sample.span}")
    if survival <= 0:
        return NotEstimable(f"nobody is left without the event at {sample.span}: Greenwood's variance is undefined")
    log_se = survival * spread**0.5 / (1 - survival)
    return wald(value, level, scale_se=log_se, scale="log", method="wald on log, Greenwood variance")


def ratio_details(sample: SurvivalSample, horizon: float) -> dict[str, Any]:
    """Observed and mean predicted risk, and that delayed entry is respected."""
    sample = sample.at(horizon)
    observed = observed_risk(sample)
    if isinstance(observed, NotEstimable):
        return {}
    shown: dict[str, Any] = {
        "observed_risk": observed,
        "mean_risk": float(sample.weight @ sample.risk_now) / sample.total,
    }
    return shown if sample.entry is None else {**shown, "delayed_entry": "risk sets hold those who have entered"}


def risk_sets(sample: SurvivalSample) -> RiskSets:
    """The risk sets of follow-up as a regression for the sample's horizon sees it, the same in every replicate."""

    def make() -> RiskSets:
        time, status = sample.followed
        return RiskSets.of(time, status == sample.cause, sample.entry)

    return sample.rows_memo("risk_sets", make)


def slope_fit(sample: SurvivalSample) -> CoxFit | NotEstimable:
    """Cox regression on log(−log(1 − risk)) at the sample's horizon; without one, on the linear predictor."""

    def make() -> CoxFit | NotEstimable:
        covariate: FloatArray | None = sample.linear_predictor if sample.horizon is None else cloglog(sample)
        if covariate is None:
            return NotEstimable(NO_LINEAR_PREDICTOR)
        refusal = refused_after_the_end(sample)
        if refusal is not None:
            return refusal
        weights = sample.weights if sample.horizon is None else cloglog_weights(sample)
        if weights is not None and not weights.any():
            return NotEstimable("every risk is exactly 0 or 1, which has no complementary log-log")
        return fit_on_risk_sets(
            covariate[None, :], risk_sets(sample), weights=weights, start=_start(sample), tolerance=tolerance(sample)
        )

    return sample.memo("slope", make)


def _start(sample: SurvivalSample) -> FloatArray | None:
    full = slope_fit(sample.origin) if sample.is_replicate else None
    return full.coefficients if isinstance(full, CoxFit) else None


def _at(sample: SurvivalSample, horizon: float | None) -> SurvivalSample:
    return sample if horizon is None else sample.at(horizon)


def calibration_slope(sample: SurvivalSample, horizon: float | None = None) -> float | NotEstimable:
    """b of λ(t) = λ₀(t)·exp(b·log(−log(1 − r))); without a horizon, of λ₀(t)·exp(b·linear predictor)."""
    fit = slope_fit(_at(sample, horizon))
    return fit if isinstance(fit, NotEstimable) else float(fit.coefficients[0])


def slope_interval(
    sample: SurvivalSample, value: float, level: float, horizon: float | None = None
) -> Interval | NotEstimable:
    """Wald, with the model-based standard error."""
    fit = slope_fit(_at(sample, horizon))
    return fit if isinstance(fit, NotEstimable) else wald(value, level, se=fit.se(0))


def slope_details(sample: SurvivalSample, horizon: float | None = None) -> dict[str, Any]:
    """Which follow-up the regression saw, how many risks it left out, and the sandwich error beside the model-based."""
    sample = _at(sample, horizon)
    fit = slope_fit(sample)
    if isinstance(fit, NotEstimable):
        return {}
    robust = float(np.sqrt(fit.robust_covariance(sample.patient_codes)[0, 0]))
    boundary = {} if horizon is None else cloglog_details(sample)
    return {**follow_up_details(sample), **boundary, "se_robust": robust}


OBSERVED_EXPECTED = Measure(
    kind="survival",
    name="observed_expected",
    family="calibration",
    label="Observed / expected events",
    compute=observed_expected,
    interval=ratio_interval,
    interval_name="Wald on the log scale, from Greenwood's variance",
    details=ratio_details,
    parameters=("horizon",),
    scale="log",
    ideal=1.0,
    direction="target",
    formula="(1 − KM(t)) / mean risk by t",
    convention="Kaplan–Meier, whose risk sets respect delayed entry (the mean risk is of those observed, among whom "
    "low risks are then too many: the ratio lies somewhat too high); the mean risk is taken as known; not estimable "
    "where no follow-up reaches t",
    source="McLernon 2023, doi:10.7326/M22-0844; Greenwood's variance: Kaplan & Meier 1958, "
    "doi:10.1080/01621459.1958.10501452",
)
CALIBRATION_SLOPE = Measure(
    kind="survival",
    name="calibration_slope",
    family="calibration",
    label="Calibration slope",
    compute=calibration_slope,
    interval=slope_interval,
    interval_name="Wald",
    details=slope_details,
    parameters=("horizon",),
    also_without_horizon=True,
    needs_prevalence=False,
    ideal=1.0,
    direction="target",
    formula="b of λ(t) = λ₀(t)·exp(b·log(−log(1 − r)))",
    convention="Cox regression with Efron's ties, at a horizon on follow-up censored there (follow_up = to_horizon) or "
    "on all of it (all), as the details name; without a horizon on the linear predictor over all follow-up; risk sets "
    "respect delayed entry; risks of exactly 0 or 1 are left out, which makes the value descriptive, unless the "
    "protocol declares clip",
    source="van Houwelingen 2000, doi:10.1002/1097-0258(20001230)19:24<3401::AID-SIM554>3.0.CO;2-2; McLernon 2023, "
    "doi:10.7326/M22-0844; ties: Efron 1977, doi:10.1080/01621459.1977.10480613",
)
