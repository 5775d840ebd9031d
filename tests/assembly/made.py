"""A cohort whose inputs are missing at random given the outcome, and the model that made it."""

import numpy as np
import pandas as pd

from cds.core.cohort import Cohort
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary
from cds.core.prediction import Risk
from cds.core.protocol import ValidationProtocol
from cds.stats.inputs import prepare_inputs, refuse_missing

INPUTS = (
    Feature(name="age", type="number"),
    Feature(name="pain", label="Pain", type="number", range=(0, 10)),
    Feature(name="sex", type="category", levels={"0": "female", "1": "male"}),
    Feature(name="work", type="category", levels={"0": "sitting", "1": "lifting", "2": "mixed"}),
)
CARD = ModelCard(name="made", version="1", outcome="binary", inputs=INPUTS)


def expit(x):
    return 1 / (1 + np.exp(-x))


def linear(d):
    return -0.8 + 0.03 * (d.age - 45) + 0.35 * (d.pain - 5) + 0.5 * (d.sex == 1) + 0.7 * (d.work == 1) - 0.5 * (
        d.work == 2
    )  # fmt: skip


def mar(n=600, seed=20261120) -> pd.DataFrame:
    """Outcomes that follow the model exactly; pain, sex and work missing by outcome and age."""
    rng = np.random.default_rng(seed)
    age = rng.normal(45, 12, n)
    pain = np.clip(rng.normal(5 + 0.03 * (age - 45), 2, n), 0, 10)
    sex = (rng.random(n) < 0.5).astype(float)
    z = np.column_stack([np.zeros(n), 0.4 * (pain - 5), -0.3 * (pain - 5) + 0.03 * (age - 45)])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    work = (rng.random(n)[:, None] >= np.cumsum(p, axis=1)[:, :-1]).sum(axis=1).astype(float)
    d = pd.DataFrame({"age": age, "pain": pain, "sex": sex, "work": work})
    d["y"] = (rng.random(n) < expit(linear(d))).astype(int)
    d.loc[rng.random(n) < expit(-1.6 + 0.9 * d.y + 0.02 * (age - 45)), "pain"] = np.nan
    d.loc[rng.random(n) < expit(-1.8 + 0.7 * d.y + 0.03 * (age - 45)), "work"] = np.nan
    d.loc[rng.random(n) < expit(-2.0 + 0.5 * d.y), "sex"] = np.nan
    return d.round(6)


def cohort(d, **more) -> Cohort:
    """The rows as a cohort whose outcome is ``y``."""
    outcome = more.pop("outcome", None) or Binary(d.y.to_numpy(float))
    return Cohort(**{"patients": np.arange(len(d)).astype(str), "features": d, "outcome": outcome, **more})


class Made:
    """Refuses rows without a required input."""

    adapter = "made"

    def __init__(self, card=CARD):
        self.card = card

    def predict(self, features, *, horizons=None):
        inputs = prepare_inputs(self.card, features)
        refuse_missing(self.card, inputs)
        filled = inputs.fillna({"age": 45, "pain": 5, "sex": 0, "work": 0})
        return Risk(expit(linear(filled)).to_numpy())


def model(*, optional=()) -> RegisteredModel:
    """The model, some of its inputs optional: then missing ones take a fixed value."""
    inputs = tuple(f.model_copy(update={"required": f.name not in optional}) for f in INPUTS)
    return RegisteredModel(Made(CARD.model_copy(update={"inputs": inputs})), sha256="", source="memory")


def protocol(**more) -> ValidationProtocol:
    """Looks at the slope, without a bootstrap."""
    raw = {
        "schema": "cds.protocol/1", "name": "made", "version": "1", "question": "q",
        "outcome": {"kind": "binary", "column": "y"}, "measures": {"replicates": 0, "thresholds": [0.3]},
        "criteria": [{"measure": "calibration_slope", "within": [0.8, 1.2]}],
    }  # fmt: skip
    return ValidationProtocol.model_validate({**raw, **more})
