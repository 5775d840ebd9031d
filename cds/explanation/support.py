"""Is this patient like those the model learned from: ranges, levels, missing inputs and their effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from cds.core.errors import DataError
from cds.core.explanation import EstimateRange, MissingInput, OutsideRange, Support, UnseenLevel
from cds.core.model import Imputing, RegisteredModel
from cds.core.model_card import Feature, InputSummary, level_key
from cds.explanation.outputs import outputs_of
from cds.explanation.resemblance import resemblance
from cds.stats.inputs import prepare_inputs

GRID = 21  # values tried across a missing number's usual range

Source = Literal["development", "background", "none"]
Bounds = tuple[float, float] | None


def support(model: RegisteredModel, row: pd.DataFrame) -> Support:
    """Where one patient leaves what the model learned from, as data for sentences.

    ``row`` is one row of raw inputs. Ranges and levels come from the card's development summary, else from
    the registered background sample. An optional missing input is tried at its usual values (5th to 95th
    percentile, or every level seen), one input at a time, the others as they are.

    Raises:
        DataError: not one row.
        PredictionError: inputs that the card does not allow.
    """
    if len(row) != 1:
        raise DataError(f"support is of one patient: give one row of raw inputs, got {len(row)}")
    # A required input that the data do not even have as a column is missing, like an empty cell.
    prepared = prepare_inputs(model.card, _with_columns(model, row))
    source, known = _known(model)
    values = prepared.iloc[0]
    missing = [feature for feature in model.card.inputs if pd.isna(values[feature.name])]
    present = [feature for feature in model.card.inputs if feature not in missing]
    return Support(
        range_source=source,
        outside_development=_outside(values, ((f, _extremes(known.get(f.name))) for f in present)),
        outside_plausible=_outside(values, ((f, f.range) for f in present)),
        unseen_levels=tuple(u for f in present if (u := _unseen(f, values[f.name], known.get(f.name)))),
        missing=tuple(_missing(model, prepared, f, known.get(f.name), missing=missing) for f in missing),
        not_checked=tuple(f.name for f in model.card.inputs if not _checkable(f, known.get(f.name))),
        resemblance=resemblance(model, prepared),
    )


def _with_columns(model: RegisteredModel, row: pd.DataFrame) -> pd.DataFrame:
    absent = {feature.name: np.nan for feature in model.card.inputs if feature.name not in row}
    return row.assign(**absent) if absent else row


def _is_number(feature: Feature) -> bool:
    return feature.type in ("number", "integer")


def known_inputs(model: RegisteredModel) -> dict[str, InputSummary]:
    """What is known of each input's values: of the development data, else of the background sample."""
    return _known(model)[1]


def _known(model: RegisteredModel) -> tuple[Source, dict[str, InputSummary]]:
    development = model.card.development
    if development is not None and development.inputs:
        return "development", dict(development.inputs)
    if model.background is None or not model.card.inputs:
        return "none", {}
    background = prepare_inputs(model.card, model.background)
    return "background", {f.name: _summary(f, background[f.name]) for f in model.card.inputs}


def _summary(feature: Feature, column: pd.Series) -> InputSummary:
    values, absent = column.dropna(), int(column.isna().sum())
    if values.empty:
        return InputSummary(n=0, missing=absent)
    if _is_number(feature):
        low, q05, q95, high = (float(q) for q in np.quantile(values.to_numpy(dtype=np.float64), [0, 0.05, 0.95, 1]))
        return InputSummary(n=len(values), missing=absent, minimum=low, maximum=high, q05=q05, q95=q95)
    counts = {level_key(level): int(count) for level, count in values.value_counts().items()}
    return InputSummary(n=len(values), missing=absent, counts=counts)


def _checkable(feature: Feature, summary: InputSummary | None) -> bool:
    if _is_number(feature):
        return _extremes(summary) is not None
    return summary is not None and bool(summary.counts)


def _extremes(summary: InputSummary | None) -> Bounds:
    if summary is None or summary.minimum is None or summary.maximum is None:
        return None
    return summary.minimum, summary.maximum


def _outside(values: pd.Series, bounds: Iterable[tuple[Feature, Bounds]]) -> tuple[OutsideRange, ...]:
    found = []
    for feature, limits in bounds:
        if not _is_number(feature) or limits is None:
            continue
        value = float(values[feature.name])
        if not limits[0] <= value <= limits[1]:
            shown = feature.shown(value)
            found.append(OutsideRange(feature.name, feature.title, shown, *limits, feature.unit))
    return tuple(found)


def _unseen(feature: Feature, value: Any, summary: InputSummary | None) -> UnseenLevel | None:
    if _is_number(feature) or summary is None or not summary.counts:
        return None
    seen = {_same_level(feature, level): level for level, count in summary.counts.items() if count > 0}
    if _same_level(feature, value) in seen:
        return None
    shown = tuple(feature.shown(level) for level in seen.values())
    return UnseenLevel(feature.name, feature.title, feature.shown(value), shown)


def _same_level(feature: Feature, value: Any) -> str:
    # A boolean may be written true, 1 or yes; a category is written one way.
    return feature.shown(value) if feature.type == "boolean" and not feature.levels else level_key(value)


def _missing(
    model: RegisteredModel,
    prepared: pd.DataFrame,
    feature: Feature,
    summary: InputSummary | None,
    *,
    missing: list[Feature],
) -> MissingInput:
    usual, tried = _usual(feature, summary)
    needed = [other.title for other in missing if other.required]
    estimates, reason = _estimates(model, prepared, feature, tried, needed)
    return MissingInput(
        input=feature.name,
        label=feature.title,
        unit=feature.unit,
        required=feature.required,
        plausible=feature.range,
        usual=tuple(feature.shown(value) for value in usual),
        numeric=_is_number(feature),
        assumed=_assumed(model, feature),
        estimates=estimates,
        reason=reason,
    )


def _usual(feature: Feature, summary: InputSummary | None) -> tuple[Sequence[Any], Sequence[Any]]:
    if summary is None:
        return (), ()
    if summary.counts is not None and not _is_number(feature):
        levels = [level for level, count in summary.counts.items() if count > 0]
        return levels, levels
    if summary.q05 is None or summary.q95 is None:
        return (), ()
    grid = np.linspace(summary.q05, summary.q95, GRID)
    tried = np.unique(np.round(grid)) if feature.type == "integer" else grid
    return (float(tried[0]), float(tried[-1])), tried.tolist()


def _estimates(
    model: RegisteredModel, prepared: pd.DataFrame, feature: Feature, tried: Sequence[Any], needed: list[str]
) -> tuple[tuple[EstimateRange, ...], str]:
    if needed:
        return (), f"there is no estimate without {', '.join(needed)}"
    if len(tried) == 0:
        return (), "its usual values are not known"
    rows = prepared.loc[prepared.index.repeat(len(tried))].reset_index(drop=True)
    rows[feature.name] = pd.Series(tried, dtype=object)
    outputs = outputs_of(model.predict(prepare_inputs(model.card, rows)))
    spans = zip(outputs.names, outputs.values.min(axis=0), outputs.values.max(axis=0), strict=True)
    return tuple(EstimateRange(name, float(low), float(high), outputs.horizon(name)) for name, low, high in spans), ""


def _assumed(model: RegisteredModel, feature: Feature) -> str | None:
    if not isinstance(model.model, Imputing) or feature.name not in model.model.assumed_inputs:
        return None
    return feature.shown(model.model.assumed_inputs[feature.name])
