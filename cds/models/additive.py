"""The shares of inputs in a published equation's or a fitted survival regression's linear predictor."""

from __future__ import annotations

import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.model_card import ModelCard
from cds.core.structure import Scale, Shares
from cds.models.equation_format import Equation, Linear, Logistic, Points
from cds.models.equation_times import Aft, Cox, ProportionalHazards
from cds.models.fitted_survival import product
from cds.models.survival_format import FittedAft, FittedCox, FittedSurvival


def equation_scale(equation: Equation) -> Scale | None:
    """Where the sum of an equation's terms is what it predicts; None where each output has a scale of its own.

    A log-logistic accelerated failure time is additive in the log-odds of the risk at every horizon.
    """
    match equation:
        case Logistic():
            return "log_odds"
        case Linear():
            return "value"
        case Points():
            return "value" if all(group.value is None for group in equation.groups) else None
        case Cox() | ProportionalHazards():
            return "linear_predictor"
        case Aft():
            return _aft_scale(equation.distribution)
    return None


def equation_shares(equation: Equation, card: ModelCard, contributions: pd.DataFrame) -> Shares | None:
    """Shares from EquationModel.contributions; None with a product of inputs."""
    scale = equation_scale(equation)
    names = tuple(feature.name for feature in card.inputs)
    if scale is None or any(len(term.sources) > 1 for term in equation.terms):
        return None
    return Shares(scale, names, contributions.reindex(columns=list(names), fill_value=0.0).to_numpy())


def survival_scale(fitted: FittedSurvival) -> Scale | None:
    """Where a fitted regression is additive; None with strata, products of inputs or a scale that inputs change."""
    if any(len({factor.input for factor in term.factors}) > 1 for terms in fitted.regressions for term in terms):
        return None
    if isinstance(fitted, FittedCox):
        return None if fitted.strata else "linear_predictor"
    if any(term.factors for term in (*fitted.log_scale, *fitted.shape)):
        return None
    return _aft_scale(fitted.distribution)


def survival_shares(fitted: FittedSurvival, card: ModelCard, inputs: pd.DataFrame) -> Shares | None:
    """Shares of prepared inputs in a fitted regression's linear predictor."""
    scale = survival_scale(fitted)
    if scale is None:
        return None
    names = tuple(feature.name for feature in card.inputs)
    found: dict[str, FloatArray] = {}
    for term in fitted.location if isinstance(fitted, FittedAft) else fitted.terms:
        for name in {factor.input for factor in term.factors}:
            found[name] = found.get(name, 0.0) + _stretch(fitted) * term.coefficient * product(term.factors, inputs)
    values = pd.DataFrame(found, index=inputs.index).reindex(columns=list(names), fill_value=0.0)
    return Shares(scale, names, values.to_numpy(dtype=float))


def _stretch(fitted: FittedSurvival) -> float:
    from math import exp

    if isinstance(fitted, FittedCox):
        return 1.0
    # Without inputs in it, the log scale is the sum of its intercepts.
    return -exp(-sum(term.coefficient * (1.0 - term.mean) for term in fitted.log_scale))


def _aft_scale(distribution: str) -> Scale | None:
    if distribution == "log_logistic":
        return "log_odds"
    return "linear_predictor" if distribution in ("weibull", "exponential") else None
