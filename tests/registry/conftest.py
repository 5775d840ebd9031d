"""A made-up cohort, its card and a fitted pipeline to register."""

from typing import Any

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def cohort() -> pd.DataFrame:
    """200 made-up patients with their outcome; two pain scores are missing."""
    rng = np.random.default_rng(20261120)
    n = 200
    frame = pd.DataFrame(
        {
            "age": rng.normal(45, 12, n),
            "pain": rng.integers(0, 11, n).astype(float),
            "sex": rng.choice(["1_female", "2_male"], n),
            "smoker": rng.choice([0, 1], n),
        }
    )
    z = 0.3 * frame["pain"] - 2 + 0.8 * (frame["sex"] == "1_female")
    frame["chronic"] = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    frame.loc[[3, 50], "pain"] = np.nan
    return frame


@pytest.fixture
def card() -> dict[str, Any]:
    """The card as its TOML file would say it."""
    return {
        "schema": "cds.card/1",
        "name": "made-up",
        "version": "1",
        "outcome": "binary",
        "outcome_column": "chronic",
        "positive": 1,
        "predicts": "chronic low back pain",
        "not_for": ["children"],
        "claims": {"auroc": 0.81},
        "inputs": [
            {"name": "age", "label": "Age", "type": "number", "unit": "years", "range": [18, 90]},
            {"name": "pain", "type": "integer", "range": [0, 10], "required": False},
            {"name": "sex", "type": "category", "levels": {"1_female": "female", "2_male": "male"}},
            {"name": "smoker", "type": "category", "levels": {"0": "no", "1": "yes"}},
        ],
    }


@pytest.fixture
def fitted(cohort: pd.DataFrame) -> Any:
    """A pipeline on the raw inputs."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    prepare = make_column_transformer((SimpleImputer(), ["age", "pain"]), (OneHotEncoder(), ["sex", "smoker"]))
    inputs = cohort[["age", "pain", "sex", "smoker"]].astype({"smoker": float})
    return make_pipeline(prepare, LogisticRegression(max_iter=1000)).fit(inputs, cohort["chronic"])
