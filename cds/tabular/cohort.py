"""Makes a cohort of a table as the protocol declares it: outcome, patients, groups, weights, predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from cds.core.cohort import Cohort, FlowStep
from cds.core.errors import DataError, InputError, all_at_once, located, nearest_column
from cds.core.model import ModelCard
from cds.core.outcome import Binary
from cds.core.prediction import Prediction
from cds.core.protocol import BinaryOutcome, ValidationProtocol
from cds.protocol import refuse_unsupported
from cds.tabular.columns import group_levels, patient_names, sampling_weights
from cds.tabular.outcome import binary_outcome, refuse_missing_outcomes
from cds.tabular.reading import Table

T = TypeVar("T")


def build_cohort(
    table: Table,
    protocol: ValidationProtocol,
    card: ModelCard | None = None,
    *,
    model_inputs: bool = True,
    keep_missing_outcomes: bool = False,
) -> Cohort:
    """Make the protocol's cohort of a table, one row per patient; raw inputs stay as they are.

    With a ``card`` the model's inputs are checked (unless ``model_inputs`` is false); without one, the frozen
    predictions that the protocol names are read. Rows without an outcome are refused or excluded as the protocol
    rules; with ``keep_missing_outcomes`` excluded rows stay (their outcome is NaN) until
    ``without_missing_outcomes``, so that their risks can be counted first.

    Raises
    ------
    InputError
        Lists every fault at once: no rows, missing columns (the nearest one is named), outcomes other than
        declared or missing, patients without a name or more than once, references that are no level, weights
        that are negative or missing, inputs or predictions that are undefined.
    ProtocolError
        The protocol asks for what this version does not analyse.
    """
    refuse_unsupported(protocol)
    frame, where = table.frame, table.path.name
    if frame.empty:
        raise DataError("the data have no rows", where=where)
    _refuse_missing_columns(frame, protocol, where)
    faults: list[InputError] = []
    outcome = _kept(faults, lambda: _outcome(frame, protocol))
    patients = _kept(faults, lambda: patient_names(frame, protocol.cohort.patient))
    groups = _kept(faults, lambda: group_levels(frame, protocol.cohort))
    weights = _kept(faults, lambda: sampling_weights(frame, protocol.cohort.weight))
    predictions = _kept(faults, lambda: _predictions(frame, protocol, card, model_inputs))
    if faults or outcome is None or patients is None or groups is None:
        raise located(all_at_once(faults), where)
    cohort = Cohort(
        patients=patients,
        features=frame,
        outcome=outcome,
        predictions=predictions,
        groups=groups,
        weights=weights,
        flow=(FlowStep("rows read", len(frame)),),
        source=where,
        sha256=table.sha256,
    )
    return cohort if keep_missing_outcomes else without_missing_outcomes(cohort)


def without_missing_outcomes(cohort: Cohort) -> Cohort:
    """Leave out the rows whose outcome was not observed, and say so in the data flow.

    Raises
    ------
    DataError
        No row is left.
    """
    if not isinstance(cohort.outcome, Binary):
        return cohort
    observed = np.flatnonzero(~np.isnan(cohort.outcome.event))
    removed = len(cohort) - len(observed)
    if not len(observed):
        raise DataError("no row has an outcome", where=cohort.source)
    if not removed:
        return cohort
    step = FlowStep("outcome observed", len(observed), removed, "outcome missing; excluded by the protocol's rule")
    return replace(cohort.take(observed), flow=(*cohort.flow, step))


def _kept(faults: list[InputError], make: Callable[[], T]) -> T | None:
    try:
        return make()
    except InputError as fault:
        faults.append(fault)
        return None


def _refuse_missing_columns(frame: pd.DataFrame, protocol: ValidationProtocol, where: str) -> None:
    outcome, cohort = protocol.outcome, protocol.cohort
    wanted: dict[str, list[str | None]] = {
        "outcome.column": [outcome.column] if isinstance(outcome, BinaryOutcome) else [],
        "cohort.patient": [cohort.patient],
        "cohort.weight": [cohort.weight],
        "cohort.groups": list(cohort.groups),
    }
    known = [str(name) for name in frame.columns]
    faults = [
        DataError(
            f"the data have no column {name!r}, which the protocol names as {key}",
            where=where,
            do=nearest_column(name, known),
        )
        for key, names in wanted.items()
        for name in names
        if name is not None and name not in known
    ]
    if faults:
        raise all_at_once(faults)


def _outcome(frame: pd.DataFrame, protocol: ValidationProtocol) -> Binary:
    rule = protocol.outcome
    if not isinstance(rule, BinaryOutcome):
        raise DataError(f"{rule.kind} outcomes are not read")
    outcome = binary_outcome(frame[rule.column], rule, small_cell=protocol.cohort.small_cell)
    if rule.missing == "refuse":
        refuse_missing_outcomes(outcome, rule.column)
    return outcome


def _predictions(
    frame: pd.DataFrame, protocol: ValidationProtocol, card: ModelCard | None, model_inputs: bool
) -> Prediction | None:
    if card is None and protocol.predictions.risk is not None:
        from cds.models.predictions_file import frozen_predictions

        return frozen_predictions(frame, protocol.predictions, protocol.outcome.kind)
    if card is not None and model_inputs:
        from cds.stats.inputs import prepare_inputs

        prepare_inputs(card, frame)
    return None
