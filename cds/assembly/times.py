"""What a validation of times to an event needs beside outcome and risk: horizons, grid, censoring model, cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from cds.core.alignment import TimeRules
from cds.core.arrays import FloatArray
from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, row_list
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import level_key
from cds.core.prediction import Prediction, RiskByHorizon
from cds.core.protocol import CompetingRisksOutcome, SurvivalOutcome, ValidationProtocol
from cds.core.sample import Sample
from cds.core.sample_times import CompetingRisksSample
from cds.stats.censoring_cox import censoring_model
from cds.stats.censoring_weights import censoring_assumption
from cds.tabular.survival_outcome import coded_cause

STEPS = 100  # of the default grid of the integrated Brier score
COARSE = (
    "The model gives risks at {times} only: the integrated Brier score runs over those times, not over {steps} equal "
    "steps."
)
FOLLOW_UP = {
    "to_horizon": "Calibration slopes and curves for a horizon see follow-up up to it only (follow_up = to_horizon).",
    "all": "Calibration slopes and curves for a horizon see all of follow-up (follow_up = all).",
}
ENTRY = (
    "Patients entered late: whoever had the event before could not be seen. Harrell's C, O:E and calibration count as "
    "at risk only those under observation; measures that weight for censoring have no value."
)


def time_rules(protocol: ValidationProtocol, cohort: Cohort, prediction: Prediction) -> TimeRules | None:
    """How the cohort's times are analysed; None where the outcome is no time to an event.

    Raises:
        DataError: horizons or grid times without a risk; covariates of the censoring model that are missing.
    """
    if not isinstance(prediction, RiskByHorizon):
        return None
    settings = protocol.measures
    absent = [h for h in dict.fromkeys((*settings.horizons, *settings.grid)) if h not in prediction.horizons]
    if absent:
        raise DataError(
            f"there is no predicted risk by {_listed(absent)} {protocol.time_unit}".rstrip(),
            do=f"Risks are given at {_listed(prediction.horizons)}: name those under [measures], or add the columns",
        )
    outcome = protocol.outcome
    return TimeRules(
        cause=coded_cause(outcome) if isinstance(outcome, CompetingRisksOutcome) else 1,
        follow_up=settings.follow_up,
        censoring=censoring_covariates(cohort.features, settings.censoring_given),
        grid=settings.grid,
    )


def horizons_to_ask(protocol: ValidationProtocol, model: RegisteredModel, features: pd.DataFrame) -> tuple[float, ...]:
    """The protocol's horizons with the grid of the integrated Brier score, as far as the model can predict them.

    Without a grid in the protocol: 100 equal steps to the largest horizon, where the model gives risks at any time.
    """
    settings = protocol.measures
    asked = sorted({*settings.horizons, *settings.grid})
    if settings.grid or not len(features):
        return tuple(asked)
    largest = settings.horizons[-1]
    steps = {largest * k / STEPS for k in range(1, STEPS)}
    every = tuple(sorted({*asked, *steps}))
    return every if _answers(model, features.iloc[:1], every) else tuple(asked)


def time_notes(protocol: ValidationProtocol, sample: Sample) -> Iterator[str]:
    """What the numbers about times to an event rest on: censoring, follow-up, late entry, the grid."""
    if not isinstance(sample, CompetingRisksSample):
        return
    if isinstance(protocol.outcome, SurvivalOutcome):
        why = protocol.outcome.competing.partition(":")[2].strip()
        yield f"No other event can end follow-up, as the protocol says: {why.rstrip('.')}."
    yield f"Weights for censoring assume that {censoring_assumption(sample)}."
    yield FOLLOW_UP[protocol.measures.follow_up]
    if sample.entry is not None:
        yield ENTRY
    if not protocol.measures.grid and len(sample.horizons) < STEPS:
        yield COARSE.format(times=f"{_listed(sample.horizons)} {protocol.time_unit}".rstrip(), steps=STEPS)


def censoring_covariates(frame: pd.DataFrame, names: tuple[str, ...]) -> FloatArray | None:
    """The covariates of the censoring model, shape (n, k): numbers as they are, categories as 0/1 but for the first.

    Raises:
        DataError: a column that is not there or has missing values, with the row positions.
    """
    if not names:
        return None
    columns: list[FloatArray] = []
    for name in names:
        column = frame[name]
        missing = column.isna().to_numpy()
        if missing.any():
            raise DataError(
                f"column {name!r}, on which censoring may depend, is missing at "
                f"{row_list(np.flatnonzero(missing).tolist())}",
                do="Complete it, or leave it out of measures.censoring_given",
            )
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            columns.append(column.to_numpy(dtype=np.float64))
            continue
        keys = column.map(level_key).to_numpy(dtype=np.str_)
        columns += [(keys == level).astype(np.float64) for level in np.unique(keys)[1:]]
    if not columns:
        raise DataError("the columns on which censoring may depend do not vary", do="Name others, or none")
    return np.column_stack(columns)


def refuse_unfitted_censoring(sample: Sample) -> None:
    """Nothing is judged under an assumption about censoring that the protocol makes and the data cannot bear.

    Raises:
        DataError: the protocol's Cox model of the censoring times cannot be fitted.
    """
    if not isinstance(sample, CompetingRisksSample) or sample.censoring is None or (sample.status != 0).all():
        return
    fit = censoring_model(sample)
    if isinstance(fit, NotEstimable):
        raise DataError(
            fit.reason,
            do="Correct the columns of measures.censoring_given, or take censoring as independent of everything "
            "(censoring = 'marginal'), which the protocol then has to say",
        )


def _answers(model: RegisteredModel, row: pd.DataFrame, horizons: tuple[float, ...]) -> bool:
    """Whether the model has a risk at each of these times; what else is wrong with the row is told elsewhere."""
    try:
        model.predict(row, horizons=horizons)
    except InputError:
        return False
    return True


def _listed(times: Iterable[float]) -> str:
    return ", ".join(f"{t:g}" for t in times)
