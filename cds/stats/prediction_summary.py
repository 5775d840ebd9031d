"""What a model predicts of a group of patients in a few numbers: mean and spread, and the concordance they imply."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.model_card import PredictionSummary
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Score, Value
from cds.stats.implied_concordance import ImpliedConcordance, implied_auroc, implied_c

Scale = Literal["probability", "survival", "competing_risks", "value"]


def summaries(prediction: Prediction, *, competing: bool = False) -> dict[str, PredictionSummary]:
    """A prediction's summaries: under ``risk``, ``value`` or ``score``, or by horizon or category."""
    match prediction:
        case Risk():
            return {"risk": summary(prediction.values, "probability")}
        case Value():
            return {"value": summary(prediction.values, "value")}
        case Score():
            return {"score": summary(prediction.values, "value")}
        case ClassProbabilities():
            columns = zip(prediction.categories, prediction.values.T, strict=True)
            return {name: summary(column, "probability") for name, column in columns}
        case RiskByHorizon():
            scale: Scale = "competing_risks" if competing else "survival"
            columns_by = zip(prediction.horizons, prediction.values.T, strict=True)
            return {horizon_key(horizon): summary(column, scale) for horizon, column in columns_by}


def horizon_key(horizon: float) -> str:
    """A horizon as the card writes it.

    >>> horizon_key(90.0)
    '90'
    """
    return f"{horizon:.15g}"


def summary(values: FloatArray, scale: Scale, weight: FloatArray | None = None) -> PredictionSummary:
    """Mean and sd (n − 1) of predictions and of their linear predictor, and the concordance that they imply.

    Args:
        values: predictions, shape (n,), one or more.
        scale: what they are; numbers have no linear predictor.
        weight: a 2 stands for two patients.
    """
    w = np.ones(len(values)) if weight is None else weight
    mean, sd = _moments(values, w)
    if scale == "value":
        return PredictionSummary(n=round(float(w.sum())), mean=mean, sd=sd)
    inside = (values > 0) & (values < 1)
    lp_mean, lp_sd = (
        _moments(linear_predictor(values[inside], scale), w[inside]) if w[inside].sum() > 0 else (None, None)
    )
    implied = implied_concordance(values, scale, weight)
    return PredictionSummary(
        n=round(float(w.sum())),
        mean=mean,
        sd=sd,
        linear_predictor_mean=lp_mean,
        linear_predictor_sd=lp_sd,
        implied_c=None if isinstance(implied, NotEstimable) else implied.value,
    )


def linear_predictor(risk: FloatArray, scale: Scale) -> FloatArray:
    """log(p/(1 − p)) of probabilities, log(−log(1 − p)) of risks by a horizon; of risks strictly between 0 and 1."""
    if scale == "probability":
        return np.asarray(np.log(risk) - np.log1p(-risk))
    return np.asarray(np.log(-np.log1p(-risk)))


def implied_concordance(
    values: FloatArray, scale: Scale, weight: FloatArray | None = None
) -> ImpliedConcordance | NotEstimable:
    """The concordance implied by risks: of times without competing events C up to the horizon, otherwise the AUROC."""
    if scale == "value":
        return NotEstimable("predicted values imply no concordance: how far outcomes scatter about them is not known")
    return implied_c(values, weight) if scale == "survival" else implied_auroc(values, weight)


def _moments(values: FloatArray, weight: FloatArray) -> tuple[float, float | None]:
    total = float(weight.sum())
    mean = float(weight @ values) / total
    return mean, float(np.sqrt(weight @ (values - mean) ** 2 / (total - 1))) if total > 1 else None
