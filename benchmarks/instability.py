"""200 refits of a logistic model on 2,000 patients: every step redone, predictions, table and curves of instability."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from benchmarks.printing import figure
from cds import catalog
from cds.core.alignment import align
from cds.core.cohort import Cohort
from cds.core.outcome import Binary
from cds.core.protocol import MeasuresSection
from cds.core.study import Study
from cds.internal.instability_curves import instability
from cds.internal.redone import redone, source_of
from cds.registry import wrap

PATIENTS, REFITS, INPUTS = 2_000, 200, 10


def development() -> tuple[pd.DataFrame, np.ndarray]:
    """Ten inputs with a twentieth of their values missing, and an outcome that two of them move."""
    rng = np.random.default_rng(11)
    inputs = pd.DataFrame(rng.normal(size=(PATIENTS, INPUTS)), columns=[f"x{k}" for k in range(INPUTS)])
    outcome = (rng.random(PATIENTS) < 1 / (1 + np.exp(1 - inputs["x0"] - 0.5 * inputs["x1"]))).astype(int)
    return inputs.mask(rng.random(inputs.shape) < 0.05), outcome.to_numpy()


def pipeline() -> object:
    """Impute, scale, regress without penalty."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=np.inf))


def study(inputs: pd.DataFrame, outcome: np.ndarray) -> Study:
    """The study of the model in its own patients."""
    card = {
        "schema": "cds.card/1", "name": "benchmark", "version": "1", "outcome": "binary", "outcome_column": "y",
        "inputs": [{"name": name, "type": "number", "required": False} for name in inputs],
    }  # fmt: skip
    model = wrap(pipeline().fit(inputs, outcome), card)  # type: ignore[attr-defined]  # scikit-learn has no types
    observed = Binary(outcome.astype(float))
    sample = align(observed, model.predict(inputs))
    cohort = Cohort(patients=np.arange(len(outcome)).astype(str), features=inputs, outcome=observed)
    settings = MeasuresSection(thresholds=(0.2, 0.4))
    return Study(
        cohort=cohort, samples=(sample,), measures=catalog.measures("binary"), settings=settings, model=model, jobs=2
    )


def plain_loop(inputs: pd.DataFrame, outcome: np.ndarray) -> float:
    """Seconds that scikit-learn alone takes to clone, fit and predict as often."""
    from sklearn.base import clone

    rng, unfitted = np.random.default_rng(1), pipeline()
    started = time.perf_counter()
    for _ in range(REFITS):
        rows = rng.integers(0, len(outcome), len(outcome))
        clone(unfitted).fit(inputs.iloc[rows], outcome[rows]).predict_proba(inputs)
    return time.perf_counter() - started


def main() -> None:
    """Print the figure beside the plain loop."""
    inputs, outcome = development()
    given = study(inputs, outcome)
    source = source_of(given)
    started = time.perf_counter()
    made = redone(source, given.sample, REFITS)  # type: ignore[arg-type]  # a pipeline can be refitted
    handed_over = list(instability(given, given.sample, made))
    seconds = time.perf_counter() - started
    if made.failed:
        raise RuntimeError("a refit failed")
    figure(
        "instability: 200 refits of a logistic pipeline on 2,000 patients, with table and curves",
        seconds=seconds,
        peer="scikit-learn alone: clone, fit and predict in a plain loop, nothing measured",
        peer_seconds=plain_loop(inputs, outcome),
        target="<= 20 s",
        outputs=len(handed_over),
    )


if __name__ == "__main__":
    main()
