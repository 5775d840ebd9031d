"""Reads times to an event and what ended them: the declared codes, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.errors import DataError, InputError, all_at_once, row_list
from cds.core.model_card import level_key
from cds.core.outcome import CompetingRisks, Survival
from cds.core.protocol import CompetingRisksOutcome, SurvivalOutcome

CALLED_CENSORED = (
    "If these are other words for the event and for censored, declare them as outcome.happened and outcome.censored. "
    'Where another event ended follow-up, write kind = "competing_risks" with status, cause and censored: counting '
    "it as censored overstates the risk"
)


def survival_outcome(
    frame: pd.DataFrame, rule: SurvivalOutcome, *, time_unit: str = "", small_cell: int = 11
) -> Survival:
    """Time and event of each row; not observed where either is missing.

    Raises:
        DataError: times that are text, infinite or negative; an entry at or after the time; codes other than the two
            declared (a third code is a competing event); all faults at once, with row positions.
    """
    column = frame[rule.event]
    keys = column.map(level_key, na_action="ignore")
    happened, censored = _as_written(rule.happened, keys), _as_written(rule.censored, keys)
    strange = (keys.notna() & ~keys.isin([*happened, *censored])).to_numpy()
    faults: list[InputError] = []
    if strange.any():
        told = _quoted(keys[strange], small_cell)
        faults.append(
            DataError(
                f"event column {rule.event!r} holds codes other than {level_key(rule.happened)} (the event) and "
                f"{level_key(rule.censored)} (censored){told}, at {row_list(np.flatnonzero(strange).tolist())}",
                do=CALLED_CENSORED,
            )
        )
    times = _times(frame, rule, faults)
    if faults:
        raise all_at_once(faults)
    status = np.where(keys.isin(happened), 1, 0)
    status[keys.isna().to_numpy()] = -1
    return Survival(times[0], status.astype(np.int64), time_unit, times[1])


def competing_outcome(
    frame: pd.DataFrame, rule: CompetingRisksOutcome, *, time_unit: str = "", small_cell: int = 11
) -> CompetingRisks:
    """Time and status of each row, 0 where censored; not observed where either is missing.

    A declared ``censored`` other than 0 becomes 0; a cause that the file codes as 0 becomes one more than the largest.

    Raises:
        DataError: as for survival; a status that is no whole number, negative, or not among the declared codes.
    """
    faults: list[InputError] = []
    code = _codes(frame[rule.status], rule, faults)
    declared = {rule.cause, rule.censored, *rule.others}
    if rule.others:
        strange = (code >= 0) & ~np.isin(code, sorted(declared))
        if strange.any():
            told = _quoted(pd.Series(code[strange]).map(level_key), small_cell)
            faults.append(
                DataError(
                    f"status column {rule.status!r} holds codes that the protocol does not declare{told}, at "
                    f"{row_list(np.flatnonzero(strange).tolist())}",
                    do=f"Declared are {', '.join(map(str, sorted(declared)))}: correct the data or outcome.others",
                )
            )
    if ((code >= 0) & (code != rule.censored)).any() and not (code == rule.cause).any():
        faults.append(
            DataError(
                f"status column {rule.status!r} never holds {rule.cause}, the cause of interest",
                do="Check outcome.cause against the data's codes",
            )
        )
    times = _times(frame, rule, faults)
    if faults:
        raise all_at_once(faults)
    return CompetingRisks(times[0], _with_censored_at_zero(code, rule.censored), time_unit, times[1])


def coded_cause(rule: CompetingRisksOutcome) -> int:
    """The code of the cause of interest after reading, where 0 always means censored."""
    return int(_with_censored_at_zero(np.array([rule.cause, *rule.others]), rule.censored)[0])


def _with_censored_at_zero(code: IntArray, censored: int) -> IntArray:
    """Codes in which 0 means censored: the two codes change places where another one was declared."""
    if censored == 0:
        return code
    return np.where(code == censored, 0, np.where(code == 0, censored, code))


def _as_written(code: int | str | bool, keys: pd.Series) -> list[str]:
    """A declared code as the file may write it: true and false also stand for 1 and 0, and the reverse."""
    key = level_key(code)
    twins = {"1": ["True", "true", "TRUE"], "0": ["False", "false", "FALSE"], "True": ["1"], "False": ["0"]}
    return [key, *(twin for twin in twins.get(key, []) if twin in set(keys.dropna()))]


def _codes(column: pd.Series, rule: CompetingRisksOutcome, faults: list[InputError]) -> IntArray:
    name, others = rule.status, " or ".join(map(str, rule.others))
    told = f"{rule.cause} the event, {rule.censored} censored, {others or 'another number'} another event"
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    missing = column.isna().to_numpy()
    bad = ~missing & ~((values >= 0) & (values == np.round(values)))
    if bad.any():
        faults.append(
            DataError(
                f"status column {name!r} must hold whole numbers from 0; it does not at "
                f"{row_list(np.flatnonzero(bad).tolist())}",
                do=f"Code it as declared: {told} (outcome.cause, outcome.censored, outcome.others)",
            )
        )
    return np.where(missing | bad, -1, np.nan_to_num(values, nan=-1, posinf=-1, neginf=-1)).astype(np.int64)


def _times(
    frame: pd.DataFrame, rule: SurvivalOutcome | CompetingRisksOutcome, faults: list[InputError]
) -> tuple[FloatArray, FloatArray | None]:
    time = _numbers(frame, rule.time, "time", faults)
    if rule.entry is None:
        return time, None
    entry = _numbers(frame, rule.entry, "entry", faults)
    _refuse(np.isnan(entry) & ~np.isnan(time), f"entry column {rule.entry!r} is missing", faults)
    _refuse(
        entry >= time,
        f"entry column {rule.entry!r} must come before the end of follow-up in {rule.time!r}; it does not",
        faults,
        do="Leave out patients who were never under observation",
    )
    return time, entry


def _numbers(frame: pd.DataFrame, name: str, what: str, faults: list[InputError]) -> FloatArray:
    column = frame[name]
    values: FloatArray = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    _refuse(
        np.isnan(values) & column.notna().to_numpy(), f"{what} column {name!r} must hold numbers; it does not", faults
    )
    _refuse(np.isinf(values), f"{what} column {name!r} must be finite; it is not", faults)
    _refuse(values < 0, f"{what} column {name!r} must not be negative; it is", faults, do="Times count from time zero")
    return values


def _refuse(bad: BoolArray, told: str, faults: list[InputError], *, do: str = "") -> None:
    if bad.any():
        faults.append(DataError(f"{told} at {row_list(np.flatnonzero(bad).tolist())}", do=do))


def _quoted(keys: pd.Series, small_cell: int) -> str:
    """Codes that enough rows share, with their counts."""
    shown = [f"{key!r} in {count} rows" for key, count in keys.value_counts().items() if count >= small_cell]
    return f" ({', '.join(shown)})" if shown else ""
