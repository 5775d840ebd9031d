"""A small model in plain NumPy, and patients for it; made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cds.core.errors import PredictionError
from cds.core.model import RegisteredModel, Standing
from cds.core.model_card import ModelCard
from cds.core.prediction import Prediction, Risk, RiskByHorizon
from cds.safety.red_flags import read_rules
from cds.stats.inputs import prepare_inputs
from tests.report import patient_cases, survival_cases

SHA = "c4" * 32


@dataclass(frozen=True)
class Logistic:
    """risk = 1 / (1 + exp(−(b0 + Σ b x))), kinesiophobia taken as 36 where it is missing."""

    card: ModelCard
    adapter: str = "by hand"

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        x = prepare_inputs(self.card, features).fillna({"kines": 36.0})
        if x["pain"].isna().any():
            raise PredictionError("pain is missing")
        lp = -4.2 + 0.3 * x["pain"] + 0.05 * x["bmi"] + 0.6 * x["smoke"] + 0.01 * x["kines"]
        return Risk(1 / (1 + np.exp(-lp.to_numpy(dtype=float))))


def card() -> ModelCard:
    inputs = [each for each in patient_cases.CARD["inputs"] if each["name"] in ("pain", "bmi", "kines", "smoke")]  # type: ignore[attr-defined]
    summaries = {each["name"]: patient_cases.CARD["development"]["inputs"][each["name"]] for each in inputs}  # type: ignore[index]
    development = {"rows": 1840, "events": 497, "outcome_mean": 0.27, "inputs": summaries}
    return patient_cases.card(inputs=inputs, development=development)


def background(rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "pain": rng.integers(0, 11, rows).astype(float),
            "bmi": rng.normal(26, 4, rows).round(1),
            "kines": rng.normal(36, 7, rows).round(0),
            "smoke": rng.choice([0.0, 1.0, 2.0], rows),
        }
    )


def model(**changes: Any) -> RegisteredModel:
    standing: Standing = patient_cases.standing(model_sha256=SHA)
    made = RegisteredModel(Logistic(card()), SHA, "made", background(), None, "d" * 64, standing)
    return replace(made, **changes)


def patients() -> pd.DataFrame:
    """Six women: as usual, red flag, unrecorded, pain missing, BMI outside, kinesiophobia missing."""
    flags = {flag.column: "no" for flag in read_rules().flags}
    usual = {"recorded_on": "2026-03-12", "pain": 7.0, "bmi": 27.4, "kines": 44.0, "smoke": 0.0, "parity": 1, **flags}
    changes: list[dict[str, Any]] = [
        {"patient": "P-1"},
        {"patient": "P-2", "red_flag_saddle_numbness": "yes"},
        {"patient": "P-3", "red_flag_bladder_bowel": None},
        {"patient": "P-4", "pain": None},
        {"patient": "P-5", "bmi": 47.2},
        {"patient": "P-6", "kines": None},
    ]
    return pd.DataFrame([{**usual, **change} for change in changes])


def withheld_patients() -> pd.DataFrame:
    """Six women whose estimates are withheld, so that their reports are soon made: Q-0 to Q-5."""
    three = patients().iloc[1:4]
    return pd.concat([three, three]).assign(patient=[f"Q-{k}" for k in range(6)])


@dataclass(frozen=True)
class Cox:
    """risk by t = 1 − exp(−H(t) exp(Σ b x)), for recovery; kinesiophobia taken as 36 where it is missing."""

    card: ModelCard
    adapter: str = "by hand"

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        x = prepare_inputs(self.card, features).fillna({"kines": 36.0})
        lp = (-0.12 * x["pain"] - 0.03 * (x["bmi"] - 25) - 0.2 * x["smoke"] - 0.01 * x["kines"]).to_numpy(dtype=float)
        hazard = np.array([0.8, 1.4, 3.2])
        return RiskByHorizon(-np.expm1(-np.exp(lp)[:, None] * hazard), survival_cases.HORIZONS, lp)


def survival_card(**changes: Any) -> ModelCard:
    """The card of ``Cox``, with what the development data held of its inputs."""
    development = {**card().model_dump()["development"], "events": None, "outcome_mean": None}
    inputs = [feature.model_dump() for feature in card().inputs]
    return survival_cases.card(**{"inputs": inputs, "development": development, **changes})


def survival_model(**changes: Any) -> RegisteredModel:
    """``Cox`` with a background sample and a ready standing."""
    standing: Standing = survival_cases.standing(model_sha256=SHA)
    held = changes.pop("card", survival_card())
    made = RegisteredModel(Cox(held), SHA, "made", background(), None, "d" * 64, standing)
    return replace(made, **changes)
