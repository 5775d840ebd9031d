"""Arrays as people have them (NumPy, lists, pandas, Polars, Arrow) as the arrays and settings that cds works on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray, IntArray
from cds.core.cohort import MISSING_GROUP, crossed_levels
from cds.core.errors import DataError, all_at_once, nearest, row_list
from cds.core.model_card import level_key
from cds.core.outcome import Nominal
from cds.core.prediction import ClassProbabilities
from cds.core.protocol import CohortSection, MeasuresSection
from cds.core.protocol_groups import CROSS

MOST_ROWS = 50_000_000
DESIGNS = ("simple", "sampling", "case_control")


def repeats(weight: FloatArray) -> bool:
    """Whether weights are whole numbers, which then mean repeated rows."""
    whole = bool(np.isfinite(weight).all() and (weight >= 0).all() and (weight == np.round(weight)).all())
    if whole and weight.sum() > MOST_ROWS:
        raise DataError(
            f"whole weights mean repeated rows, and these add up to {weight.sum():.3g}",
            do='Give design="sampling" if they are sampling weights',
        )
    return whole and bool(weight.any())


def attributes(groups: Any) -> Mapping[str, Any]:
    """Groups as a mapping; DataError where they are none."""
    if groups is None:
        return {}
    if not isinstance(groups, Mapping):
        raise DataError('groups must be a mapping of names to levels, such as {"sex": sex}')
    return groups


def threshold_values(given: Any) -> tuple[float, ...]:
    """Thresholds as numbers; DataError where they are none."""
    try:
        return tuple(float(t) for t in given)
    except (TypeError, ValueError):
        raise DataError("thresholds must be a sequence of numbers, such as (0.1, 0.2)") from None


def settings_of(**given: Any) -> MeasuresSection:
    """The measures' settings, checked as a protocol's are; DataError with every fault."""
    from pydantic import ValidationError

    try:
        return MeasuresSection(**given)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in e['loc']) or 'settings'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise DataError("; ".join(faults)) from None


def refuse_unknown_options(given: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse options that no function takes, unknown designs and fewer than one job; DataError with every fault."""
    faults = [DataError(f"there is no option {name!r}", do=nearest(name, known)) for name in given if name not in known]
    design, jobs = given.get("design", DESIGNS[0]), given.get("jobs")
    if design not in DESIGNS:
        faults.append(DataError(f"there is no design {design!r}", do=nearest(str(design), DESIGNS)))
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        faults.append(DataError("jobs must be a whole number, at least 1, or None for all processors"))
    if not isinstance(given.get("references") or {}, Mapping):
        faults.append(DataError('references must be a mapping of groups to levels, such as {"sex": "f"}'))
    if faults:
        raise all_at_once(faults)


def group_section(
    levels: Mapping[str, NDArray[np.str_]], references: Mapping[str, str], intersections: Sequence[Sequence[str]]
) -> CohortSection:
    """The groups as a protocol would declare them; DataError for references and intersections that are not there."""
    crossed = {CROSS.join(parts): [levels[part] for part in parts if part in levels] for parts in intersections}
    known = {**levels, **{name: crossed_levels(parts) for name, parts in crossed.items() if parts}}
    faults = [
        DataError(f"references names {attribute!r}, which is not among groups", do=nearest(attribute, known))
        for attribute in references
        if attribute not in known
    ]
    faults += [
        DataError(f"{reference!r} is no level of {attribute!r}", do=nearest(reference, set(known[attribute])))
        for attribute, reference in references.items()
        if attribute in known and reference not in known[attribute]
    ]
    if faults:
        raise all_at_once(faults)
    from pydantic import ValidationError

    parts = tuple(tuple(each) for each in intersections)
    try:
        return CohortSection(groups=tuple(levels), references=dict(references), intersections=parts)
    except ValidationError as error:
        raise DataError("; ".join(e["msg"].removeprefix("Value error, ") for e in error.errors())) from None


def as_levels(values: Any) -> NDArray[np.str_]:
    """Group levels as text; whole numbers without a decimal point, missing ones as a level of their own."""
    raw = pd.Series(native(values), dtype=object)
    return np.array([MISSING_GROUP if pd.isna(value) else level_key(value) for value in raw], dtype=np.str_)


def native(values: Any) -> NDArray[Any]:
    """NumPy from NumPy, lists, pandas, Polars or Arrow."""
    import narwhals as nw

    series = nw.from_native(values, series_only=True, pass_through=True)
    return series.to_numpy() if isinstance(series, nw.Series) else np.asarray(values)


def floats(values: Any, name: str) -> FloatArray:
    """Numbers as floats; DataError where they are none, dates and durations among them."""
    try:
        held = np.asarray(native(values))
    except ValueError:  # rows of different lengths
        raise DataError(f"{name} must be numbers, got text or mixed values") from None
    if held.dtype.kind in "mM":
        raise DataError(
            f"{name} must be numbers, got {'durations' if held.dtype.kind == 'm' else 'dates'}",
            do="Give numbers in the unit of the horizons; of durations, durations / pd.Timedelta(days=1) are days",
        )
    try:
        return np.asarray(held, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be numbers, got text or mixed values") from None


def patient_codes(patient: Any) -> IntArray:
    """Codes 0..P−1 of whatever names the patients; DataError where one is missing."""
    codes, _ = pd.factorize(np.asarray(native(patient), dtype=object))
    if (codes < 0).any():
        raise DataError("patient must not be missing")
    return codes.astype(np.int64)


def whole_codes(values: Any, name: str) -> IntArray:
    """Whole codes, −1 where one is missing; DataError where they are no whole numbers."""
    codes = floats(values, name)
    bad = ~np.isnan(codes) & (codes != np.round(codes))
    if bad.any() or codes.ndim != 1:
        raise DataError(f"{name} must be whole numbers, it is not at {row_list(np.flatnonzero(bad).tolist())}")
    return np.where(np.isnan(codes), -1, codes).astype(np.int64)


def optional_floats(values: Any, name: str) -> FloatArray | None:
    """Numbers as floats, or None where none are given."""
    return None if values is None else floats(values, name)


def table_of(values: Any, name: str) -> FloatArray | None:
    """Numbers as rows × columns, one column where one was given; None where none are."""
    found = optional_floats(values, name)
    return found[:, np.newaxis] if found is not None and found.ndim == 1 else found


def classes_of(
    outcome: Any, probabilities: Any, classes: Sequence[Any], made: type[Nominal]
) -> tuple[Nominal, ClassProbabilities]:
    """Outcome and probabilities of declared classes; DataError where an outcome is none of them."""
    names = tuple(level_key(name) for name in classes)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise DataError(f"classes names {', '.join(map(repr, twice))} more than once")
    keys = [None if pd.isna(value) else level_key(value) for value in pd.Series(native(outcome), dtype=object)]
    place = {name: k for k, name in enumerate(names)}
    strange = [row for row, key in enumerate(keys) if key is None or key not in place]
    if strange:
        raise DataError(f"outcome must be one of {', '.join(names)}, it is not at {row_list(strange)}")
    table = floats(probabilities, "probabilities")
    code = np.array([place[str(key)] for key in keys], dtype=np.int64)
    return made(code, names), ClassProbabilities(table, names)
