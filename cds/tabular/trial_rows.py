"""Makes of a table one row per randomised patient: who was randomised, to which arm, with the outcome at each visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray
from cds.core.cohort import FlowStep
from cds.core.errors import DataError, InputError, all_at_once, known_names, nearest_column, row_list
from cds.core.model_card import level_key
from cds.core.protocol import BinaryOutcome, ContinuousOutcome, RepeatedOutcome, ValidationProtocol
from cds.core.protocol_trial import TrialSection

AT, BASELINE = "outcome at ", "outcome at baseline"
Analysed = BinaryOutcome | ContinuousOutcome | RepeatedOutcome


@dataclass(frozen=True, eq=False)
class Randomised:
    """One row per randomised patient (and imputation), the steps that led there, and how many lacked an arm.

    The frame holds the patient's first row (that of the baseline visit where there is one), with the outcome's column
    replaced by its value at the primary visit; ``outcome at 12`` … and ``outcome at baseline`` stand beside it.
    ``without_arm`` counts patients; it is 0 where the protocol does not declare who was eligible.
    """

    frame: pd.DataFrame
    flow: tuple[FlowStep, ...]
    without_arm: int = 0


def visit_column(visit: float) -> str:
    """The column of the outcome at a visit.

    >>> visit_column(12.0)
    'outcome at 12'
    """
    return f"{AT}{visit:.15g}"


def randomised_patients(frame: pd.DataFrame, protocol: ValidationProtocol) -> Randomised:
    """The randomised patients of a table, one row each; texts that mean missing are read as missing.

    Left out and counted are those who are not eligible and those without an arm, who were not randomised; nobody
    else, whether or not they have an outcome.

    Raises:
        DataError: columns that are not there; a patient whose arm, cluster or covariates of the randomisation change
            from row to row; a cluster that holds several arms; an outcome that is text; two rows of a patient at a
            visit; a baseline measured after randomisation; one arm only; no such control.
    """
    trial = section(protocol)
    _refuse_absent(frame, protocol)
    table = _without_texts(frame, trial.missing_values)
    flow = [FlowStep("rows read", len(table))]
    if trial.eligible is not None:
        inside = (keys(table[trial.eligible.column]) == level_key(trial.eligible.value)).to_numpy()
        flow.append(_step("eligible for the trial", inside, f"{trial.eligible.column} is not {trial.eligible.value}"))
        table = table[inside]
    patient = _patients(table, protocol)
    faults = list(_changing(table, patient, trial, protocol))
    if faults:
        raise all_at_once(faults)
    arm = keys(table[trial.arm]).groupby(patient).transform("first")
    known = arm.notna().to_numpy()
    flow.append(_step("randomised", known, "without an arm: not randomised"))
    without_arm = 0 if trial.eligible is None else _named(table[~known], protocol)
    table, patient = table[known], patient[known]
    if table.empty:
        raise DataError("nobody was randomised: no eligible row has an arm", do=f"Compare column {trial.arm!r}")
    if not isinstance(protocol.outcome, BinaryOutcome):
        empty = "Correct them, or leave them empty where the outcome was not observed"
        numbers_of(table[measured(protocol).column], measured(protocol).column, do=empty)
    wide = _one_row_each(table, patient, protocol)
    _refuse_arms(keys(wide[trial.arm]), trial, protocol.cohort.small_cell)
    _refuse_late_baseline(wide, trial)
    flow.append(FlowStep("randomised patients, one row each", len(wide), 0, _other_visits(table, protocol)))
    return Randomised(wide, tuple(flow), without_arm)


def section(protocol: ValidationProtocol) -> TrialSection:
    """The protocol's [trial] section; TypeError where it has none."""
    if protocol.trial is None:
        raise TypeError("the protocol has no [trial] section")
    return protocol.trial


def measured(protocol: ValidationProtocol) -> Analysed:
    """The outcome of a trial, of a kind that is analysed; DataError otherwise."""
    if not isinstance(protocol.outcome, Analysed):
        raise DataError(f"trials with a {protocol.outcome.kind.replace('_', ' ')} outcome are not analysed")
    return protocol.outcome


def _refuse_absent(frame: pd.DataFrame, protocol: ValidationProtocol) -> None:
    cohort = protocol.cohort
    named = {**section(protocol).columns, "outcome.column": measured(protocol).column}
    named.update({f"cohort.{key}": name for key in ("visit", "patient") if (name := getattr(cohort, key))})
    known = [str(name) for name in frame.columns]
    faults = [
        DataError(
            f"the data have no column {name!r}, which the protocol names as {key}", do=nearest_column(name, known)
        )
        for key, name in named.items()
        if name not in known
    ]
    if cohort.visit is not None:
        taken = [name for name in known if name.startswith(AT)]
        faults += [DataError(f"the column name {name!r} is needed for the visits", do="Rename it") for name in taken]
    if faults:
        raise all_at_once(faults)


def _without_texts(frame: pd.DataFrame, texts: tuple[str, ...]) -> pd.DataFrame:
    """The frame with these texts as missing; columns that hold nothing but numbers beside them become numbers."""
    if not texts:
        return frame
    table = frame.copy()
    for name in table.columns:
        column = table[name]
        hit = column.isin(texts)
        if hit.any():
            left = column.astype(object).mask(hit)
            as_numbers = pd.to_numeric(left, errors="coerce")
            table[name] = as_numbers if (as_numbers.isna() == left.isna()).all() else left
    return table


def keys(column: pd.Series) -> pd.Series:
    """Levels as text, 1.0 as ``1``; missing ones stay missing."""
    return column.astype(object).map(level_key, na_action="ignore")


def _step(name: str, inside: BoolArray, reason: str) -> FlowStep:
    return FlowStep(name, int(inside.sum()), int((~inside).sum()), reason if not inside.all() else "")


def _patients(table: pd.DataFrame, protocol: ValidationProtocol) -> pd.Series:
    """Each row's patient within its imputation, by a number in the order of the rows."""
    name = protocol.cohort.patient or ("patient" if "patient" in table else None)
    if name is None:
        if protocol.cohort.visit is not None:
            raise DataError("the visits' rows do not say which patient they are about", do="Name cohort.patient")
        return pd.Series(np.arange(len(table)), index=table.index)
    refuse_missing(table, name, "the patient")
    named = [keys(table[name])]
    if protocol.cohort.imputation is not None:
        named.append(keys(table[protocol.cohort.imputation]))
    return pd.DataFrame(dict(enumerate(named))).groupby(list(range(len(named))), sort=False).ngroup()


def _named(table: pd.DataFrame, protocol: ValidationProtocol) -> int:
    """How many patients these rows are of, each once over visits and imputations."""
    name = protocol.cohort.patient or ("patient" if "patient" in table else None)
    return len(table) if name is None else int(keys(table[name]).nunique())


def refuse_missing(frame: pd.DataFrame, name: str, what: str) -> None:
    """Refuse rows without a value in this column."""
    missing = frame[name].isna()
    if missing.any():
        raise DataError(f"{what} is missing: column {name!r} at {row_list(frame.index[missing].tolist())}")


def _changing(
    table: pd.DataFrame, patient: pd.Series, trial: TrialSection, protocol: ValidationProtocol
) -> Iterator[InputError]:
    """What randomisation fixed may not change along a patient's rows; nobody has two rows at a visit."""
    for key, name in (("arm", trial.arm), ("cluster", trial.cluster), *(("covariate", n) for n in trial.stratified_by)):
        if name is None:
            continue
        several = keys(table[name]).groupby(patient).transform("nunique").to_numpy() > 1
        if several.any():
            yield DataError(
                f"the {key} changes from row to row of a patient: column {name!r} at "
                f"{row_list(table.index[several].tolist())}",
                do="Everyone stays in the arm as randomised: give the same value in all rows of a patient",
            )
    if trial.cluster is not None:
        several = keys(table[trial.arm]).groupby(keys(table[trial.cluster])).transform("nunique").to_numpy() > 1
        if several.any():
            yield DataError(
                f"a cluster that was randomised as a whole holds several arms: cluster column {trial.cluster!r} at "
                f"{row_list(table.index[several].tolist())}",
                do="Name as trial.cluster what was randomised as a whole, or remove it where patients were randomised",
            )
    at = pd.DataFrame({"patient": patient})
    if protocol.cohort.visit is not None:
        at["visit"] = numbers_of(table[protocol.cohort.visit], protocol.cohort.visit)
        missing = at["visit"].isna().to_numpy()
        if missing.any():
            yield DataError(
                f"the visit is missing: column {protocol.cohort.visit!r} at {row_list(table.index[missing].tolist())}"
            )
    twice = at.duplicated(keep=False).to_numpy()
    if twice.any():
        where = "at the same visit, " if protocol.cohort.visit is not None else ""
        yield DataError(
            f"a patient has several rows, {where}at {row_list(table.index[twice].tolist())}",
            do="Keep one" if where else "Name the visits' column as cohort.visit, or keep one row per patient",
        )


def _one_row_each(table: pd.DataFrame, patient: pd.Series, protocol: ValidationProtocol) -> pd.DataFrame:
    """The patients' first rows, with the outcome at every follow-up visit as columns."""
    trial, visit, column = section(protocol), protocol.cohort.visit, measured(protocol).column
    if visit is None:
        return table.reset_index(drop=True)
    times = numbers_of(table[visit], visit)
    early = times != trial.baseline_visit if trial.baseline_visit is not None else pd.Series(0, index=table.index)
    order = pd.DataFrame({"early": early, "time": times}).sort_values(["early", "time"], kind="stable").index
    first = table.loc[order].groupby(patient.loc[order], sort=False)
    wide = first.head(1).set_axis(patient.loc[first.head(1).index]).sort_index()
    fixed = [trial.arm, *([trial.cluster] if trial.cluster else []), *trial.stratified_by]
    for name in fixed:  # recorded in any of the rows
        wide[name] = table[name].groupby(patient).first().reindex(wide.index)
    values = table[column].set_axis(pd.MultiIndex.from_arrays([patient, times]))
    known = sorted(float(t) for t in times.unique())
    schedule = [v for v in protocol.measures.horizons or known if v != trial.baseline_visit]
    if not schedule:
        raise DataError("there is no follow-up visit", do=f"Compare column {visit!r} with trial.baseline_visit")
    if trial.primary_visit is not None and trial.primary_visit not in schedule:
        raise DataError(
            f"trial.primary_visit is {trial.primary_visit:g}, which is no follow-up visit",
            do=known_names([f"{v:g}" for v in schedule]),
        )
    added = {visit_column(v): _at(values, wide.index, v) for v in schedule}
    if trial.baseline_visit is not None:
        if trial.baseline_visit not in known:
            raise DataError(f"nobody has a row at the baseline visit {trial.baseline_visit:g}")
        added[BASELINE] = _at(values, wide.index, trial.baseline_visit)
    primary = schedule[-1] if trial.primary_visit is None else trial.primary_visit
    wide[column], wide[visit] = added[visit_column(primary)], primary
    return pd.concat([wide, pd.DataFrame(added, index=wide.index)], axis=1).reset_index(drop=True)


def _other_visits(table: pd.DataFrame, protocol: ValidationProtocol) -> str:
    """How many rows are of visits that the protocol does not ask for."""
    visit, asked = protocol.cohort.visit, protocol.measures.horizons
    if visit is None or not asked:
        return ""
    others = ~numbers_of(table[visit], visit).isin([*asked, section(protocol).baseline_visit])
    return f"{int(others.sum())} rows of other visits were not used" if others.any() else ""


def _at(values: pd.Series, patients: pd.Index, visit: float) -> pd.Series:
    here = values[values.index.get_level_values(1) == visit]
    return here.set_axis(here.index.get_level_values(0)).reindex(patients)


def _refuse_arms(arm: pd.Series, trial: TrialSection, small_cell: int) -> None:
    counts = arm.value_counts()
    control = level_key(trial.control)
    if control not in counts.index:
        common = sorted(str(level) for level, n in counts.items() if n >= small_cell)
        known = known_names(common) if common else ""
        raise DataError(f"nobody is in the control arm {control!r} of column {trial.arm!r}", do=known)
    if len(counts) < 2:
        raise DataError(f"column {trial.arm!r} holds one arm only; a trial compares two or more")


def _refuse_late_baseline(wide: pd.DataFrame, trial: TrialSection) -> None:
    """Where both dates are declared, every baseline must have been measured by the day of randomisation."""
    if trial.baseline_date is None or trial.randomised_on is None:
        return
    dates = []
    for name in (trial.baseline_date, trial.randomised_on):
        found = pd.to_datetime(wide[name].astype(str), format="ISO8601", errors="coerce")
        if found.isna().any():
            raise DataError(
                f"date column {name!r} holds no date at {row_list(np.flatnonzero(found.isna()).tolist())}: whether the "
                "baseline was measured before randomisation is not known",
                do="Complete the dates, written as 2026-11-30",
            )
        dates.append(found.dt.normalize())
    late = np.flatnonzero((dates[0] > dates[1]).to_numpy())
    if len(late):
        raise DataError(
            f"the baseline was measured after randomisation at {row_list(late.tolist())} of the randomised patients",
            do="Treatment may have changed it already: name a baseline from before, or none",
        )


def numbers_of(column: pd.Series, name: str, *, do: str = "") -> pd.Series:
    """Finite numbers, NaN where missing; text is refused with its row positions."""
    values = pd.to_numeric(column, errors="coerce").astype(np.float64)
    bad = (values.isna() & column.notna()) | np.isinf(values)
    if bad.any():
        raise DataError(
            f"column {name!r} must hold finite numbers; it does not at {row_list(column.index[bad].tolist())}",
            do=do,
        )
    return values
