"""How the prediction would run across an input that the card marks as modifiable: of the model, not of the patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.finding import Curve
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature
from cds.explanation.outputs import Outputs, outputs_of
from cds.explanation.support import known_inputs
from cds.stats.inputs import prepare_inputs

POINTS = 11
FEWEST_VALUES = 2
CAUTION = (
    "What the model would predict if this input alone were recorded differently. It is not what changing the input "
    "would do to the patient: other inputs move with it, and an association is not an effect."
)

_averages: WeakKeyDictionary[RegisteredModel, dict[str, FloatArray]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The prediction across one modifiable input: of this patient, and on average of the reference patients.

    ``values`` are those tried, numbers or levels; ``estimates`` and ``average`` hold them by output, shape (values,).
    ``beyond`` are the tried numbers outside the development data, where the model extrapolates.
    """

    input: str
    label: str
    unit: str
    recorded: Any
    values: tuple[Any, ...]
    estimates: dict[str, FloatArray]
    average: dict[str, FloatArray]
    beyond: tuple[Any, ...] = ()
    caution: str = CAUTION


def what_ifs(model: RegisteredModel, row: pd.DataFrame) -> tuple[WhatIf, ...]:
    """One curve for each input that the card marks modifiable and whose usual values are known.

    ``row`` is one row of raw inputs. Numbers run over the 5th to 95th percentile of development (or of the
    background) at 11 points, integers over whole ones, with the recorded value among them; levels over those seen.
    The individual curve is Goldstein's (2015, doi:10.1080/10618600.2014.907095), the average Friedman's partial
    dependence (2001, doi:10.1214/aos/1013203451) over the background rows.
    """
    prepared = prepare_inputs(model.card, row)
    return tuple(
        _curve(model, prepared, feature, values)
        for feature in model.card.inputs
        if feature.modifiable and len(values := _tried(model, feature)) >= FEWEST_VALUES
    )


def _curve(model: RegisteredModel, prepared: pd.DataFrame, feature: Feature, values: Sequence[Any]) -> WhatIf:
    recorded = prepared.iloc[0][feature.name]
    known = not pd.isna(recorded)
    tried = list(values)
    if known and _is_number(feature) and float(recorded) not in tried:
        tried = sorted([*tried, float(recorded)])
    own = _predicted(model, prepared, feature, tried)
    average = _average(model, feature, list(values))
    averages = {
        name: np.interp(tried, values, average[:, k]) if _is_number(feature) else average[:, k]
        for k, name in enumerate(own.names)
        if average.size
    }
    return WhatIf(
        input=feature.name,
        label=feature.title,
        unit=feature.unit,
        recorded=recorded if known else None,
        values=tuple(tried),
        estimates={name: own.values[:, k] for k, name in enumerate(own.names)},
        average=averages,
        beyond=_beyond(model, feature, tried),
    )


def _tried(model: RegisteredModel, feature: Feature) -> list[Any]:
    summary = known_inputs(model).get(feature.name)
    if summary is None:
        return []
    if not _is_number(feature):
        return [level for level, count in (summary.counts or {}).items() if count > 0]
    if summary.q05 is None or summary.q95 is None:
        return []
    grid = np.linspace(summary.q05, summary.q95, POINTS)
    found: list[Any] = np.unique(np.round(grid) if feature.type == "integer" else grid).tolist()
    return found


def _beyond(model: RegisteredModel, feature: Feature, tried: Sequence[Any]) -> tuple[Any, ...]:
    summary = known_inputs(model).get(feature.name)
    if not _is_number(feature) or summary is None or summary.minimum is None or summary.maximum is None:
        return ()
    return tuple(value for value in tried if not summary.minimum <= value <= summary.maximum)


def _average(model: RegisteredModel, feature: Feature, values: Sequence[Any]) -> FloatArray:
    """The mean prediction of the background rows at each value, shape (values, outputs); computed once per model."""
    if model.background is None:
        return np.empty((0, 0))
    kept = _averages.setdefault(model, {})
    if feature.name not in kept:
        rows = prepare_inputs(model.card, model.background)
        found = _predicted(model, rows, feature, values).values
        kept[feature.name] = found.reshape(len(rows), len(values), -1).mean(axis=0)
    return kept[feature.name]


def _predicted(model: RegisteredModel, rows: pd.DataFrame, feature: Feature, values: Sequence[Any]) -> Outputs:
    """Predictions of every row at every value, the values running fastest."""
    repeated = rows.loc[rows.index.repeat(len(values))].reset_index(drop=True)
    repeated[feature.name] = pd.Series(list(values) * len(rows), dtype=object)
    return outputs_of(model.predict(prepare_inputs(model.card, repeated)))


def _is_number(feature: Feature) -> bool:
    return feature.type in ("number", "integer")


def average_curves(model: RegisteredModel, inputs: pd.DataFrame, output: str, family: str) -> Iterator[Curve]:
    """Of the modifiable inputs, the mean prediction of these patients across the usual values, and where 80 % lie.

    ``inputs`` are prepared inputs, one row per patient. The curve of each patient is the model's prediction with this
    input alone replaced; it says nothing of what replacing it would do.
    """
    columns: dict[str, list[object]] = {k: [] for k in ("name", "at", "label", "mean", "low", "high")}
    for feature in model.card.inputs:
        values = _tried(model, feature) if feature.modifiable else []
        if len(values) < FEWEST_VALUES:
            continue
        outputs = _predicted(model, inputs, feature, values)
        found = outputs.values[:, outputs.names.index(output)].reshape(len(inputs), len(values))
        low, high = np.quantile(found, [0.1, 0.9], axis=0)
        title = f"{feature.title} ({feature.unit})" if feature.unit else feature.title
        for k, value in enumerate(values):
            numeric = _is_number(feature)
            told = (title, float(value) if numeric else float(k), "" if numeric else feature.shown(value),
                    float(found[:, k].mean()), float(low[k]), float(high[k]))  # fmt: skip
            for column, part in zip(columns, told, strict=True):
                columns[column].append(part)
    if columns["name"]:
        yield Curve(
            "explanation_what_if",
            family,
            "The model's prediction across inputs that are marked modifiable",
            {name: np.array(column) for name, column in columns.items()},
            y_label="prediction",
            note=f"Line or mark: the mean of these patients; band or bar: where 80% of them lie; {CAUTION}",
        )
