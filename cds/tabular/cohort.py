"""Makes a cohort of a table as the protocol declares it: outcome, patients, groups, weights, predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray
from cds.core.cohort import Cohort, FlowStep
from cds.core.errors import DataError, InputError, all_at_once, located, nearest_column
from cds.core.model_card import ModelCard
from cds.core.outcome import Outcome
from cds.core.prediction import Prediction
from cds.core.protocol import RepeatedOutcome, ValidationProtocol
from cds.protocol import refuse_unsupported
from cds.tabular.columns import (
    calendar_dates,
    patient_names,
    refuse_patient_sites,
    sampling_weights,
    site_names,
    visit_times,
)
from cds.tabular.groups import membership
from cds.tabular.imputations import imputation_labels, original_rows, with_placeholders
from cds.tabular.outcomes import outcome_columns, read_outcome, refuse_missing
from cds.tabular.reading import Table
from cds.tabular.repeated_outcome import refuse_varying_baseline, repeated_outcome
from cds.tabular.trial_rows import randomised_patients

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
    ``without_missing_outcomes``, so that their risks can be counted first. A group whose column is absent is no
    fault: the cohort says so in ``absent``, and what is asked across it is not assessable.

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
    frame, flow, without_arm = _rows(frame, protocol, where)
    randomised = protocol.trial is not None  # whose outcomes stand in the frame, by arm and visit
    faults: list[InputError] = []
    imputations = _kept(faults, lambda: imputation_labels(frame, protocol.cohort.imputation))
    visits = None if randomised else _kept(faults, lambda: visit_times(frame, protocol.cohort.visit))
    outcome = None if randomised else _kept(faults, lambda: _outcome(frame, protocol, visits))
    unclear = _rows_unclear(protocol, imputations, visits)
    patients = _kept(
        faults,
        lambda: patient_names(frame, protocol.cohort.patient, imputations=imputations, visits=visits, unclear=unclear),
    )
    rule = protocol.outcome
    if patients is not None and isinstance(rule, RepeatedOutcome) and not randomised:
        _kept(faults, lambda: refuse_varying_baseline(frame, rule, patients, imputations))
    members = _kept(faults, lambda: membership(frame, protocol.cohort, protocol.target_population))
    sites = _kept(faults, lambda: site_names(frame, protocol.cohort.site))
    if sites is not None and patients is not None:
        _kept(faults, lambda: refuse_patient_sites(sites, patients))
    dates = _kept(faults, lambda: calendar_dates(frame, protocol.cohort.date))
    weights = _kept(faults, lambda: sampling_weights(frame, protocol.cohort.weight))
    original = None if imputations is None else original_rows(frame, imputations)
    filled, _ = with_placeholders(frame, protocol.predictions, original)
    predictions = _kept(faults, lambda: _predictions(filled, protocol, card, model_inputs))
    if faults or (outcome is None and not randomised) or patients is None or members is None:
        raise located(all_at_once(faults), where)
    cohort = Cohort(
        patients=patients,
        features=frame,
        outcome=outcome,
        predictions=predictions,
        groups=members.groups,
        orders=members.orders,
        crossed={name: parts for name, parts in protocol.cohort.crossed.items() if name not in members.absent},
        continuous=members.continuous,
        absent=members.absent,
        sites=sites,
        visits=visits,
        dates=dates,
        imputations=imputations,
        weights=weights,
        flow=flow,
        without_arm=without_arm,
        source=where,
        sha256=table.sha256,
    )
    return cohort if keep_missing_outcomes else without_missing_outcomes(cohort)


def _rows(
    frame: pd.DataFrame, protocol: ValidationProtocol, where: str
) -> tuple[pd.DataFrame, tuple[FlowStep, ...], int]:
    """The rows to read, how they came about, how many lacked an arm; of a trial, one row per randomised patient."""
    if protocol.trial is None:
        return frame, (FlowStep("rows read", len(frame)),), 0
    try:
        found = randomised_patients(frame, protocol)
    except InputError as fault:
        raise located(fault, where) from None
    return found.frame, found.flow, found.without_arm


def _rows_unclear(
    protocol: ValidationProtocol, imputations: NDArray[np.str_] | None, visits: FloatArray | None
) -> bool:
    """Whether what tells a patient's rows apart is not known, whose own fault is told: visits or imputations."""
    if protocol.cohort.imputation is not None and imputations is None:
        return True
    several = protocol.cohort.visit is not None or isinstance(protocol.outcome, RepeatedOutcome)
    return several and visits is None and protocol.trial is None


def without_missing_outcomes(cohort: Cohort, *, weighted: bool = False) -> Cohort:
    """Leave out the rows whose outcome was not observed, and say so in the data flow.

    ``weighted`` where those left stand for them.

    Raises
    ------
    DataError
        No row is left.
    """
    if cohort.outcome is None:
        return cohort
    observed = np.flatnonzero(cohort.outcome.observed)
    removed = len(cohort) - len(observed)
    if not len(observed):
        raise DataError("no row has an outcome", where=cohort.source)
    if not removed:
        return cohort
    done = "those left are weighted to stand for them" if weighted else "excluded by the protocol's rule"
    step = FlowStep("outcome observed", len(observed), removed, f"outcome missing; {done}")
    return replace(cohort.take(observed), flow=(*cohort.flow, step))


def _kept(faults: list[InputError], make: Callable[[], T]) -> T | None:
    try:
        return make()
    except InputError as fault:
        faults.append(fault)
        return None


def _refuse_missing_columns(frame: pd.DataFrame, protocol: ValidationProtocol, where: str) -> None:
    outcome, cohort = protocol.outcome, protocol.cohort
    dated = {} if protocol.landmark is None else protocol.landmark.dated
    wanted: dict[str, list[str | None]] = {
        **{f"outcome.{key}": [name] for key, name in outcome_columns(outcome).items()},
        "outcome.observed_given": list(outcome.observed_given),
        "outcome.responder.baseline": [getattr(getattr(outcome, "responder", None), "baseline", None)],
        "cohort.patient": [cohort.patient],
        "cohort.site": [cohort.site],
        "cohort.date": [cohort.date],
        "cohort.imputation": [cohort.imputation],
        "cohort.weight": [cohort.weight],
        "cohort.visit": [cohort.visit],
        "missing_inputs.auxiliary": list(protocol.missing_inputs.auxiliary),
        "measures.censoring_given": list(protocol.measures.censoring_given),
        "landmark.dated": [name for pair in dated.items() for name in pair],
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


def _outcome(frame: pd.DataFrame, protocol: ValidationProtocol, visits: FloatArray | None) -> Outcome | None:
    rule, small = protocol.outcome, protocol.cohort.small_cell
    outcome: Outcome
    if isinstance(rule, RepeatedOutcome):
        column = protocol.cohort.visit
        if visits is None and column is not None:
            return None  # the fault of the visits is told already
        schedule = protocol.measures.horizons if protocol.trial is None else ()
        outcome = repeated_outcome(
            frame, rule, visits,
            column=column or "visit", schedule=schedule, time_unit=protocol.time_unit, small_cell=small,
        )  # fmt: skip
    else:
        outcome = read_outcome(frame, rule, small_cell=small, time_unit=protocol.time_unit)
    if rule.missing == "refuse":
        columns = list(outcome_columns(rule).values())
        refuse_missing(outcome, *([name for name in columns if frame[name].isna().any()] or columns))
    return outcome


def _predictions(
    frame: pd.DataFrame, protocol: ValidationProtocol, card: ModelCard | None, model_inputs: bool
) -> Prediction | None:
    named = protocol.predictions
    if card is None and (named.risk or named.probabilities or named.value):
        from cds.models.predictions_file import frozen_predictions

        categories = getattr(protocol.outcome, "categories", ())
        return frozen_predictions(frame, named, protocol.outcome.kind, categories=categories)
    if card is not None and model_inputs:
        from cds.stats.inputs import prepare_inputs

        prepare_inputs(card, frame)
    return None
