"""Stacked imputations taken apart: the same patients in the same order in each, and all that may not differ alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, IntArray
from cds.core.cohort import Cohort, FlowStep
from cds.core.errors import DataError, all_at_once, located, row_list
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Outcome, Repeated
from cds.tabular.imputations import original_rows

FEWEST = 2


@dataclass(frozen=True, eq=False)
class Imputed:
    """One cohort per imputation, the same patients in the same order; ``original`` is the incomplete data."""

    imputations: tuple[Cohort, ...]
    original: Cohort | None = None


def taken_apart(cohort: Cohort) -> Imputed:
    """The imputations of a stacked cohort, each in the first one's order of patients.

    Raises:
        DataError: only one imputation; imputations with other patients than the first, or with another outcome,
            weight, site, date or group for the same patient. All faults at once, with row positions.
    """
    if cohort.imputations is None:
        return Imputed((cohort,))
    original = original_rows(cohort.features, cohort.imputations)
    names = _ordered(cohort.imputations[~original])
    if len(names) < FEWEST:
        raise DataError(
            f"there is only one imputation ({names[0]}), which cannot show what the missing values leave unknown",
            where=cohort.source,
            do="Give all imputations, or remove imputation from [cohort]",
        )
    rows = {name: np.flatnonzero((cohort.imputations == name) & ~original) for name in names}
    first = rows[names[0]]
    faults = [fault for name in names[1:] for fault in _faults(cohort, first, rows[name], name, names[0])]
    if original.any():
        faults += _faults(cohort, first, np.flatnonzero(original), "0 (the incomplete data)", names[0], incomplete=True)
    if faults:
        raise located(all_at_once(faults), cohort.source)
    step = FlowStep(f"patients in each of {len(names)} imputations", len(first))
    parts = [replace(cohort.take(_like(cohort, first, rows[name])), flow=(step,)) for name in names]
    incomplete = None
    if original.any():
        taken = cohort.take(_like(cohort, first, np.flatnonzero(original)))
        alike = {name: getattr(parts[0], name) for name in ("outcome", "groups", "continuous")}
        incomplete = replace(taken, **alike, flow=(step,))
    return Imputed(tuple(parts), incomplete)


def _ordered(labels: NDArray[np.str_]) -> list[str]:
    """The imputations' names: by number where all are numbers, else as they come."""
    names = [str(name) for name in dict.fromkeys(labels.tolist())]
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def _like(cohort: Cohort, first: IntArray, rows: IntArray) -> IntArray:
    """The rows in the order of the first imputation's patients."""
    order = np.argsort(cohort.patients[rows], kind="stable")
    place = np.argsort(np.argsort(cohort.patients[first], kind="stable"), kind="stable")
    return np.asarray(rows[order][place], dtype=np.int64)


def _faults(
    cohort: Cohort, first: IntArray, rows: IntArray, name: str, reference: str, *, incomplete: bool = False
) -> Iterator[DataError]:
    """How an imputation differs from the first where it may not; the incomplete data may lack what was imputed."""
    missing = np.setdiff1d(cohort.patients[first], cohort.patients[rows])
    extra = ~np.isin(cohort.patients[rows], cohort.patients[first])
    if len(missing) or extra.any():
        told = [f"lacks {_patients(len(missing))} that imputation {reference} has"] if len(missing) else []
        if extra.any():
            told.append(
                f"has {_patients(int(extra.sum()))} that imputation {reference} has not, "
                f"at {row_list(rows[extra].tolist())}"
            )
        yield DataError(
            f"imputation {name} {' and '.join(told)}", do="Every imputation must hold the same patients, once each"
        )
        return
    other = _like(cohort, first, rows)
    for what, differs, why in _differences(cohort, first, other, incomplete=incomplete):
        if differs.any():
            yield DataError(
                f"imputation {name} has another {what} than imputation {reference} for "
                f"{_patients(int(differs.sum()))}, at {row_list(sorted(other[differs].tolist()))}",
                do=why,
            )


def _patients(count: int) -> str:
    return f"{count} patient{'' if count == 1 else 's'}"


def _differences(cohort: Cohort, a: IntArray, b: IntArray, *, incomplete: bool) -> Iterator[tuple[str, BoolArray, str]]:
    """What must be the same in all imputations, where it differs, and what to do."""
    if cohort.outcome is not None:
        differs = _other_outcome(cohort.outcome.take(a), cohort.outcome.take(b))
        if incomplete:
            differs &= cohort.outcome.observed[b]
        yield "outcome", differs, "Outcomes are not to be imputed: leave them missing and declare outcome.missing"
    fixed = {"weight": cohort.weights, "site": cohort.sites, "date": cohort.dates}
    for what, values in fixed.items():
        if values is not None:
            yield what, values[a] != values[b], f"A patient's {what} must be the same in every imputation"
    if not incomplete:
        for attribute, levels in cohort.groups.items():
            why = "Groups are not to be imputed: give a missing group a level of its own"
            yield f"group of {attribute!r}", levels[a] != levels[b], why
        for attribute, values in cohort.continuous.items():
            if attribute not in cohort.groups:
                why = "What groups are made of is not to be imputed: leave it missing"
                yield f"value of {attribute!r}", ~np.isclose(values[a], values[b], rtol=0, atol=0, equal_nan=True), why


def _other_outcome(one: Outcome, other: Outcome) -> BoolArray:
    """Where two outcomes differ, row by row; both missing is the same."""
    match one, other:
        case Binary(), Binary():
            return ~np.isclose(one.event, other.event, equal_nan=True)
        case Nominal(), Nominal():
            return np.asarray(one.code != other.code)
        case Continuous(), Continuous():
            return ~np.isclose(one.value, other.value, rtol=0, atol=0, equal_nan=True)
        case CompetingRisks(), CompetingRisks():
            return np.asarray((one.time != other.time) | (one.status != other.status))
        case Repeated(), Repeated():
            return _other_outcome(one.measured, other.measured)
    raise TypeError("outcomes of one cohort are of one kind")
