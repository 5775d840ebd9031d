"""Reads the outcome columns of every kind that is analysed: the declared values, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cds.core.errors import DataError, row_list
from cds.core.model_card import level_key
from cds.core.outcome import Continuous, Nominal, Ordinal, Outcome
from cds.core.protocol import (
    BinaryOutcome,
    CategoricalOutcome,
    CompetingRisksOutcome,
    ContinuousOutcome,
    OutcomeSection,
    SurvivalOutcome,
)
from cds.tabular.outcome import binary_outcome
from cds.tabular.survival_outcome import competing_outcome, survival_outcome

SHOWN = 6


def read_outcome(frame: pd.DataFrame, rule: OutcomeSection, *, small_cell: int = 11, time_unit: str = "") -> Outcome:
    """The outcome that the protocol declares, row by row; missing where it was not observed.

    Raises:
        DataError: values other than declared, text where numbers are, infinite numbers, with row positions.
    """
    if isinstance(rule, BinaryOutcome):
        return binary_outcome(frame[rule.column], rule, small_cell=small_cell)
    if isinstance(rule, CategoricalOutcome):
        return categorical_outcome(frame[rule.column], rule, small_cell=small_cell)
    if isinstance(rule, ContinuousOutcome):
        return continuous_outcome(frame[rule.column], rule)
    if isinstance(rule, SurvivalOutcome):
        return survival_outcome(frame, rule, time_unit=time_unit, small_cell=small_cell)
    if isinstance(rule, CompetingRisksOutcome):
        return competing_outcome(frame, rule, time_unit=time_unit, small_cell=small_cell)
    raise DataError(f"{rule.kind.replace('_', ' ')} outcomes are not read")


def outcome_columns(rule: OutcomeSection) -> dict[str, str]:
    """The columns that hold the outcome, by the key that names them."""
    return rule.model_dump(include={"column", "time", "event", "status", "entry"}, exclude_none=True)


def categorical_outcome(column: pd.Series, rule: CategoricalOutcome, *, small_cell: int = 11) -> Nominal:
    """Codes into the declared categories, compared as written: 1, 1.0 and "1" are the same.

    Raises:
        DataError: values that are no declared category; a value is quoted only where ``small_cell`` rows share it.
    """
    keys = column.map(level_key, na_action="ignore")
    strange = keys.notna() & ~keys.isin(rule.categories)
    if strange.any():
        raise _undeclared(keys[strange], rule, np.flatnonzero(strange).tolist(), small_cell)
    place = {category: k for k, category in enumerate(rule.categories)}
    code = np.array([place.get(key, -1) if isinstance(key, str) else -1 for key in keys], dtype=np.int64)
    return (Ordinal if rule.kind == "ordinal" else Nominal)(code, rule.categories)


def continuous_outcome(column: pd.Series, rule: ContinuousOutcome) -> Continuous:
    """Finite numbers in the declared unit, NaN where the outcome is missing.

    Raises:
        DataError: text or infinite values, with their row positions.
    """
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = (np.isnan(values) & column.notna().to_numpy()) | np.isinf(values)
    if bad.any():
        raise DataError(
            f"outcome column {rule.column!r} must hold finite numbers; it does not at "
            f"{row_list(np.flatnonzero(bad).tolist())}",
            do="Correct them, or leave them empty where the outcome was not observed",
        )
    return Continuous(values, rule.unit)


def refuse_missing(outcome: Outcome, *columns: str) -> None:
    """Refuse rows whose outcome, in one of the columns, was not observed.

    Raises:
        DataError: with the count and the row positions.
    """
    missing = ~outcome.observed
    if missing.any():
        named = " or ".join(map(repr, columns))
        raise DataError(
            f"outcome column {named} is missing in {int(missing.sum())} of {len(outcome)} rows, at "
            f"{row_list(np.flatnonzero(missing).tolist())}",
            do='Complete them, or write missing = "exclude" under [outcome]',
        )


def _undeclared(strange: pd.Series, rule: CategoricalOutcome, rows: list[int], small_cell: int) -> DataError:
    counts: Mapping[str, int] = {str(k): int(n) for k, n in strange.value_counts().items() if n >= small_cell}
    quoted = ", ".join(f"{key!r} in {n} rows" for key, n in list(counts.items())[:SHOWN])
    hidden = "" if sum(counts.values()) == len(rows) else ". Rarer values are not shown, to protect patients"
    return DataError(
        f"outcome column {rule.column!r} holds values that are no declared category"
        f"{f' ({quoted})' if quoted else ''}, at {row_list(rows)}",
        do=f"The categories are {', '.join(rule.categories)}: correct the data or the protocol{hidden}",
    )
