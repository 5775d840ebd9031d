"""Outcomes that were not observed: refused, excluded or weighted as the protocol rules, counted by prediction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cds.assembly.outcome_weights import observation_weights
from cds.core.arrays import BoolArray, FloatArray
from cds.core.cohort import Cohort
from cds.core.errors import DataError, row_list
from cds.core.finding import Table
from cds.core.prediction import ClassProbabilities, Prediction, RiskByHorizon
from cds.core.protocol import ValidationProtocol
from cds.core.small_cells import hidden
from cds.tabular import without_missing_outcomes

FIFTHS = 5


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one analysis whose outcome was observed, with their predictions, in one imputation."""

    cohort: Cohort
    prediction: Prediction
    notes: tuple[str, ...] = ()


def with_outcome(protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction) -> Rows:
    """The rows with an observed outcome; where the protocol rules so, weighted for those without.

    Raises:
        DataError: the protocol refuses missing outcomes; no row has one; weights that cannot be estimated.
    """
    if cohort.outcome is None:
        raise DataError("the cohort has no outcome", where=cohort.source)
    observed = cohort.outcome.observed
    if observed.all():
        return Rows(cohort, prediction)
    if protocol.outcome.missing == "refuse":
        raise DataError(
            f"the outcome is missing at {row_list(np.flatnonzero(~observed).tolist())}",
            where=cohort.source,
            do='Complete it, or set missing = "exclude" in [outcome] before seeing the data',
        )
    kept = without_missing_outcomes(cohort)
    notes: tuple[str, ...] = ()
    if protocol.outcome.missing == "weight":
        found = observation_weights(protocol, cohort, prediction)
        kept, notes = replace(kept, weights=found.weights), found.notes
    return Rows(kept, prediction.take(np.flatnonzero(observed)), notes)


def missing_by_prediction(prediction: Prediction, observed: BoolArray, *, small: int) -> Table:
    """How many outcomes are missing in each fifth of the prediction; × where ``small`` counts could be worked out."""
    what, values = ranked(prediction)
    edges = np.quantile(values, np.linspace(0, 1, FIFTHS + 1))
    place = np.searchsorted(edges[1:-1], values, side="left")
    patients = np.bincount(place, minlength=FIFTHS).tolist()
    missing = np.bincount(place[~observed], minlength=FIFTHS).tolist()
    kept_back = hidden(missing, small) | hidden([p - m for p, m in zip(patients, missing, strict=True)], small)
    few = hidden(patients, small)
    rows = tuple(
        (
            f"{edges[k]:.3f} to {edges[k + 1]:.3f}",
            "×" if k in few else str(patients[k]),
            "×" if k in few or k in kept_back else str(missing[k]),
        )
        for k in range(FIFTHS)
    )
    header = (f"{what} (fifths)", "patients", "outcome missing")
    note = "If the missing outcomes gather at one end, the excluded patients differ from those judged."
    if kept_back or few:
        note += " × Small counts, and those from which they could be worked out, are not printed."
    title = f"Missing outcomes by {what}"
    return Table("missing_outcomes", "dataquality", title, header, rows, note, section="missing")


def ranked(prediction: Prediction) -> tuple[str, FloatArray]:
    """What is predicted, as one number per row."""
    if isinstance(prediction, ClassProbabilities):
        return "predicted probability of the last category", prediction.values[:, -1]
    if isinstance(prediction, RiskByHorizon):
        return "predicted risk at the last horizon", prediction.values[:, -1]
    name = type(prediction).__name__
    return ("predicted risk" if name == "Risk" else f"predicted {name.lower()}"), prediction.values
