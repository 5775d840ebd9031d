"""Fits a survival regression anew with lifelines: the same columns, levels, strata and penalty on other rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray, refuse_rows, same_length
from cds.core.errors import DataError
from cds.core.outcome import Outcome, Survival
from cds.models.fitted_survival import keys, product
from cds.models.lifelines_design import INTERCEPT
from cds.models.lifelines_numbers import AFT, Columns, numbers_of
from cds.models.sklearn_refit import kept_rows
from cds.models.survival_format import FittedAft, FittedCox, FittedSurvival, FittedTerm, Settings

TIME, EVENT, WEIGHT = "(time)", "(event)", "(weight)"  # beside the columns x0, x1, … and the strata


def refitted(
    fitted: FittedSurvival, inputs: pd.DataFrame, outcome: Outcome, *, weights: FloatArray | None
) -> FittedSurvival:
    """The regression fitted to these prepared inputs; rows of weight 0 are left out.

    Raises:
        DataError: another kind of outcome, one that is missing, no events, delayed entry, settings that are not known,
            or a fit that did not converge.
    """
    from lifelines.exceptions import StatError

    if not isinstance(outcome, Survival):
        raise DataError(f"a model of a survival outcome cannot be refitted to a {outcome.kind} one")
    if outcome.entry is not None:
        raise DataError("this model cannot be refitted with delayed entry")
    if fitted.settings is None:
        raise DataError("this model cannot be refitted: how it was fitted is not stored with it")
    refuse_rows(~outcome.observed, "a refit needs every outcome, it is missing")
    same_length(inputs=len(inputs), outcome=len(outcome))
    kept = kept_rows(weights, len(outcome))
    if not (outcome.status[kept] == 1).any():
        raise DataError("a refit needs at least one event")
    frame = pd.DataFrame({TIME: outcome.time, EVENT: outcome.status})
    given: dict[str, Any] = {}
    if weights is not None and np.ptp(np.asarray(weights)[kept]) > 0:
        frame[WEIGHT] = np.asarray(weights, dtype=np.float64)
        given = {"weights_col": WEIGHT, "robust": True}
    rows = inputs.loc[kept], frame.loc[kept]
    try:
        if isinstance(fitted, FittedCox):
            return _cox(fitted, fitted.settings, *rows, given)
        return _aft(fitted, fitted.settings, *rows, given)
    except (ValueError, ArithmeticError, StatError) as error:
        # Its message may quote values, so only its kind is told.
        raise DataError(f"the fit did not succeed ({type(error).__name__})") from error


def _cox(
    fitted: FittedCox, settings: Settings, inputs: pd.DataFrame, frame: pd.DataFrame, given: dict[str, Any]
) -> FittedSurvival:
    from lifelines import CoxPHFitter

    columns = _columns(fitted.terms)
    strata = {name: keys(inputs[name]) for name in fitted.strata}
    fitter = CoxPHFitter(penalizer=settings.penalizer, l1_ratio=settings.l1_ratio, strata=list(strata) or None)
    fitter.fit(frame.assign(**_design(columns, inputs), **strata), TIME, EVENT, **given)
    return numbers_of(fitter, {"beta_": columns}, fitted.levels)


def _aft(
    fitted: FittedAft, settings: Settings, inputs: pd.DataFrame, frame: pd.DataFrame, given: dict[str, Any]
) -> FittedSurvival:
    import lifelines

    name = next(name for name, parts in AFT.items() if parts[0] == fitted.distribution)
    _, location, scale, _, _ = AFT[name]
    primary, ancillary = _columns(fitted.location), _columns(fitted.log_scale, "a")
    fitter = getattr(lifelines, name)(
        penalizer=settings.penalizer, l1_ratio=settings.l1_ratio, fit_intercept=INTERCEPT in primary
    )
    design = _design(ancillary, inputs)
    fitter.fit(
        frame.assign(**_design(primary, inputs)),
        TIME,
        EVENT,
        ancillary=pd.DataFrame(design, index=inputs.index) if design else None,
        **given,
    )
    return numbers_of(fitter, {location: primary, scale: ancillary}, fitted.levels)


def _columns(terms: tuple[FittedTerm, ...], letter: str = "x") -> Columns:
    return {f"{letter}{k}" if term.factors else INTERCEPT: term.factors for k, term in enumerate(terms)}


def _design(columns: Columns, inputs: pd.DataFrame) -> dict[str, FloatArray]:
    return {name: product(factors, inputs) for name, factors in columns.items() if factors}
