"""The risk by each horizon that a published equation of times to an event gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.errors import PredictionError
from cds.core.model_card import ModelCard
from cds.core.prediction import RiskByHorizon
from cds.models.equation_format import TimesEquation
from cds.models.equation_times import Aft, Cox, ProportionalHazards
from cds.models.survival_times import aft_risk, asked_horizons, baseline_hazard, listed, risk_of_hazard


def risk_by_horizon(
    equation: TimesEquation, card: ModelCard, lp: FloatArray, horizons: Sequence[float] | None
) -> RiskByHorizon:
    """The risks; ``lp`` is the linear predictor after recalibration, shape (n,).

    The prediction carries ``lp`` where it is a log relative hazard: with cox, proportional_hazards, and the aft
    distributions weibull and exponential. The other aft models have none, as their hazard ratios change with time: a
    perfectly calibrated one would not have a calibration slope of 1 on it.

    Raises:
        PredictionError: a horizon that a Cox equation's baseline lacks, or that is not positive.
    """
    asked = asked_horizons(card, horizons)
    match equation:
        case Cox():
            return RiskByHorizon(_cox(equation, card, lp, asked), asked, lp)
        case ProportionalHazards():
            hazard = baseline_hazard(equation.distribution, np.array(asked), equation.shape)
            return RiskByHorizon(_proportional(lp, hazard), asked, lp)
        case Aft():
            z = np.log(asked) / equation.sigma + lp[:, np.newaxis]
            risk = aft_risk(equation.distribution, z, equation.shape)
            # Times increase, so risks do; maximum.accumulate takes back what the last digit may lose.
            risk = np.maximum.accumulate(risk, axis=1)
            return RiskByHorizon(risk, asked, lp if equation.distribution in ("weibull", "exponential") else None)
        case _:
            assert_never(equation)


def _cox(equation: Cox, card: ModelCard, lp: FloatArray, asked: tuple[float, ...]) -> FloatArray:
    baseline = dict(zip(equation.baseline.horizons, equation.baseline.survival, strict=True))
    unknown = [h for h in asked if h not in baseline]
    if unknown:
        raise PredictionError(
            f"no risk by horizon {listed(unknown)} {card.time_unit}".rstrip(),
            do=f"The equation has {listed(tuple(baseline))}",
        )
    return _proportional(lp, -np.log([baseline[h] for h in asked]))


def _proportional(lp: FloatArray, hazard: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite hazard is a risk of 1
        product = np.exp(lp)[:, np.newaxis] * hazard
    # A baseline hazard of 0 stays 0 however large the relative one is, and the reverse.
    return risk_of_hazard(np.where(np.isnan(product), 0.0, product))
