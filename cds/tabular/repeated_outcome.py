"""Reads an outcome followed over visits: the measured value, the visit's time, and the baseline of a responder rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, row_list
from cds.core.outcome import Continuous, Repeated
from cds.core.protocol import RepeatedOutcome
from cds.stats.units import mistaken_units

ROUNDED = 0.01  # relative: visits converted from another unit are written with few digits
SAME = 1e-9  # relative: 0.1 + 0.2 and 0.3 are the same visit


def repeated_outcome(
    frame: pd.DataFrame,
    rule: RepeatedOutcome,
    visits: FloatArray | None,
    *,
    column: str = "visit",
    schedule: Sequence[float] = (),
    time_unit: str = "",
    small_cell: int = 11,
) -> Repeated:
    """The outcome at each visit, row by row, NaN where it was not measured; ``visits`` are their times.

    ``column`` is where the visits stand in the data. With a ``schedule`` every row belongs to one of its visits.

    Raises:
        DataError: no visits; visits that are not declared (the nearest one is named); outcomes or baselines that are
            text or infinite.
    """
    if visits is None:
        raise DataError(
            "an outcome followed over visits needs the time of each row's visit", do='Add visit = "…" under [cohort]'
        )
    times = at_declared_visits(visits, schedule, column=column, time_unit=time_unit, small_cell=small_cell)
    values = _numbers(frame[rule.column], f"outcome column {rule.column!r}", "the outcome was not measured")
    baseline = None
    if rule.responder is not None:
        name = rule.responder.baseline
        baseline = _numbers(frame[name], f"baseline column {name!r}", "the baseline was not measured")
    return Repeated(Continuous(values, rule.unit), times, baseline, rule.responder)


def refuse_varying_baseline(
    frame: pd.DataFrame, rule: RepeatedOutcome, patients: NDArray[np.str_], imputations: NDArray[np.str_] | None
) -> None:
    """Refuse a responder rule's baseline that differs between the visits of a patient (of an imputation).

    Raises:
        DataError: with the number of patients and the row positions.
    """
    if rule.responder is None:
        return
    name = rule.responder.baseline
    keys = [patients] if imputations is None else [patients, imputations]
    varies = frame[name].reset_index(drop=True).groupby(keys).transform("nunique").to_numpy() > 1
    if varies.any():
        count = len(np.unique(patients[varies]))
        raise DataError(
            f"baseline column {name!r} differs between the visits of {count} patient{'s' if count > 1 else ''}, at "
            f"{row_list(np.flatnonzero(varies).tolist())}",
            do="A patient has one baseline: give the same value in all rows",
        )


def at_declared_visits(
    visits: FloatArray, schedule: Sequence[float], *, column: str = "visit", time_unit: str = "", small_cell: int = 11
) -> FloatArray:
    """Each row's visit, exactly as declared where the difference is rounding; unchanged without a ``schedule``.

    Raises:
        DataError: visits that are none of the ``schedule``, with their row positions and the nearest declared one; a
            time is quoted only where ``small_cell`` rows share it.
    """
    if not schedule:
        return visits
    declared = np.array(sorted(schedule), dtype=np.float64)
    nearest = declared[np.abs(visits[:, None] - declared).argmin(axis=1)]
    strange = np.abs(visits - nearest) > SAME * np.maximum(np.abs(nearest), 1.0)
    if not strange.any():
        return np.asarray(nearest, dtype=np.float64)
    rows = np.flatnonzero(strange).tolist()
    raise DataError(
        f"visit column {column!r} holds other visits than the declared {', '.join(f'{v:g}' for v in declared)} "
        f"({_told(visits[strange], nearest[strange], small_cell)}), at {row_list(rows)}",
        do=_mistaken(visits, declared, time_unit)
        or "Leave out the rows of visits that are not judged, or name the visits among horizons under [measures]",
    )


def _told(strange: FloatArray, nearest: FloatArray, small_cell: int) -> str:
    """Undeclared times that enough rows share, each with the nearest declared one; else that of the first row."""
    found, first, counts = np.unique(strange, return_index=True, return_counts=True)
    common = [
        f"{time:g} in {count} rows, nearest to {nearest[row]:g}"
        for time, row, count in zip(found, first, counts, strict=True)
        if count >= small_cell
    ]
    return "; ".join(common) or f"nearest to the first of them: {nearest[0]:g}"


def _mistaken(times: FloatArray, declared: FloatArray, time_unit: str) -> str:
    """A hint where all visits would be declared ones if they were written in another unit of time."""
    for unit, factor in mistaken_units(time_unit, np.nan, np.nan):
        apart = np.abs(times[:, None] * factor - declared).min(axis=1)
        if (apart <= ROUNDED * np.maximum(np.abs(times * factor), 1.0)).all() and times.any():
            return f"They would be the declared ones if they were in {unit}: the protocol's time unit is {time_unit}"
    return ""


def _numbers(column: pd.Series, what: str, where: str) -> FloatArray:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = (np.isnan(values) & column.notna().to_numpy()) | np.isinf(values)
    if bad.any():
        raise DataError(
            f"{what} must hold finite numbers; it does not at {row_list(np.flatnonzero(bad).tolist())}",
            do=f"Correct them, or leave them empty where {where}",
        )
    return values
