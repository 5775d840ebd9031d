"""A small study to spoil, shared by the tests of this family."""

from typing import Any

import numpy as np
import pandas as pd

from cds.core.cohort import Cohort
from cds.core.finding import Finding
from cds.core.fingerprints import Overlap, SubsetOverlap
from cds.core.model_card import DevelopmentSummary, Feature, InputSummary, ModelCard
from cds.core.outcome import Binary
from cds.core.protocol import MeasuresSection, ValidationProtocol
from cds.core.sample_binary import BinarySample
from cds.core.study import Study

ROWS = 100
MIXED = 37 * np.arange(ROWS) % ROWS  # an order that has nothing to do with the outcome
CARD = ModelCard(
    name="m",
    version="1",
    outcome="binary",
    outcome_column="y",
    inputs=(
        Feature(name="age", label="Age", type="number", unit="years", range=(18, 100)),
        Feature(name="height", label="Height", type="number", unit="cm", range=(120, 220)),
        Feature(name="sex", label="Sex", type="category", levels={"f": "female", "m": "male"}),
    ),
)


NOBODY_SEEN = Overlap(
    (SubsetOverlap("development", "inputs", ("age", "height", "sex"), ROWS, 0, 0.0, 0, 0),),
    np.full(ROWS, False),
    patients=ROWS,
    matched=0,
)

DEVELOPED = CARD.model_copy(
    update={
        "development": DevelopmentSummary(
            rows=ROWS, inputs={"age": InputSummary(n=ROWS, missing=0, mean=50, sd=18, q05=22, median=50, q95=78)}
        )
    }
)


def study(
    card: ModelCard | None = CARD, *, outcome: Any = None, risk: Any = None, column: str = "y", **columns: Any
) -> Study:
    given = {
        "age": np.linspace(20, 80, ROWS)[MIXED],
        "height": np.linspace(150, 190, ROWS)[MIXED],
        "sex": ["f", "m"] * (ROWS // 2),
        **columns,
    }
    event = np.repeat([0.0, 1.0], ROWS // 2) if outcome is None else np.asarray(outcome, dtype=float)
    predicted = np.linspace(0.05, 0.95, ROWS) if risk is None else np.asarray(risk, dtype=float)
    cohort = Cohort(patients=np.arange(ROWS).astype(str), features=pd.DataFrame(given), outcome=Binary(event))
    return Study(
        cohort=cohort,
        samples=(BinarySample(outcome=event, risk=predicted),),
        measures={},
        settings=MeasuresSection(),
        card=card,
        overlap=None if card is None else NOBODY_SEEN,
        protocol=ValidationProtocol.model_validate(
            {
                "schema": "cds.protocol/1",
                "name": "p",
                "version": "1",
                "question": "q",
                "outcome": {"kind": "binary", "column": column},
                "criteria": [{"measure": "auroc", "at_least": 0.6}],
            }
        ),
    )


def by_code(findings: Any) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if isinstance(finding, Finding) and finding.kind == "data_fault":
            found.setdefault(str(finding.code), []).append(finding)
    return found
