"""Trains the demonstration's three models on the SYNTHETIC development cohort and writes their cards.

* ``boosting``: small, slow, regularised trees; settings fixed in advance, not tuned on the external cohort.
* ``logistic``: an unpenalised logistic regression on the same rows and inputs, the comparator every boosting
  model deserves.
* ``untamed``: the same trees as the library sets them by default. It ranks women almost as well, but its
  risks are too extreme for new women, which an AUROC does not show.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cds.core.model_card import ModelCard
from cds.demo.simulation import OUTCOME

LEVELS = ("earlier_pgp", "mode_of_birth")
NUMBERS = (
    "pain_at_birth", "epds_total", "tsk_11", "social_support", "sleep_hours", "care_hours", "walking_speed",
    "bmi", "age", "parity",
)  # fmt: skip
BACKGROUND_ROWS = 100
SEED = 1


@dataclass(frozen=True)
class DemoModel:
    """One model of the demonstration: its registered name, how it is built, and what its card adds."""

    name: str
    build: Callable[[], Any]
    limits: str
    limits_in_german: str

    @property
    def identity(self) -> str:
        """``name@version``."""
        return card(self).identity


def boosting() -> Any:
    """Gradient boosting with small trees, a slow rate and many women per leaf."""
    return _boosting(learning_rate=0.05, max_iter=80, max_leaf_nodes=6, min_samples_leaf=30, l2_regularization=1.0)


def untamed() -> Any:
    """Gradient boosting with the library's default settings."""
    return _boosting()


def logistic() -> Any:
    """Unpenalised logistic regression; blanks become the development median, levels become indicators."""
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    prepare = ColumnTransformer(
        [("numbers", numbers, list(NUMBERS)), ("levels", OneHotEncoder(drop="first"), list(LEVELS))]
    )
    # C = ∞ is no penalty: scikit-learn's default penalty would shrink the coefficients.
    return Pipeline([("prepare", prepare), ("model", LogisticRegression(C=np.inf, max_iter=1000))])


def _boosting(**settings: float) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    prepare = ColumnTransformer([("levels", OrdinalEncoder(), list(LEVELS)), ("numbers", "passthrough", list(NUMBERS))])
    trees = HistGradientBoostingClassifier(categorical_features=[0, 1], random_state=SEED, **settings)
    return Pipeline([("prepare", prepare), ("model", trees)])


MAIN = DemoModel(
    name="demo-postpartum-lbp",
    build=boosting,
    limits="Gradient boosting of small trees.",
    limits_in_german="Gradient Boosting kleiner Bäume.",
)
COMPARATOR = DemoModel(
    name="demo-postpartum-lbp-logistic",
    build=logistic,
    limits="Logistic regression; blanks become the development median.",
    limits_in_german="Logistische Regression; fehlende Werte werden zum Median der Entwicklungsdaten.",
)
UNTAMED = DemoModel(
    name="demo-postpartum-lbp-untamed",
    build=untamed,
    limits="Gradient boosting at the library's defaults, which overfits here.",
    limits_in_german="Gradient Boosting mit den Voreinstellungen der Bibliothek, das sich hier überanpasst.",
)
MODELS: Mapping[str, DemoModel] = {model.name: model for model in (MAIN, COMPARATOR, UNTAMED)}


def card(model: DemoModel) -> ModelCard:
    """The model's card: the shared one (``card.toml``) with its own name and limits."""
    shared = tomllib.loads(Path(__file__).with_name("card.toml").read_text(encoding="utf-8"))
    german = shared["translations"]["de"]
    german["limits"] = f"{model.limits_in_german} {german['limits']}"
    own = {"name": model.name, "limits": f"{model.limits} {shared['limits']}"}
    return ModelCard.model_validate({**shared, **own})


def inputs() -> list[str]:
    """The names of the models' inputs in the card's order."""
    return [feature.name for feature in card(MAIN).inputs]


def train(model: DemoModel, development: pd.DataFrame) -> Any:
    """Fit the model on the development rows."""
    return model.build().fit(development[inputs()], development[OUTCOME])


def background(development: pd.DataFrame) -> pd.DataFrame:
    """The fixed reference sample for explanations: 100 development women with their outcomes."""
    return development.sample(BACKGROUND_ROWS, random_state=SEED)[[*inputs(), OUTCOME]].reset_index(drop=True)
