"""Fits the update of a model's predictions to patients: intercept, slope, isotonic steps, beta calibration.

Each method states how many events (and non-events) it needs; with fewer it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, InputError, nearest
from cds.core.measure import NotEstimable
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample
from cds.models.update_file import Beta, Isotonic, Linear, LogOdds, LogRatios, Step
from cds.stats.logistic import LogisticFit, fit_logistic
from cds.stats.multinomial import fit_multinomial

Method = Literal["intercept", "recalibrate", "isotonic", "beta", "refit"]
METHODS: tuple[Method, ...] = get_args(Method)
# Events and non-events, each: ten per parameter; an isotonic curve has as many parameters as the data let it.
FEWEST: Mapping[str, int] = {"intercept": 10, "recalibrate": 20, "beta": 30, "isotonic": 100}
PER_INPUT = 10  # of a refit
SOURCES: Mapping[str, str] = {
    "intercept": "the intercept is fitted, the old log-odds standing as they are (Steyerberg 2004, "
    "doi:10.1002/sim.1844)",
    "recalibrate": "intercept and slope are fitted to the old log-odds (Cox 1958, doi:10.1093/biomet/45.3-4.562)",
    "isotonic": "a curve that never falls is fitted to the old risks; it needs many patients, and makes ties, which "
    "cost discrimination (Zadrozny & Elkan 2002, doi:10.1145/775047.775151)",
    "beta": "three parameters are fitted to log p and −log(1 − p), none of them turning the order (Kull 2017, "
    "doi:10.1214/17-EJS1338SI)",
    "refit": "every development step was redone on the new patients alone; the old patients count no more",
}


def fitted_step(sample: Sample, method: str) -> Step:
    """The update by which the sample's predictions fit its outcomes best.

    Raises:
        InputError: no such method, or none for this kind of outcome.
        DataError: too few events or non-events, risks of exactly 0 or 1 without declared bounds, a fit that has no
            maximum, a slope that is not positive.
    """
    if method not in METHODS:
        raise InputError(f"no method {method!r}", do=nearest(method, METHODS))
    refuse_too_few(sample, method, FEWEST[method])
    match sample:
        case BinarySample():
            return _binary(sample, method)
        case ContinuousSample() if method in ("intercept", "recalibrate"):
            return _linear(sample, method)
        case NominalSample() if not isinstance(sample, OrdinalSample) and method in ("intercept", "recalibrate"):
            return _log_ratios(sample, method)
    raise InputError(
        f"no update by {method} of {sample.kind} outcomes",
        do="Ordinal outcomes have none: it would ignore the order. Refit the model"
        if sample.kind == "ordinal"
        else "Choose intercept or recalibrate, or refit where the model allows it",
    )


def refuse_too_few(sample: Sample, method: str, fewest: int) -> None:
    """Refuse an update on fewer events, non-events or (without classes) patients than the method's minimum.

    Raises:
        DataError: how many there are and how many are needed.
    """
    counted = sample.smallest_class
    have, what = (len(np.unique(sample.patient_codes)), "patients") if counted is None else (int(counted), "")
    what = what or ("events or non-events" if sample.kind == "binary" else "patients in the rarest category")
    if have < fewest:
        raise DataError(
            f"an update by {method} needs at least {fewest} {what}, the data to update on have {have}",
            do="Take more patients, or a method with fewer parameters"
            if method != "intercept"
            else "Take more patients",
        )


def _binary(sample: BinarySample, method: str) -> Step:
    if method == "isotonic":
        return _isotonic(sample)
    if sample.on_boundary and sample.clip is None:
        raise DataError(
            f"{int(sample.on_boundary)} risks are exactly 0 or 1 and have no log-odds",
            do="Declare clip = [low, high] in [measures], or choose isotonic",
        )
    low, high = sample.clip or (None, None)
    if method == "beta":
        return _beta(sample, low, high)
    ones = np.ones((1, len(sample)))
    if method == "intercept":
        fit = _fit(ones, sample, offset=sample.logit)
        return LogOdds(method="intercept", intercept=float(fit.coefficients[0]), low=low, high=high)
    fit = _fit(np.vstack([ones, sample.logit]), sample)
    a, b = (float(value) for value in fit.coefficients)
    return LogOdds(method="recalibrate", intercept=a, slope=_positive(b), low=low, high=high)


def _fit(design: FloatArray, sample: BinarySample, offset: FloatArray | None = None) -> LogisticFit:
    fit = fit_logistic(design, sample.outcome, weights=sample.weights, offset=offset)
    if isinstance(fit, NotEstimable):
        raise DataError(f"the update cannot be fitted: {fit.reason}")
    return fit


def _positive(slope: float) -> float:
    if slope <= 0:
        raise DataError(
            f"the slope is {slope:.3g}, not positive: in these data higher predictions go with lower outcomes",
            do="No recalibration mends a model that ranks the wrong way round",
        )
    return slope


def _isotonic(sample: BinarySample) -> Isotonic:
    """Pool adjacent violators; shares of 0 and 1 are held off the ends by 1/(n + 2)."""
    from sklearn.isotonic import IsotonicRegression

    if not sample.has_both_classes:
        raise DataError("the update cannot be fitted: only one outcome class")
    fit = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0)
    fit.fit(sample.risk, sample.outcome, sample_weight=sample.weights)
    off = 1 / (sample.total + 2)
    return Isotonic(
        method="isotonic", risk=tuple(fit.X_thresholds_.tolist()), observed=tuple(fit.y_thresholds_.tolist()),
        low=off, high=1 - off,
    )  # fmt: skip


def _beta(sample: BinarySample, low: float | None, high: float | None) -> Beta:
    """Logistic regression on log p and −log(1 − p); a coefficient below 0 is set to 0 and the rest fitted again."""
    p = np.clip(sample.risk, low, high) if low is not None else sample.risk
    covariates = {"a": np.log(p), "b": -np.log1p(-p)}
    kept = ["a", "b"]
    while kept:
        fit = _fit(np.vstack([*(covariates[name] for name in kept), np.ones(len(p))]), sample)
        found = dict(zip(kept, fit.coefficients.tolist(), strict=False))
        negative = [name for name in kept if found[name] < 0]
        if not negative:
            return Beta(method="beta", a=found.get("a", 0.0), b=found.get("b", 0.0), c=float(fit.coefficients[-1]),
                        low=low, high=high)  # fmt: skip
        kept.remove(min(negative, key=lambda name: found[name]))
    raise DataError(
        "the update cannot be fitted: in these data higher risks go with fewer events",
        do="No recalibration mends a model that ranks the wrong way round",
    )


def _linear(sample: ContinuousSample, method: str) -> Linear:
    weight, x, y = sample.weight, sample.predicted, sample.observed
    mean_x, mean_y = float(weight @ x) / sample.total, float(weight @ y) / sample.total
    if method == "intercept":
        return Linear(method="intercept", intercept=mean_y - mean_x)
    spread = float(weight @ (x - mean_x) ** 2)
    if spread == 0:
        raise DataError("the update cannot be fitted: every patient has the same prediction")
    slope = _positive(float(weight @ ((x - mean_x) * (y - mean_y))) / spread)
    return Linear(method="recalibrate", intercept=mean_y - slope * mean_x, slope=slope)


def _log_ratios(sample: NominalSample, method: str) -> LogRatios:
    p = sample.probability
    if (p <= 0).any():
        raise DataError("probabilities of exactly 0 have no log-ratio", do="Refit the model instead")
    ratios = np.log(p[:, 1:] / p[:, :1]).T
    ones = np.ones_like(ratios)
    if method == "intercept":
        fit = fit_multinomial(ones[:, None, :], sample.code, weights=sample.weights, offset=ratios)
    else:
        fit = fit_multinomial(np.stack([ones, ratios], axis=1), sample.code, weights=sample.weights)
    if isinstance(fit, NotEstimable):
        raise DataError(f"the update cannot be fitted: {fit.reason}")
    slopes = np.ones(len(ratios)) if method == "intercept" else fit.coefficients[:, 1]
    if method != "intercept":
        _positive(float(slopes.min()))
    return LogRatios(
        method="intercept" if method == "intercept" else "recalibrate",
        intercepts=tuple(fit.coefficients[:, 0].tolist()), slopes=tuple(slopes.tolist()),
    )  # fmt: skip
