"""The cohort's inputs and outcome as codes, for checks that compare whole rows with each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.arrays import IntArray
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Outcome, Repeated
from cds.core.study import Study

OUTCOME = "(outcome)"


def coded_inputs(study: Study, *, totals: bool = True) -> dict[str, IntArray]:
    """Each input that the data have, as codes by row (missing is −1); totals of other columns only if asked for."""
    if study.card is None:
        return {}
    features = study.cohort.features
    kept = [f.name for f in study.card.inputs if f.name in features and (totals or not f.total_of)]
    return {name: _codes(features[name]) for name in kept}


def coded_outcome(outcome: Outcome | None) -> dict[str, IntArray]:
    """What was observed, as codes by row: one column, or two where a time and what ended it were observed."""
    match outcome:
        case Binary():
            return {OUTCOME: _codes(outcome.event)}
        case Nominal():
            return {OUTCOME: _codes(outcome.code)}
        case Continuous():
            return {OUTCOME: _codes(outcome.value)}
        case Repeated():
            return coded_outcome(outcome.measured)
        case CompetingRisks():
            return {"(time)": _codes(outcome.time), OUTCOME: _codes(outcome.status)}
        case _:
            return {}


def first_rows(study: Study) -> IntArray:
    """The first row of each patient, in the rows' order."""
    return np.flatnonzero(~pd.Series(study.cohort.patients).duplicated().to_numpy())


def _codes(values: pd.Series | np.ndarray[tuple[int], np.dtype[np.generic]]) -> IntArray:
    column = pd.Series(values)
    codes, _ = pd.factorize(column if column.dtype.kind in "iufb" else column.astype(object).astype(str))
    codes = np.asarray(codes, dtype=np.int64)
    codes[column.isna().to_numpy()] = -1
    return codes
