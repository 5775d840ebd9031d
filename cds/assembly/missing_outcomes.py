"""Outcomes that were not observed: refused or excluded as the protocol rules, counted by what was predicted."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.errors import DataError, row_list
from cds.core.finding import Table
from cds.core.prediction import ClassProbabilities, Prediction, RiskByHorizon
from cds.core.protocol import ValidationProtocol

FIFTHS = 5


def missing_outcomes(protocol: ValidationProtocol, prediction: Prediction, observed: BoolArray, source: str) -> Table:
    """How many outcomes are missing in each fifth of the prediction.

    Raises:
        DataError: the protocol refuses missing outcomes.
    """
    if protocol.outcome.missing == "refuse":
        raise DataError(
            f"the outcome is missing at {row_list(np.flatnonzero(~observed).tolist())}",
            where=source,
            do='Complete it, or set missing = "exclude" in [outcome] before seeing the data',
        )
    what, values = _ranked(prediction)
    edges = np.quantile(values, np.linspace(0, 1, FIFTHS + 1))
    place = np.searchsorted(edges[1:-1], values, side="left")
    rows = tuple(
        (
            f"{edges[k]:.3f} to {edges[k + 1]:.3f}",
            str(int((place == k).sum())),
            str(int(((place == k) & ~observed).sum())),
        )
        for k in range(FIFTHS)
    )
    header = (f"{what} (fifths)", "patients", "outcome missing")
    note = "If the missing outcomes gather at one end, the excluded patients differ from those judged."
    return Table("missing_outcomes", "dataquality", f"Missing outcomes by {what}", header, rows, note)


def _ranked(prediction: Prediction) -> tuple[str, FloatArray]:
    """What is predicted, as one number per row."""
    if isinstance(prediction, ClassProbabilities):
        return "predicted probability of the last category", prediction.values[:, -1]
    if isinstance(prediction, RiskByHorizon):
        return "predicted risk at the last horizon", prediction.values[:, -1]
    name = type(prediction).__name__
    return ("predicted risk" if name == "Risk" else f"predicted {name.lower()}"), prediction.values
