"""Small fitted models of many kinds on one simulated cohort, as registered models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import cds
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard

SITES = ("hip", "knee", "back", "neck")


def cohort(rows: int = 300, seed: int = 7) -> pd.DataFrame:
    """Raw inputs with gaps in ``pain`` and levels as text, a binary ``event``, a ``score`` and times."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(50, 12, rows).round(1),
            "pain": rng.integers(0, 11, rows).astype(float),
            "site": rng.choice(SITES, rows),
            "sleep": rng.normal(7, 1, rows).round(2),
        }
    )
    effect = frame.site.map({"hip": -1.0, "knee": 0.2, "back": 1.0, "neck": -0.3})
    linear = 0.03 * (frame.age - 50) + 0.25 * (frame.pain - 5) + effect - 0.4 * (frame.sleep - 7) * (frame.pain > 5)
    frame["event"] = (rng.random(rows) < 1 / (1 + np.exp(-linear))).astype(int)
    frame["score"] = linear + rng.normal(0, 0.5, rows)
    frame["time"] = rng.exponential(200 * np.exp(-linear)).clip(1, 700)
    frame["seen"] = (frame.time < 700).astype(int)
    frame.loc[rng.random(rows) < 0.15, "pain"] = np.nan
    return frame


INPUTS = ["age", "pain", "site", "sleep"]


def card(
    outcome: str = "binary", *, names: list[str] | None = None, pain_required: bool = False, **more: Any
) -> ModelCard:
    inputs: dict[str, dict[str, Any]] = {
        "age": {"name": "age", "type": "number"},
        "pain": {"name": "pain", "type": "number", "required": pain_required},
        "site": {"name": "site", "type": "category", "levels": {site: site for site in SITES}},
        "sleep": {"name": "sleep", "type": "number"},
    }
    given = {
        "schema": "cds.card/1",
        "name": "kind",
        "version": "1",
        "outcome": outcome,
        "inputs": [inputs[name] for name in names or INPUTS],
        **more,
    }
    return ModelCard.model_validate(given)


def prepared_columns(encoder: Any) -> Any:
    """Numbers imputed and scaled, the site encoded."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return ColumnTransformer([("numbers", numbers, ["age", "pain", "sleep"]), ("site", encoder, ["site"])])


def piped(last: Any, encoder: Any = None) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    return make_pipeline(prepared_columns(encoder or OneHotEncoder(sparse_output=False)), last)


def native(last: Any) -> Any:
    """Histogram boosting of raw inputs whose site is a category by the column's type."""
    frame = cohort()
    inputs = frame[INPUTS].astype({"site": "category"})
    return last.fit(inputs, frame.event if hasattr(last, "predict_proba") else frame.score)


def registered(fitted: Any, given: ModelCard, rows: int = 12) -> RegisteredModel:
    names = [feature.name for feature in given.inputs]
    background = cohort(seed=8)[names]
    if given.feature("pain").required if "pain" in names else False:
        background = background.dropna()
    return cds.wrap(fitted, given, background=background.iloc[:rows])
