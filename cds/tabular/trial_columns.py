"""Reads the columns of randomised patients into the sample of a trial: arms, baseline, covariates, clusters, risk."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray, IntArray
from cds.core.errors import DataError, all_at_once, known_names
from cds.core.model_card import level_key
from cds.core.prediction import Prediction, Risk, Value
from cds.core.protocol import BinaryOutcome, ContinuousOutcome, ValidationProtocol
from cds.core.protocol_trial import TrialSection
from cds.core.sample_trial import TrialSample
from cds.tabular.outcome import binary_outcome
from cds.tabular.outcomes import continuous_outcome
from cds.tabular.trial_rows import AT, BASELINE, keys, measured, numbers_of, refuse_missing, section, visit_column

MOST_ARMS = 12  # more different values than any trial has arms: a patient's or a site's identifier


def trial_sample(
    protocol: ValidationProtocol,
    frame: pd.DataFrame,
    prediction: Prediction | None = None,
    *,
    weights: FloatArray | None = None,
    patient: IntArray | None = None,
) -> TrialSample:
    """The sample of the randomised patients that ``randomised_patients`` gave, row by row.

    ``prediction`` is a model's risk (or value), used as the predicted risk where the protocol names no column.
    ``patient`` are patient codes; where clusters were randomised, the clusters' take their place.

    Raises:
        DataError: text where numbers are needed, arms without a label beside labelled ones, an outcome other than
            declared.
    """
    trial, rule = section(protocol), protocol.outcome
    arms, code = _arms(keys(frame[trial.arm]), trial)
    visits = _visits(frame, protocol)
    outcome = np.column_stack([_outcome(frame[name], rule) for name in _outcome_columns(frame, protocol)])
    clustered = trial.cluster is not None
    if trial.cluster is not None:
        refuse_missing(frame, trial.cluster, "the cluster")
        patient = pd.factorize(keys(frame[trial.cluster]), sort=True)[0].astype(np.int64)
    return TrialSample(
        outcome=outcome,
        arm=code,
        arms=arms,
        visits=visits,
        primary_visit=trial.primary_visit,
        baseline=_baseline(frame, trial),
        covariates=_covariates(frame, trial.stratified_by),
        clustered=clustered,
        risk=_risk(frame, trial, prediction),
        benefit=_benefit(frame, trial, arms),
        binary=isinstance(rule, BinaryOutcome),
        responder=trial.responder,
        better=trial.better,
        unit=getattr(rule, "unit", ""),
        time_unit=protocol.time_unit,
        level=protocol.measures.level,
        weights=weights,
        patient=patient,
    )


def _arms(arm: pd.Series, trial: TrialSection) -> tuple[tuple[str, ...], IntArray]:
    """The arms' names, the control first, and each row's position among them."""
    control = level_key(trial.control)
    levels = [control, *sorted(level for level in arm.unique() if level != control)]
    if len(levels) > MOST_ARMS:
        raise DataError(
            f"the arm column {trial.arm!r} has {len(levels)} different values, more than {MOST_ARMS} arms",
            do="Is it the arm? Name the column of the arms as trial.arm",
        )
    if trial.labels:
        _refuse_unlabelled(set(levels), trial)
    place = {level: k for k, level in enumerate(levels)}
    return tuple(trial.labels.get(level, level) for level in levels), np.array(
        [place[level] for level in arm], dtype=np.int64
    )


def _refuse_unlabelled(levels: set[str], trial: TrialSection) -> None:
    """Where arms have labels, each has one and each label an arm: another is a typing error or an arm not declared."""
    faults = []
    unlabelled, unused = len(levels - set(trial.labels)), [level for level in trial.labels if level not in levels]
    if unlabelled:
        arms = "1 arm" if unlabelled == 1 else f"{unlabelled} arms"
        faults.append(
            DataError(
                f"arm column {trial.arm!r} holds {arms} without a label; trial.labels declares {_quoted(trial.labels)}",
                do="Correct the column, or add the arm to trial.labels",
            )
        )
    if unused:
        faults.append(
            DataError(
                f"trial.labels declares {_quoted(unused)}, and nobody in arm column {trial.arm!r} is in such an arm",
                do="Correct the column, or remove the label",
            )
        )
    if faults:
        raise all_at_once(faults)


def refuse_criteria(protocol: ValidationProtocol, arms: tuple[str, ...]) -> None:
    """DataError where a criterion is about an arm that the data do not hold."""
    for criterion in protocol.criteria:
        if criterion.category is not None and criterion.category not in arms[1:]:
            raise DataError(
                f"criterion on {criterion.measure!r}: there is no arm {criterion.category!r} beside the control",
                do=known_names(arms[1:]),
            )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _visits(frame: pd.DataFrame, protocol: ValidationProtocol) -> tuple[float, ...]:
    if protocol.cohort.visit is None:
        return ()
    found = [str(name).removeprefix(AT) for name in frame.columns if str(name).startswith(AT) and name != BASELINE]
    return tuple(sorted(float(text) for text in found))


def _outcome_columns(frame: pd.DataFrame, protocol: ValidationProtocol) -> list[str]:
    visits = _visits(frame, protocol)
    return [visit_column(v) for v in visits] or [measured(protocol).column]


def _outcome(column: pd.Series, rule: object) -> FloatArray:
    if isinstance(rule, BinaryOutcome):
        return binary_outcome(column, rule).event
    named = ContinuousOutcome(kind="continuous", column=str(column.name), unit=getattr(rule, "unit", ""))
    return continuous_outcome(column, named).value


def _baseline(frame: pd.DataFrame, trial: TrialSection) -> FloatArray | None:
    name = BASELINE if trial.baseline_visit is not None else trial.baseline
    return None if name is None else numbers_of(frame[name], name).to_numpy()


def _covariates(frame: pd.DataFrame, names: tuple[str, ...]) -> FloatArray | None:
    """Numbers as they are (their mean where missing), categories as 0/1 but for the first; missing is a category."""
    columns: list[FloatArray] = []
    for name in names:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            values = numbers_of(column, name)
            columns.append(values.fillna(values.mean() if values.notna().any() else 0.0).to_numpy())
            continue
        levels: NDArray[np.str_] = keys(column).fillna("(missing)").to_numpy(dtype=np.str_)
        columns += [(levels == level).astype(np.float64) for level in np.unique(levels)[1:]]
    return np.column_stack(columns) if columns else None


def _risk(frame: pd.DataFrame, trial: TrialSection, prediction: Prediction | None) -> FloatArray | None:
    if trial.risk is not None:
        return numbers_of(frame[trial.risk], trial.risk).to_numpy()
    if isinstance(prediction, Risk | Value):
        return prediction.values
    return None


def _benefit(frame: pd.DataFrame, trial: TrialSection, arms: tuple[str, ...]) -> FloatArray | None:
    """A column per arm other than the control, NaN of an arm for which none is named."""
    if trial.benefit is None:
        return None
    named = trial.benefit
    if isinstance(named, str):
        if len(arms) > 2:
            raise DataError(
                "trial.benefit is one column, and there are several arms beside the control",
                do='Name a column for each arm: benefit = {arm = "…"}',
            )
        named = {arms[1]: named}
    by_name = {trial.labels.get(arm, arm): column for arm, column in named.items()}
    absent = [arm for arm in by_name if arm not in arms[1:]]
    if absent:
        raise DataError(
            f"trial.benefit names {absent[0]!r}, which is no arm beside the control", do=known_names(arms[1:])
        )
    columns = [
        numbers_of(frame[by_name[arm]], by_name[arm]).to_numpy() if arm in by_name else np.full(len(frame), np.nan)
        for arm in arms[1:]
    ]
    return np.column_stack(columns)
