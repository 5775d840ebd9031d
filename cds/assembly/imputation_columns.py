"""The columns of an imputation model: what is filled, and what tells about it, the outcome among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray
from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError, all_at_once
from cds.core.model_card import Feature, ModelCard, level_key
from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Outcome
from cds.stats.inputs import prepare_inputs
from cds.stats.nelson_aalen import nelson_aalen
from cds.stats.recorded import not_asked

MOST_LEVELS = 20
NUMBERS = ("number", "integer")
CATEGORIES = ("category", "boolean")


@dataclass(frozen=True, eq=False)
class Column:
    """One column: numbers, or the codes of ``levels``; NaN where it is missing.

    ``feature`` is the model's input that it holds; ``raw`` gives, per level, how the data write it. ``unasked`` are
    the rows whose question was not asked: a chain needs a value there too, but it is never handed on.
    """

    name: str
    kind: Literal["number", "category"]
    values: FloatArray
    levels: tuple[str, ...] = ()
    feature: Feature | None = None
    raw: tuple[Any, ...] = ()
    unasked: BoolArray | None = None

    @property
    def missing(self) -> BoolArray:
        """The rows without a value, which a chain fills."""
        return np.isnan(self.values)

    @property
    def imputed(self) -> BoolArray:
        """The rows whose filled values are handed on: those whose question was asked."""
        return self.missing if self.unasked is None else self.missing & ~self.unasked


def imputation_columns(cohort: Cohort, card: ModelCard, auxiliary: tuple[str, ...]) -> tuple[Column, ...]:
    """The model's inputs, the auxiliary columns, the groups and the outcome of every row.

    Optional inputs that are missing everywhere are left out: the model's own rule deals with them.

    Raises:
        InputError: inputs that cannot be imputed, all at once: missing in every row, or texts.
    """
    prepared, faults, columns = prepare_inputs(card, cohort.features), [], []
    for feature in card.inputs:
        try:
            column = _input(feature, cohort.features, prepared[feature.name])
        except InputError as fault:
            faults.append(fault)
            continue
        columns += [] if column is None else [column]
    for name in auxiliary:
        try:
            columns += [] if name in {c.name for c in columns} else [_auxiliary(name, cohort.features)]
        except InputError as fault:
            faults.append(fault)
    if faults:
        raise all_at_once(faults)
    named = {c.name for c in columns}
    columns += [_category(name, levels) for name, levels in cohort.groups.items() if name not in named]
    outcome = [] if cohort.outcome is None else list(outcome_columns(cohort.outcome))
    return tuple(c for c in (*columns, *outcome) if len(np.unique(c.values[~c.missing])) > 1 or c.missing.any())


def outcome_columns(outcome: Outcome) -> Iterator[Column]:
    """The outcome as predictors of what is missing; with follow-up, the event and its cumulative hazard."""
    match outcome:
        case Binary():
            yield Column("(outcome)", "category", outcome.event, ("0", "1"))
        case Nominal():
            codes = np.where(outcome.code < 0, np.nan, outcome.code.astype(np.float64))
            yield Column("(outcome)", "category", codes, outcome.categories)
        case Continuous():
            yield Column("(outcome)", "number", outcome.value)
        case CompetingRisks():
            causes = np.unique(outcome.status)
            codes = np.searchsorted(causes, outcome.status).astype(np.float64)
            yield Column("(event)", "category", codes, tuple(str(c) for c in causes))
            for cause in causes[causes > 0]:
                event = (outcome.status == cause).astype(np.float64)
                hazard = nelson_aalen(outcome.time, event, entry=outcome.entry)
                yield Column(f"(cumulative hazard of {cause})", "number", hazard)
        case _:
            raise DataError("repeated outcomes are not part of an imputation model", do="Impute the data beforehand")


def _input(feature: Feature, features: pd.DataFrame, prepared: pd.Series) -> Column | None:
    missing, unasked = prepared.isna().to_numpy(dtype=bool), not_asked(feature, features)
    if missing.all():
        if not feature.required:
            return None
        raise DataError(
            f"input {feature.name!r} is missing in every row and cannot be imputed",
            do="Give its values: a model cannot be judged without an input that it requires",
        )
    if feature.type in NUMBERS:
        return Column(feature.name, "number", prepared.to_numpy(dtype=np.float64), feature=feature, unasked=unasked)
    if feature.type not in CATEGORIES and not feature.levels:
        if not missing.any():
            return None
        raise DataError(
            f"input {feature.name!r} is {feature.type} and cannot be imputed",
            do='Declare its levels in the card, or choose method = "complete_case"',
        )
    codes, levels = pd.factorize(prepared.astype(object), sort=True)
    raw = features[feature.name].astype(object).to_numpy()
    written = tuple(_commonest(raw[codes == code]) for code in range(len(levels)))
    values = np.where(codes < 0, np.nan, codes.astype(np.float64))
    return Column(feature.name, "category", values, tuple(level_key(v) for v in levels), feature, written, unasked)


def _commonest(values: NDArray[Any]) -> Any:
    return pd.Series(values, dtype=object).value_counts().index[0]


def _auxiliary(name: str, features: pd.DataFrame) -> Column:
    if name not in features:
        raise DataError(f"the data have no column {name!r}, which missing_inputs.auxiliary names")
    column = features[name]
    if column.isna().all():
        raise DataError(f"auxiliary column {name!r} is missing in every row")
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return Column(name, "number", column.to_numpy(dtype=np.float64, na_value=np.nan))
    codes, levels = pd.factorize(column.astype(object))
    if len(levels) > MOST_LEVELS:
        raise DataError(
            f"auxiliary column {name!r} has {len(levels)} different texts, more than {MOST_LEVELS}",
            do="Make a column of bands, or leave it out",
        )
    return Column(name, "category", np.where(codes < 0, np.nan, codes.astype(float)), tuple(map(level_key, levels)))


def _category(name: str, levels: NDArray[np.str_]) -> Column:
    codes, names = pd.factorize(levels)
    return Column(name, "category", codes.astype(np.float64), tuple(str(n) for n in names))
