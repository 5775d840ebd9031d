"""Fitted models and their cards, small and made up."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.model_card import ModelCard

INPUTS: list[dict[str, Any]] = [
    {"name": "age", "type": "number", "range": [18, 90]},
    {"name": "pain", "type": "integer", "range": [0, 10], "required": False},
    {"name": "sex", "type": "category", "levels": {"1_female": "female", "2_male": "male"}},
    {"name": "side", "type": "category", "levels": {"1": "left", "2": "right", "3": "both"}},
]


@pytest.fixture
def rows() -> pd.DataFrame:
    """Raw inputs of 240 made-up patients; sides are numbers, a few pain scores are missing."""
    rng = np.random.default_rng(20261120)
    n = 240
    frame = pd.DataFrame(
        {
            "age": rng.normal(45, 12, n).round(1),
            "pain": rng.integers(0, 11, n).astype(float),
            "sex": rng.choice(["1_female", "2_male"], n),
            "side": rng.choice([1.0, 2.0, 3.0], n),
        }
    )
    frame.loc[[3, 50, 111], "pain"] = np.nan
    return frame


@pytest.fixture
def event(rows: pd.DataFrame) -> np.ndarray:
    """0 or 1, likelier with pain and in women."""
    rng = np.random.default_rng(1)
    z = 0.3 * rows["pain"].fillna(5) - 2 + 0.8 * (rows["sex"] == "1_female")
    return (rng.random(len(rows)) < 1 / (1 + np.exp(-z))).astype(int).to_numpy()


@pytest.fixture
def make_card() -> Callable[..., ModelCard]:
    """A card of these inputs, with whatever is given on top."""

    def make(**given: Any) -> ModelCard:
        plain = {"name": "made-up", "version": "1", "outcome": "binary", "inputs": INPUTS}
        return ModelCard.model_validate({**plain, **given})

    return make


@pytest.fixture
def make_pipeline() -> Callable[[Any], Any]:
    """An unfitted pipeline on raw inputs that ends in the given estimator."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    def make(estimator: Any) -> Any:
        numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
        prepare = ColumnTransformer(
            [("numbers", numbers, ["age", "pain"]), ("levels", OneHotEncoder(), ["sex", "side"])]
        )
        return Pipeline([("prepare", prepare), ("model", estimator)])

    return make
