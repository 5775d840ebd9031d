"""A refittable model and the study of it, for the tests of internal validation."""

from pathlib import Path

import numpy as np
import pandas as pd

from cds.assembly.study import assemble
from cds.core.cohort import Cohort
from cds.core.model import RegisteredModel
from cds.core.outcome import Binary, Outcome
from cds.core.protocol import ValidationProtocol
from cds.core.study import Study
from cds.registry import wrap
from cds.stats.estimation import answer

HERE = Path(__file__).parent


def drawn(n: int = 200, noise: int = 2, seed: int = 5) -> pd.DataFrame:
    """Two true inputs and some of noise, and the outcome ``y``."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.normal(size=(n, 2 + noise)), columns=[f"x{i}" for i in range(2 + noise)])
    chance = 1 / (1 + np.exp(0.5 - data["x0"] - 0.5 * data["x1"]))
    return data.assign(y=(rng.random(n) < chance).astype(int))


def fitted(data: pd.DataFrame, estimator: object = None, **card: object) -> RegisteredModel:
    """An unpenalised logistic regression (or the estimator given) on every column but ``y``."""
    from sklearn.linear_model import LogisticRegression

    chosen = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12) if estimator is None else estimator
    inputs = data.drop(columns="y")
    told = {
        "schema": "cds.card/1",
        "name": "toy",
        "version": "1",
        "outcome": "binary",
        "outcome_column": "y",
        "inputs": [{"name": name, "type": "number", "required": False} for name in inputs],
    }
    return wrap(chosen.fit(inputs, data["y"]), {**told, **card})


def protocol(design: str = "internal", **more: object) -> ValidationProtocol:
    """Slope, AUROC and gain are asked for; thresholds .3; no bootstrap of measures."""
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1",
            "name": "internal",
            "version": "1",
            "question": "?",
            "design": design,
            "outcome": {"kind": "binary", "column": "y"},
            "cohort": {"minimum_events": 10},
            "measures": {"thresholds": [0.3], "replicates": 0},
            "criteria": [
                {"measure": "calibration_slope", "within": [0.1, 3.0]},
                {"measure": "auroc", "at_least": 0.5},
                {"measure": "net_benefit_gain", "threshold": 0.3, "at_least": -0.5},
            ],
            **more,
        }
    )


def cohort_of(data: pd.DataFrame, outcome: Outcome | None = None, patients: object = None, **more: object) -> Cohort:
    """The cohort of these rows, a patient each unless named."""
    names = np.arange(len(data)) if patients is None else np.asarray(patients)
    return Cohort(
        patients=names.astype(str),
        features=data.drop(columns="y"),
        outcome=Binary(data["y"].to_numpy(float)) if outcome is None else outcome,
        **more,
    )


def study_of(data: pd.DataFrame, model: RegisteredModel | None, asked: ValidationProtocol, **more: object) -> Study:
    """The answered study of a model on these rows."""
    return answer(assemble(asked, cohort_of(data, **more), model).study, jobs=1)
