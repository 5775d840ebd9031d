"""Which raw inputs the columns of a scikit-learn pipeline come from, read off its fitted steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Source = frozenset[int]

# One column out for each column in, computed from that column alone.
_COLUMN_BY_COLUMN = {
    "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "QuantileTransformer", "PowerTransformer",
    "OrdinalEncoder", "Binarizer",
}  # fmt: skip


def column_sources(step: Any, incoming: Sequence[Source]) -> list[Source] | None:
    """The inputs behind each column that a fitted transformer gives; None where its kind is not known.

    ``incoming`` are those behind each column that it takes.
    """
    name = type(step).__name__
    if step is None or step == "passthrough":
        return list(incoming)
    if not type(step).__module__.startswith("sklearn."):
        return None
    if name == "Pipeline":
        return _in_turn([each for _, each in step.steps], incoming)
    if name == "ColumnTransformer":
        return _side_by_side(step, incoming)
    if name in _COLUMN_BY_COLUMN:
        return list(incoming)
    return _wider(step, name, incoming)


def _in_turn(steps: Sequence[Any], incoming: Sequence[Source]) -> list[Source] | None:
    found: list[Source] | None = list(incoming)
    for step in steps:
        found = None if found is None else column_sources(step, found)
    return found


def _side_by_side(step: Any, incoming: Sequence[Source]) -> list[Source] | None:
    found: list[Source] = [frozenset()] * sum(
        place.stop - place.start for place in step.output_indices_.values() if place.stop is not None
    )
    known = getattr(step, "feature_names_in_", None)
    for name, transformer, columns in step.transformers_:
        place = step.output_indices_[name]
        if place.start == place.stop or (isinstance(transformer, str) and transformer == "drop"):
            continue
        chosen = _positions(columns, known, len(incoming))
        given = None if chosen is None else column_sources(transformer, [incoming[k] for k in chosen])
        if given is None or len(given) != place.stop - place.start:
            return None
        found[place] = given
    return found


def _positions(columns: Any, known: Any, width: int) -> list[int] | None:
    if isinstance(columns, slice):
        return list(range(width))[columns] if not isinstance(columns.start or columns.stop, str) else None
    chosen = np.atleast_1d(np.asarray(columns))
    if chosen.dtype == bool:
        return [int(k) for k in np.flatnonzero(chosen)]
    if chosen.dtype.kind in "iu":
        return [int(k) % width for k in chosen]
    if known is None:
        return None
    place = {str(name): k for k, name in enumerate(known)}
    return [place[str(name)] for name in chosen] if all(str(name) in place for name in chosen) else None


def _wider(step: Any, name: str, incoming: Sequence[Source]) -> list[Source] | None:
    if name == "FunctionTransformer":
        return list(incoming) if step.func is None else None
    if name == "SimpleImputer":
        return _imputed(step, incoming)
    if name == "OneHotEncoder":
        return _repeated(incoming, step._n_features_outs)
    if name == "SplineTransformer":
        return _repeated(incoming, [step.n_features_out_ // len(incoming)] * len(incoming))
    if name == "KBinsDiscretizer":
        return list(incoming) if step.encode == "ordinal" else _repeated(incoming, step.n_bins_)
    if name == "PolynomialFeatures":
        return [frozenset().union(*(incoming[k] for k in np.flatnonzero(row))) for row in step.powers_]
    return None


def _repeated(incoming: Sequence[Source], counts: Sequence[int]) -> list[Source]:
    return [source for source, count in zip(incoming, counts, strict=True) for _ in range(int(count))]


def _imputed(step: Any, incoming: Sequence[Source]) -> list[Source]:
    kept = list(incoming)
    if not step.keep_empty_features and step.statistics_.dtype.kind == "f":
        kept = [source for source, value in zip(incoming, step.statistics_, strict=True) if not np.isnan(value)]
    if step.indicator_ is not None:
        kept += [incoming[k] for k in step.indicator_.features_]
    return kept
