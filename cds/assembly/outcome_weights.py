"""Weights for patients with an outcome, so that they stand for those without: one over the chance of being observed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray
from cds.core.cohort import Cohort
from cds.core.errors import DataError, all_at_once, located
from cds.core.measure import NotEstimable
from cds.core.model_card import level_key
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon
from cds.core.protocol import ValidationProtocol
from cds.stats.intervals import weighted_quantiles
from cds.stats.logistic import expit, fit_logistic
from cds.stats.splines import restricted_cubic
from cds.tabular.columns import MISSING

KNOTS = (0.1, 0.5, 0.9)
UNLIKELY = 0.05  # a chance of being observed below which weights rest on few patients
LARGE_SHARE = 10.0  # times the mean weight
EDGE = 1e-6  # risks beyond it count as this in the weights' own regression
MOST_LEVELS = 20
RIDGE = 10.0


@dataclass(frozen=True, eq=False)
class ObservationWeights:
    """Weights of the rows with an outcome, their mean 1 before the data's own weights; what a reader must know."""

    weights: FloatArray
    notes: tuple[str, ...]


def observation_weights(protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction) -> ObservationWeights:
    """P(observed) / P(observed | prediction, groups, declared columns), times the data's own weights.

    A logistic regression of whether the outcome was observed, on a spline of the prediction, the columns of
    ``outcome.observed_given`` and the groups. Where these separate the rows, it is weakly penalised, and said to be.
    Seaman & White 2013, doi:10.1177/0962280210395740.

    Raises:
        DataError: a level without any observed outcome: nobody can stand for its patients; columns of free text.
    """
    if cohort.outcome is None:
        raise DataError("the cohort has no outcome", where=cohort.source)
    observed = cohort.outcome.observed
    categories, numbers = _covariates(protocol, cohort)
    _refuse_unrepresented(categories, observed, cohort, protocol.cohort.small_cell)
    design = np.vstack([np.ones(len(cohort)), *_spline(prediction), *numbers, *_dummies(categories)])
    chance, penalised = _chances(design, observed.astype(np.float64), cohort.weights)
    weights = 1 / chance[observed]
    weights *= len(weights) / weights.sum()
    own = weights if cohort.weights is None else weights * cohort.weights[observed]
    given = [*protocol.outcome.observed_given, *(g for g in cohort.groups if g not in protocol.outcome.observed_given)]
    return ObservationWeights(own, tuple(_notes(weights, own, chance, observed, given, penalised=penalised)))


def _covariates(protocol: ValidationProtocol, cohort: Cohort) -> tuple[dict[str, NDArray[np.str_]], list[FloatArray]]:
    categories, numbers, faults = dict(cohort.groups), [], []
    for name in protocol.outcome.observed_given:
        if name not in cohort.features:
            faults.append(DataError(f"the data have no column {name!r}, which outcome.observed_given names"))
            continue
        column = cohort.features[name]
        if pd.api.types.is_numeric_dtype(column.dtype) and column.nunique() > MOST_LEVELS:
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            gap = np.isnan(values)
            spread = float(np.nanstd(values)) or 1.0
            numbers.append(np.where(gap, 0.0, (values - np.nanmean(values)) / spread))
            numbers += [gap.astype(np.float64)] if gap.any() else []
        elif column.nunique() > MOST_LEVELS:
            faults.append(DataError(f"observed_given names {name!r}, which holds free text", do="Make bands of it"))
        else:
            categories[name] = np.array([MISSING if pd.isna(v) else level_key(v) for v in column], dtype=np.str_)
    if faults:
        raise located(all_at_once(faults), cohort.source)
    return categories, numbers


def _dummies(categories: dict[str, NDArray[np.str_]]) -> list[FloatArray]:
    return [(values == level).astype(np.float64) for values in categories.values() for level in np.unique(values)[1:]]


def _refuse_unrepresented(
    categories: dict[str, NDArray[np.str_]], observed: BoolArray, cohort: Cohort, small_cell: int
) -> None:
    faults = []
    for name, values in categories.items():
        for level in np.unique(values):
            inside = values == level
            if not observed[inside].any():
                told = repr(str(level)) if inside.sum() >= small_cell else "one of its levels"
                faults.append(
                    DataError(
                        f"nobody in {told} of {name!r} has an outcome: no weight can make others stand for them",
                        do='Leave these patients out of the question, or write missing = "exclude"',
                    )
                )
    if faults:
        raise located(all_at_once(faults), cohort.source)


def _spline(prediction: Prediction) -> Iterator[FloatArray]:
    """What was predicted as covariates: a spline of three knots, straight where there are too few values."""
    for values in _scores(prediction):
        spread = float(values.std())
        if spread == 0:
            continue
        x = (values - values.mean()) / spread
        knots = np.unique(weighted_quantiles(x, None, KNOTS))
        yield from restricted_cubic(x, knots) if len(knots) == len(KNOTS) else [x]


def _scores(prediction: Prediction) -> list[FloatArray]:
    match prediction:
        case Risk():
            return [_logit(prediction.values)]
        case ClassProbabilities():
            return [_logit(prediction.values[:, k]) for k in range(1, len(prediction.categories))]
        case RiskByHorizon():
            return [_logit(prediction.values[:, -1])]
    return [prediction.values]


def _logit(p: FloatArray) -> FloatArray:
    clipped = np.clip(p, EDGE, 1 - EDGE)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def _chances(design: FloatArray, observed: FloatArray, weights: FloatArray | None) -> tuple[FloatArray, bool]:
    """Each row's probability of an observed outcome, and whether the regression had to be penalised."""
    fit = fit_logistic(design, observed, weights=weights)
    if not isinstance(fit, NotEstimable):
        return fit.fitted, False
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=RIDGE, max_iter=2000).fit(design[1:].T, observed, sample_weight=weights)
    return expit(found.intercept_[0] + found.coef_[0] @ design[1:]), True


def _notes(
    weights: FloatArray,
    own: FloatArray,
    chance: FloatArray,
    observed: BoolArray,
    given: list[str],
    *,
    penalised: bool,
) -> Iterator[str]:
    effective = own.sum() ** 2 / (own**2).sum()
    columns = f", {', '.join(given)}" if given else ""
    yield (
        f"Patients with an outcome are weighted by the inverse of their chance of having one, given the prediction"
        f"{columns}: the largest weight is {weights.max():.2f} times the mean, and {len(own)} patients count as "
        f"{effective:.0f}. The weights are taken as known in the intervals."
    )
    if penalised:
        yield "The regression behind these weights was weakly penalised: its covariates separate the outcomes' gaps."
    unlikely = int((chance < UNLIKELY).sum())
    if unlikely or weights.max() > LARGE_SHARE:
        yield (
            f"Extreme weights: {unlikely} of {len(observed)} patients had a chance below {UNLIKELY:g} of an observed "
            "outcome, so that few stand for many; look at the sensitivity analysis."
        )
