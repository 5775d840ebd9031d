"""A clean cohort of some hundred patients with a development summary, to plant one fault after another in."""

from typing import Any

import numpy as np
import pandas as pd

from cds.core.cohort import Cohort
from cds.core.finding import Finding, Table
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary, Outcome
from cds.core.protocol import MeasuresSection, ValidationProtocol
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.study import Study
from cds.registry.development import development_summary

ROWS = 400
ITEMS = tuple(f"tsk_{k}" for k in range(1, 18))
INPUTS = (
    Feature(name="age", label="Age", type="number", unit="years", range=(18, 100)),
    Feature(name="waist", label="Waist", type="number", unit="cm", range=(20, 250)),
    Feature(name="disability", label="Disability", type="number", range=(0, 100)),
    Feature(name="smoker", label="Smoker", type="integer"),
    Feature(name="sex", label="Sex", type="category", levels={"0": "female", "1": "male", "2": "other"}),
    Feature(name="work", label="Work", type="category"),
    Feature(name="intensity", label="Intensity", type="number", required=False, range=(0, 10)),
    Feature(name="tsk", label="Fear of movement", type="integer", range=(17, 86), total_of=ITEMS),
)


def rows(seed: int = 1, n: int = ROWS) -> pd.DataFrame:
    """Clean rows: no fault, nothing missing."""
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {
        "age": rng.normal(48, 12, n).clip(19, 88).round(1),
        "waist": rng.normal(92, 12, n).clip(60, 140).round(1),
        "disability": rng.normal(45, 15, n).clip(2, 98).round(),
        "smoker": rng.integers(0, 2, n),
        "sex": rng.choice([0, 1, 2], n, p=[0.5, 0.4, 0.1]),
        "work": rng.choice(["light", "heavy"], n),
        "intensity": rng.normal(5, 1.5, n).clip(0.2, 9.8).round(1),
        "lbp": rng.choice(["yes", "no"], n),
    }
    items = rng.integers(1, 5, (n, len(ITEMS)))
    made |= {name: items[:, k] for k, name in enumerate(ITEMS)}
    made["tsk"] = items.sum(axis=1)
    made["y"] = rng.integers(0, 2, n)
    return pd.DataFrame(made)


def card(*, developed: bool = True, **changed: dict[str, Any]) -> ModelCard:
    """The card; ``changed`` holds, by input, the keys to set otherwise."""
    inputs = tuple(
        Feature.model_validate({**f.model_dump(exclude_unset=True), **changed.get(f.name, {})}) for f in INPUTS
    )
    made = ModelCard(name="m", version="1", outcome="binary", outcome_column="y", inputs=inputs)
    return made.model_copy(update={"development": development_summary(made, rows(seed=2))}) if developed else made


def study(
    frame: pd.DataFrame,
    model: ModelCard | None = None,
    *,
    outcome: Outcome | None = None,
    sample: Sample | None = None,
    section: dict[str, Any] | None = None,
    **cohort: Any,
) -> Study:
    """The study of these rows; ``section`` is the protocol's [cohort], further keywords are the cohort's parts."""
    event = frame["y"].to_numpy(dtype=float)
    protocol = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q", "cohort": section or {},
        "outcome": {"kind": "binary", "column": "y"}, "criteria": [{"measure": "auroc", "at_least": 0.6}],
    }  # fmt: skip
    parts = {"patients": np.arange(len(frame)).astype(str), "outcome": outcome or Binary(event), **cohort}
    return Study(
        cohort=Cohort(features=frame, **parts),
        samples=(sample or BinarySample(outcome=event, risk=np.linspace(0.05, 0.95, len(frame))),),
        measures={},
        settings=MeasuresSection(),
        card=card() if model is None else model,
        protocol=ValidationProtocol.model_validate(protocol),
    )


def faults(found: Any) -> list[Finding]:
    """The faults among what a check yields."""
    return [one for one in found if isinstance(one, Finding) and one.severity is not None]


def told(found: Any) -> str:
    """The sentence of the only fault."""
    [fault] = faults(found)
    return str(fault.verdict_reason)


def tables(found: Any) -> list[Table]:
    """The tables among what a check yields."""
    return [one for one in found if isinstance(one, Table)]
