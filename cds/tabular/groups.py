"""Reads who belongs to which group: levels as they stand, bands of a number, and what the data do not tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray
from cds.core.cohort import crossed_levels
from cds.core.errors import DataError, all_at_once, known_names, near_name, nearest, row_list
from cds.core.protocol_groups import CROSS, CohortSection, TargetPopulationSection, band_levels
from cds.tabular.columns import MISSING, as_text

MOST_LEVELS = 50
Levels = dict[str, NDArray[np.str_]]


@dataclass(frozen=True, eq=False)
class Membership:
    """Levels and numbers of each attribute row by row, the bands' order, and what the data lack and why."""

    groups: Levels
    orders: dict[str, tuple[str, ...]]
    continuous: dict[str, FloatArray]
    absent: dict[str, str]


def membership(frame: pd.DataFrame, cohort: CohortSection, target: TargetPopulationSection | None = None) -> Membership:
    """Everything that the protocol's groups need of the data; an attribute without a column is told, not refused.

    Raises
    ------
    DataError
        All at once: an attribute with more levels than groups can be, text where numbers are cut into bands or
        followed along, a reference that is no level, a target population none of whose groups the data hold.
    """
    absent = absent_attributes(frame, cohort)
    faults: list[DataError] = []
    continuous: dict[str, FloatArray] = {}
    for name in cohort.along:
        if name not in absent:
            try:
                continuous[name] = _numbers(frame[name], name)
            except DataError as fault:
                faults.append(fault)
    if faults:
        raise all_at_once(faults)
    groups = group_levels(frame, cohort)
    strange = [
        fault for name in (target.shares if target else {}) for fault in _no_target(name, groups, cohort, target)
    ]
    if strange:
        raise all_at_once(strange)
    return Membership(groups, _orders(cohort, absent), continuous, absent)


def absent_attributes(frame: pd.DataFrame, cohort: CohortSection) -> dict[str, str]:
    """The reason for each group, intersection and continuous attribute whose column the data do not have."""
    known = [str(column) for column in frame.columns]
    reasons: dict[str, str] = {}
    for name in dict.fromkeys((*cohort.groups, *cohort.along)):
        if name not in known:
            near = near_name(name, known)
            more = f" (did you mean {near!r}?)" if near else ""
            reasons[name] = f"the data have no column {name!r}, which the protocol names as a group{more}"
    for name, parts in cohort.crossed.items():
        lacking = [reasons[part] for part in parts if part in reasons]
        if lacking:
            reasons[name] = lacking[0]
    return reasons


def group_levels(frame: pd.DataFrame, cohort: CohortSection) -> Levels:
    """Each attribute's levels as text, row by row: 1.0 is ``1``, a missing value ``(missing)``, a number its band.

    Attributes without a column are left out; intersections are formed later, from their parts.

    Raises
    ------
    DataError
        An attribute with more levels than groups can be, or a reference that is no level.
    """
    present = [attribute for attribute in cohort.groups if attribute in frame]
    groups = {attribute: _levels(frame[attribute], attribute, cohort) for attribute in present}
    crossed = {name: parts for name, parts in cohort.crossed.items() if all(part in groups for part in parts)}
    faults = [
        *(fault for name, levels in groups.items() for fault in _too_many(name, levels, frame[name])),
        *(fault for name in dict.fromkeys(p for parts in crossed.values() for p in parts)
          for fault in _ambiguous(name, groups[name])),
        *(
            fault
            for attribute, reference in cohort.references.items()
            if attribute in groups
            for fault in _no_level(attribute, reference, groups[attribute], cohort)
        ),
        *(
            fault
            for attribute, reference in cohort.references.items()
            if attribute in crossed
            for fault in _no_combination(attribute, reference, crossed[attribute], groups, cohort)
        ),
    ]  # fmt: skip
    if faults:
        raise all_at_once(faults)
    return groups


def _levels(column: pd.Series, name: str, cohort: CohortSection) -> NDArray[np.str_]:
    if name not in cohort.bands:
        return as_text(column)
    values, cuts = _numbers(column, name), cohort.bands[name]
    names = np.array([*band_levels(cuts), MISSING], dtype=np.str_)
    place = np.searchsorted(np.asarray(cuts), values, side="right")
    found: NDArray[np.str_] = names[np.where(np.isnan(values), len(names) - 1, place)]
    return found


def _orders(cohort: CohortSection, absent: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The bands from the lowest to the highest, then those who cannot be placed."""
    return {name: (*band_levels(cuts), MISSING) for name, cuts in cohort.bands.items() if name not in absent}


def _numbers(column: pd.Series, name: str) -> FloatArray:
    """The column as numbers, NaN where it is missing.

    Raises
    ------
    DataError
        Text or infinite values, with the row positions.
    """
    values: FloatArray = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero((np.isnan(values) & column.notna().to_numpy()) | np.isinf(values))
    if len(bad):
        raise DataError(
            f"group column {name!r} is cut into bands or followed along its values, but holds no number at "
            f"{row_list(bad.tolist())}",
            do="Correct these values, or leave them empty",
        )
    return values


def _too_many(attribute: str, levels: NDArray[np.str_], column: pd.Series) -> Iterator[DataError]:
    different = len(np.unique(levels))
    if different > MOST_LEVELS:
        numeric = pd.api.types.is_numeric_dtype(column.dtype)
        bands = (
            f"Cut it into bands under [cohort]: bands = {{{attribute} = […]}}, the lower bounds of all but the first"
        )
        fewer = "Make a column of fewer levels, such as the region instead of the postcode"
        yield DataError(
            f"group column {attribute!r} has {different} levels, more than {MOST_LEVELS}",
            do=bands if numeric else fewer,
        )


def _ambiguous(attribute: str, levels: NDArray[np.str_]) -> Iterator[DataError]:
    if any(CROSS in level for level in np.unique(levels)):
        yield DataError(
            f"levels of group column {attribute!r} hold the sign {CROSS}, which joins the parts of an intersection",
            do="Write them otherwise",
        )


def _no_level(attribute: str, reference: str, levels: NDArray[np.str_], cohort: CohortSection) -> Iterator[DataError]:
    if attribute in cohort.bands:
        bands = band_levels(cohort.bands[attribute])
        if reference not in bands:
            yield _unknown(reference, f"is no band of {attribute!r}", bands)
        return
    names, counts = np.unique(levels, return_counts=True)
    if reference not in names:
        known = _common(names, counts, cohort.small_cell)
        yield _unknown(reference, f"is no level of group column {attribute!r}", known)


def _no_combination(
    name: str, reference: str, parts: tuple[str, ...], groups: Levels, cohort: CohortSection
) -> Iterator[DataError]:
    """A named reference must be made of levels of its parts, whether or not anybody has that combination."""
    split = reference.split(CROSS)
    known = [
        band_levels(cohort.bands[part]) if part in cohort.bands else np.unique(groups[part]).tolist() for part in parts
    ]
    if len(split) != len(parts) or any(level not in levels for level, levels in zip(split, known, strict=True)):
        names, counts = np.unique(crossed_levels([groups[part] for part in parts]), return_counts=True)
        yield _unknown(reference, f"is no level of {name!r}", _common(names, counts, cohort.small_cell))


def _no_target(
    name: str, groups: Levels, cohort: CohortSection, target: TargetPopulationSection | None
) -> Iterator[DataError]:
    """Names that the data write otherwise: with none in common there is nothing to compare."""
    parts = cohort.crossed.get(name, (name,))
    declared = target.shares.get(name, {}) if target else {}
    if name in cohort.bands or not all(part in groups for part in parts):
        return
    names, counts = np.unique(crossed_levels([groups[part] for part in parts]), return_counts=True)
    if not set(declared) & set(names.tolist()):
        yield DataError(
            f"target_population.{name}: the data hold none of its groups ({', '.join(declared)})",
            do=known_names(_common(names, counts, cohort.small_cell)) if len(names) else "",
        )


def _unknown(reference: str, what: str, known: tuple[str, ...] | list[str]) -> DataError:
    return DataError(f"reference {reference!r} {what}", do=nearest(reference, known))


def _common(names: NDArray[np.str_], counts: NDArray[np.int64], small_cell: int) -> list[str]:
    """Levels that enough rows share to be quoted."""
    return [str(name) for name, count in zip(names, counts, strict=True) if count >= small_cell]
