"""A survival regression from its numbers: Cox with a baseline over time (and strata), or accelerated failure time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import CardError, InputError, PredictionError, all_at_once, nearest, row_list
from cds.core.model_card import Feature, ModelCard, level_key
from cds.core.prediction import RiskByHorizon
from cds.models.survival_format import Factor, FittedAft, FittedCox, FittedSurvival, FittedTerm
from cds.models.survival_times import aft_risk, asked_horizons, check_card, refuse_beyond, risk_of_hazard
from cds.stats.inputs import number_like, prepare_inputs, refuse_missing


def predicted(
    fitted: FittedSurvival, card: ModelCard, features: pd.DataFrame, horizons: Sequence[float] | None
) -> RiskByHorizon:
    """The risk by each horizon, one row per row of raw inputs.

    The linear predictor is the log relative hazard; there is none where hazard ratios change with time, or where
    strata have baselines of their own.

    Raises:
        PredictionError: undefined inputs (all of them at once), a missing input, a level or stratum that the model
            never met, a horizon that is not positive or lies after the follow-up.
    """
    inputs = ready_inputs(fitted.levels, card, features)
    asked = asked_horizons(card, horizons)
    if isinstance(fitted, FittedCox):
        refuse_beyond(asked, fitted.last, card.time_unit)
        lp = _sum(fitted.terms, inputs)
        with np.errstate(over="ignore", invalid="ignore"):  # an infinite hazard is a risk of 1
            hazard = _baseline(fitted, inputs, asked, card.time_unit) * np.exp(lp)[:, np.newaxis]
        risk = risk_of_hazard(np.where(np.isnan(hazard), 0.0, hazard))
    else:
        risk = _accelerated(fitted, inputs, asked)
    return RiskByHorizon(risk, asked, linear_predictor(fitted, inputs))


def linear_predictor(fitted: FittedSurvival, inputs: pd.DataFrame) -> FloatArray | None:
    """The log relative hazard of prepared inputs; None where hazard ratios are not all that tells patients apart."""
    if isinstance(fitted, FittedCox):
        return None if fitted.strata else _sum(fitted.terms, inputs)
    if not fitted.has_relative_hazard:
        return None
    scale: FloatArray = np.exp(_sum(fitted.log_scale, inputs))
    return -_sum(fitted.location, inputs) / scale


def ready_inputs(by_level: Mapping[str, Sequence[str]], card: ModelCard, features: pd.DataFrame) -> pd.DataFrame:
    """Prepared inputs without gaps, numbered from 0, of levels that the model met.

    Raises:
        PredictionError: see predicted.
    """
    inputs = prepare_inputs(card, features).reset_index(drop=True)
    refuse_missing(card, inputs)
    faults: list[InputError] = []
    for name, levels in by_level.items():
        unmet = np.flatnonzero(~keys(inputs[name]).isin(list(levels)).to_numpy())
        if len(unmet):
            faults.append(
                PredictionError(f"input {name!r} has a level that the model never met at {row_list(unmet.tolist())}")
            )
    if faults:
        raise all_at_once(faults)
    return inputs


def keys(column: pd.Series) -> pd.Series:
    """Levels as the file of a fitted regression writes them; each distinct one is written once."""
    codes, met = pd.factorize(column)
    return pd.Series(np.array([*map(written_level, met), ""], dtype=object)[codes], index=column.index)


def written_level(value: object) -> str:
    """A level's key; yes and no of a boolean input are 1 and 0.

    >>> written_level(True), written_level(2.0), written_level("left")
    ('1', '2', 'left')
    """
    return str(int(value)) if isinstance(value, (bool, np.bool_)) else level_key(value)


def _sum(terms: tuple[FittedTerm, ...], inputs: pd.DataFrame) -> FloatArray:
    total = np.zeros(len(inputs))
    for term in terms:
        total = total + term.coefficient * (product(term.factors, inputs) - term.mean)
    return total


def product(factors: tuple[Factor, ...], inputs: pd.DataFrame) -> FloatArray:
    """The product of a term's factors, shape (n,)."""
    values = np.ones(len(inputs))
    for factor in factors:
        column = inputs[factor.input]
        one = column if factor.level is None else keys(column) == factor.level
        values = values * one.to_numpy(dtype=np.float64)
    return values


def _baseline(fitted: FittedCox, inputs: pd.DataFrame, asked: tuple[float, ...], unit: str) -> FloatArray:
    """H₀ at the horizons, shape (n, horizons), or (1, horizons) without strata."""
    of = {stratum.levels: np.interp(asked, fitted.times, stratum.hazard) for stratum in fitted.baselines}
    if not fitted.strata:
        return np.array(list(of.values()))
    last = {stratum.levels: stratum.last for stratum in fitted.baselines}
    found = strata_within(inputs, fitted.strata, last, asked, unit)
    return np.array([of[key] for key in found]).reshape(len(inputs), len(asked))


def strata_within(
    inputs: pd.DataFrame,
    strata: Sequence[str],
    last: Mapping[tuple[str, ...], float],
    asked: Sequence[float],
    unit: str,
) -> list[tuple[str, ...]]:
    """Each row's stratum; ``last`` is the end of follow-up by stratum.

    Raises:
        PredictionError: rows of a stratum that the model never met, or that nobody was followed in to the last horizon.
    """
    found = list(zip(*(keys(inputs[name]) for name in strata), strict=True))
    unmet = [row for row, key in enumerate(found) if key not in last]
    if unmet:
        named = " and ".join(map(repr, strata))
        raise PredictionError(f"{named}: a combination that the model never met at {row_list(unmet)}")
    short = [row for row, key in enumerate(found) if last[key] < asked[-1]]
    if short:
        usable = min(last[found[row]] for row in short)
        raise PredictionError(
            f"no risk by horizon {asked[-1]:g} {unit}".rstrip() + f" in the stratum of {row_list(short)}",
            do=f"Nobody in it was followed so long; the last usable horizon is {usable:.10g}",
        )
    return found


def _accelerated(fitted: FittedAft, inputs: pd.DataFrame, asked: tuple[float, ...]) -> FloatArray:
    location, scale = _sum(fitted.location, inputs), np.exp(_sum(fitted.log_scale, inputs))
    z = (np.log(asked) - location[:, np.newaxis]) / scale[:, np.newaxis]
    shape = _sum(fitted.shape, inputs)[:, np.newaxis] if fitted.shape else None
    # Times increase, so risks do; maximum.accumulate takes back what the last digit may lose.
    return np.maximum.accumulate(aft_risk(fitted.distribution, z, shape), axis=1)


def check_fits_card(fitted: FittedSurvival, card: ModelCard) -> None:
    """Refuse a card that the regression does not fit.

    Raises:
        CardError: another outcome, horizons after the follow-up; lists every input that differs at once.
    """
    check_card(card, fitted.last if isinstance(fitted, FittedCox) else None)
    check_inputs(card, fitted.numeric, fitted.levels)


def check_inputs(card: ModelCard, numeric: set[str], by_level: Mapping[str, Sequence[str]]) -> None:
    """Refuse a card whose inputs are not those of the regression.

    Raises:
        CardError: lists every fault.
    """
    faults = [CardError(fault, where=card.identity) for fault in _input_faults(card, numeric, by_level)]
    if faults:
        raise all_at_once(faults)


def _input_faults(card: ModelCard, numeric: set[str], by_level: Mapping[str, Sequence[str]]) -> Iterator[str]:
    declared = {feature.name: feature for feature in card.inputs}
    read = numeric | set(by_level)
    for name in sorted(read - set(declared)):
        yield f"the model was trained on input {name!r}, which the card lacks. {nearest(name, declared)}"
    for name in sorted(set(declared) - read):
        yield f"the card declares input {name!r}, which the model was not trained on. {nearest(name, read)}"
    for name in sorted(read & set(declared)):
        feature = declared[name]
        if not feature.required:
            yield f"input {name!r} is not required, but the model has no rule for a missing one: set required = true"
        if name in numeric and not _is_number(feature):
            yield f"the model reads input {name!r} as a number, but the card says {feature.type} with text levels"
        unmet = [level for level in feature.levels or () if name in by_level and level not in by_level[name]]
        if unmet:
            yield f"levels of input {name!r} that the model never met: {', '.join(unmet)}"


def _is_number(feature: Feature) -> bool:
    if feature.type == "category" or feature.levels:
        return bool(feature.levels) and all(number_like(level) for level in feature.levels or ())
    return feature.type in ("number", "integer", "boolean")
