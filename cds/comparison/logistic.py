"""The default comparator: a regression on the card's own inputs, as any statistician would fit it first.

Numbers: the median where missing, an indicator of having been missing, standardised. Categories: the commonest where
missing, one column each. Then a logistic regression (multinomial with several classes) with a light ridge penalty,
or least squares with the same where the outcome is a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary, Continuous, Nominal, Outcome
from cds.core.prediction import ClassProbabilities, Prediction, Risk, Value
from cds.stats.inputs import prepare_inputs

NAMES = {"continuous": "linear regression on the same inputs"}
LOGISTIC = "logistic regression on the same inputs"
PRIOR_SD = 2.5  # of a standardised input's log odds ratio: the scale of Gelman 2008, doi:10.1214/08-AOAS191
STEPS = 1000
RECIPE = (
    "The comparator takes every input of the card: missing numbers as their median with an indicator, missing "
    "categories as the commonest, numbers standardised, no interactions, a light ridge penalty (standard deviation "
    f"{PRIOR_SD:g} of each standardised coefficient, so that separation has an answer)."
)
TABULAR = ("number", "integer", "boolean", "category")
REGRESSIONS = ("LogisticRegression", "LogisticRegressionCV", "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV")


@dataclass(frozen=True, eq=False)
class Comparator:
    """The regression behind the model's card; unfitted until ``refit`` returns a fitted one."""

    card: ModelCard
    pipeline: Any = None
    adapter: str = "comparator"

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        """Risk, class probabilities or value per row of raw inputs; missing inputs are filled as in the fit."""
        rows = _rows(self.card, features)
        if self.card.outcome == "continuous":
            return Value(np.asarray(self.pipeline.predict(rows), dtype=np.float64))
        shares = self.pipeline.predict_proba(rows)
        if self.card.outcome == "binary":
            return Risk(shares[:, list(self.pipeline.classes_).index(1)])
        whole = np.zeros((len(rows), len(self.card.categories)))
        whole[:, [int(code) for code in self.pipeline.classes_]] = shares
        return ClassProbabilities(whole, self.card.categories)

    def refit(
        self,
        features: pd.DataFrame,
        outcome: Outcome,
        *,
        weights: FloatArray | None,
        rng: np.random.Generator,
    ) -> Comparator:
        """Fitted on these rows; nothing in it is random, so ``rng`` is not used."""
        target = _target(outcome, self.card)
        last = "ridge" if self.card.outcome == "continuous" else "logistic"
        given = {} if weights is None else {f"{last}__sample_weight": weights}
        return Comparator(self.card, _pipeline(self.card, last).fit(_rows(self.card, features), target, **given))


def comparator(card: ModelCard) -> Comparator | NotEstimable:
    """The comparator for a card, or why its inputs or outcome allow none."""
    if card.outcome not in ("binary", "nominal", "ordinal", "continuous"):
        return NotEstimable(f"no regression on the same inputs is fitted to a {card.outcome} outcome")
    other = [feature.name for feature in card.inputs if feature.type not in TABULAR]
    if other:
        return NotEstimable(f"inputs that a plain regression cannot take: {', '.join(other)}")
    return Comparator(card) if card.inputs else NotEstimable("the card names no inputs")


def is_regression(model: object) -> bool:
    """Whether the model's last step is itself a linear or logistic regression: no machine learning to compare with."""
    last: Any = getattr(model, "estimator", None)
    while hasattr(last, "steps"):
        last = last.steps[-1][1]
    return type(last).__name__ in REGRESSIONS


def comparator_name(card: ModelCard) -> str:
    """What the comparator is called."""
    return NAMES.get(card.outcome, LOGISTIC)


def _rows(card: ModelCard, features: pd.DataFrame) -> pd.DataFrame:
    rows = prepare_inputs(card, features)
    for feature in card.inputs:
        if _is_category(feature):
            values = rows[feature.name].astype(object)
            rows[feature.name] = values.map(str).where(values.notna(), np.nan)
    return rows


def _is_category(feature: Feature) -> bool:
    return feature.type == "category" or bool(feature.levels)


def _target(outcome: Outcome, card: ModelCard) -> Any:
    match outcome:
        case Binary():
            return outcome.event.astype(int)
        case Nominal():
            order = [card.categories.index(category) for category in outcome.categories]
            return np.asarray(order)[outcome.code]
        case Continuous():
            return outcome.value
    raise TypeError(f"no comparator for a {outcome.kind} outcome")


def _pipeline(card: ModelCard, last: str) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = Pipeline(
        [
            ("fill", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
            ("scale", StandardScaler()),
        ]
    )
    categories = Pipeline(
        [
            ("fill", SimpleImputer(strategy="most_frequent", keep_empty_features=True)),
            ("columns", OneHotEncoder(handle_unknown="ignore")),
        ]
    )
    parts = ColumnTransformer(
        [
            ("numbers", numbers, [f.name for f in card.inputs if not _is_category(f)]),
            ("categories", categories, [f.name for f in card.inputs if _is_category(f)]),
        ]
    )
    fits = {
        "logistic": lambda: LogisticRegression(C=PRIOR_SD**2, max_iter=STEPS),
        "ridge": lambda: Ridge(alpha=PRIOR_SD**-2),
    }
    return Pipeline([("inputs", parts), (last, fits[last]())])
