"""What models of times to an event share: parametric risks in closed form, and the horizons that are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, assert_never

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.errors import CardError, PredictionError
from cds.core.model_card import ModelCard

AftDistribution = Literal["weibull", "exponential", "log_logistic", "log_normal", "generalized_gamma"]
HazardDistribution = Literal["weibull", "exponential", "gompertz"]
TIMES = ("survival", "competing_risks")


def asked_horizons(card: ModelCard, horizons: Sequence[float] | None) -> tuple[float, ...]:
    """The horizons in increasing order, each once; the card's where none are asked.

    Raises:
        PredictionError: a horizon that is no positive number.
    """
    asked = tuple(sorted({float(h) for h in (card.horizons if horizons is None else horizons)}))
    if not asked or not all(np.isfinite(h) and h > 0 for h in asked):
        raise PredictionError("horizons must be positive numbers, at least one of them")
    return asked


def refuse_beyond(asked: Sequence[float], last: float, unit: str) -> None:
    """Refuse horizons after the model's last time: nobody was followed so far when it was fitted.

    Raises:
        PredictionError: naming the last usable one.
    """
    beyond = [h for h in asked if h > last]
    if beyond:
        raise PredictionError(
            f"no risk by horizon {listed(beyond)} {unit}".rstrip(),
            do=f"The model's follow-up ends at {last:.10g}, which is the last usable horizon",
        )


def check_card(card: ModelCard, last: float | None = None) -> None:
    """Refuse a card that is about another outcome than times, or has horizons after the model's last time.

    Raises:
        CardError: saying which.
    """
    if card.outcome != "survival":
        raise CardError(f"the model predicts a survival outcome, the card says {card.outcome}", where=card.identity)
    beyond = [] if last is None else [h for h in card.horizons if h > last]
    if beyond:
        raise CardError(
            f"the card's horizon {listed(beyond)} lies after the model's follow-up",
            where=card.identity,
            do=f"The last usable horizon is {last:.10g}",
        )


def aft_risk(distribution: AftDistribution, z: FloatArray, shape: float | FloatArray | None = None) -> FloatArray:
    """The risk by t where z = (log t − location) / scale; formulas in equation_times.Aft.

    ``shape`` is the Q of a generalized gamma.

    >>> aft_risk("log_logistic", np.array([0.0]))
    array([0.5])
    """
    from scipy.special import expit, ndtr

    match distribution:
        case "weibull" | "exponential":
            return risk_of_hazard(_exp(z))
        case "log_logistic":
            logistic: FloatArray = expit(z)
            return logistic
        case "log_normal":
            normal: FloatArray = ndtr(z)
            return normal
        case "generalized_gamma":
            return _generalized_gamma(z, np.asarray(0.0 if shape is None else shape, dtype=np.float64))
        case _:
            assert_never(distribution)


def baseline_hazard(distribution: HazardDistribution, t: FloatArray, shape: float | None) -> FloatArray:
    """H₀(t); formulas in equation_times.ProportionalHazards.

    >>> baseline_hazard("weibull", np.array([3.0]), 2.0)
    array([9.])
    """
    s = 1.0 if shape is None else shape
    match distribution:
        case "exponential":
            return t
        case "weibull":
            return t**s
        case "gompertz":
            with np.errstate(over="ignore"):  # an infinite hazard is a risk of 1
                return t if s == 0 else np.expm1(s * t) / s
        case _:
            assert_never(distribution)


def risk_of_hazard(cumulative_hazard: FloatArray) -> FloatArray:
    """1 − exp(−H), without −0.0."""
    risk: FloatArray = np.abs(np.expm1(-cumulative_hazard))
    return risk


def listed(times: Sequence[float]) -> str:
    """Times as a message writes them."""
    return ", ".join(f"{t:g}" for t in times)


def _exp(z: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):  # an infinite hazard is a risk of 1
        return np.exp(z)


def _generalized_gamma(z: FloatArray, q: FloatArray) -> FloatArray:
    from scipy.special import gammainc, gammaincc, ndtr

    z, q = np.broadcast_arrays(z, q)
    safe = np.where(q == 0, 1.0, q)
    a = safe**-2.0
    u = a * _exp(safe * z)
    risk: FloatArray = np.where(q == 0, ndtr(z), np.where(q > 0, gammainc(a, u), gammaincc(a, u)))
    return risk
