"""Reduces the development data to what the card carries of them: ranges, levels, moments, predictions; no rows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import DataError, nearest
from cds.core.model import Model
from cds.core.model_card import DevelopmentSummary, Feature, InputSummary, ModelCard, level_key
from cds.registry.follow_up import TIMES, FollowUp, follow_up
from cds.stats.gower import NEIGHBOURS, PERCENTILES, gower, nearness, spreads, without_itself
from cds.stats.inputs import prepare_inputs
from cds.stats.prediction_summary import summaries

FEWEST = 20  # complete rows of whom percentiles say something
CHUNK = 2000


def development_summary(card: ModelCard, frame: pd.DataFrame) -> DevelopmentSummary:
    """Summarise the development data: per input n, missing, range, mean, sd and quantiles, or counts of
    levels.

    Quantiles are type 7; sd has n − 1. Free text is only counted. Events or the mean outcome are given where
    the card names its ``outcome_column``; of times to an event the observed risk by each horizon, where it names its
    ``time_column`` too.

    Raises:
        PredictionError: inputs that are not as the card declares them.
        DataError: no rows, or the outcome column is absent or holds something else.
    """
    if frame.empty:
        raise DataError("the development data have no rows")
    prepared = prepare_inputs(card, frame)
    inputs = {feature.name: _summary(feature, prepared[feature.name]) for feature in card.inputs}
    if card.outcome in TIMES:
        return _with_follow_up(DevelopmentSummary(rows=len(frame), inputs=inputs), follow_up(card, frame))
    outcome = outcome_values(card, frame)
    observed = np.array([]) if outcome is None else outcome[~np.isnan(outcome)]
    told = len(observed) > 0 and card.outcome in ("binary", "continuous")
    events = int(observed.sum()) if told and card.outcome == "binary" else None
    mean = float(observed.mean()) if told else None
    shares = _category_shares(card, observed)
    return DevelopmentSummary(rows=len(frame), events=events, outcome_mean=mean, category_shares=shares, inputs=inputs)


def _category_shares(card: ModelCard, observed: FloatArray) -> dict[str, float]:
    """The share of each category among those whose outcome is known; empty for other outcomes."""
    if card.outcome not in ("nominal", "ordinal") or not len(observed):
        return {}
    return {category: float((observed == code).mean()) for code, category in enumerate(card.categories)}


def with_predictions(card: ModelCard, model: Model, frame: pd.DataFrame) -> ModelCard:
    """The card with what its model predicts of the development data, rows that lack a required input left out.

    Raises:
        PredictionError: inputs that the model refuses.
    """
    if card.development is None or frame.empty:
        return card
    found = summaries(model.predict(frame), competing=card.outcome == "competing_risks")
    return card.model_copy(update={"development": card.development.model_copy(update={"predictions": found})})


def with_nearness(card: ModelCard, background: pd.DataFrame, frame: pd.DataFrame) -> ModelCard:
    """The card with how near development rows without a gap are to the background sample, in percentiles.

    A row that is in the sample itself is held against the others. Nothing is added where fewer rows than ``FEWEST``
    are complete.
    """
    complete = prepare_inputs(card, frame).dropna()
    if card.development is None or len(complete) < FEWEST or len(background) <= NEIGHBOURS:
        return card
    near = [
        nearness(
            without_itself(gower(complete.iloc[k : k + CHUNK], background, spreads(card.inputs, background))),
            NEIGHBOURS,
        )
        for k in range(0, len(complete), CHUNK)
    ]
    found = tuple(float(q) for q in np.quantile(np.concatenate(near), PERCENTILES))
    return card.model_copy(update={"development": card.development.model_copy(update={"nearness": found})})


def _with_follow_up(summary: DevelopmentSummary, found: FollowUp | None) -> DevelopmentSummary:
    if found is None:
        return summary
    known = {name: value for name, value in dataclasses.asdict(found).items() if value is not None}
    return summary.model_copy(update=known)


def outcome_values(card: ModelCard, frame: pd.DataFrame, *, required: bool = True) -> FloatArray | None:
    """The outcome column as numbers (1 the event, or codes of the categories); None where the card names
    none.

    Raises:
        DataError: the column is absent (where required), or holds something that the card does not know.
    """
    column = card.outcome_column
    if card.outcome in TIMES:
        return None  # a time and what ended it are no one number
    if not column or (column not in frame and not required):
        return None
    if column not in frame:
        known = [str(name) for name in frame.columns]
        raise DataError(f"the data have no outcome column {column!r}", do=nearest(column, known))
    held = frame[column]
    if card.outcome == "continuous":
        values = pd.to_numeric(held, errors="coerce").astype(np.float64)
        _refuse((values.isna() & held.notna()).to_numpy(), column, "must be numbers")
        return np.asarray(values, dtype=np.float64)
    keys = held.map(level_key, na_action="ignore")
    if isinstance(card.positive, bool):
        # A card's true is no text, so it stands for every spelling that a file has for it.
        keys = keys.map(lambda key: key.capitalize() if key.lower() in ("true", "false") else key, na_action="ignore")
    if card.outcome in ("nominal", "ordinal"):
        codes = keys.map({category: float(code) for code, category in enumerate(card.categories)})
        _refuse((codes.isna() & held.notna()).to_numpy(), column, "holds categories that the card does not name")
        return np.asarray(codes, dtype=np.float64)
    if card.outcome != "binary":
        return None
    _refuse(np.full(len(keys), keys.nunique() > 2), column, "must hold two values")
    event = np.array(keys == level_key(card.positive), dtype=np.float64)
    event[held.isna().to_numpy()] = np.nan
    return event


def _refuse(bad: np.ndarray[tuple[int], np.dtype[np.bool_]], column: str, rule: str) -> None:
    if bad.any():
        raise DataError(f"the outcome column {column!r} {rule}: {int(bad.sum())} of {len(bad)} rows do not fit")


def _summary(feature: Feature, values: pd.Series) -> InputSummary:
    present = values.dropna()
    n, missing = len(present), int(values.isna().sum())
    if feature.levels or feature.type in ("category", "boolean"):
        counted = present.map(level_key).value_counts()
        return InputSummary(n=n, missing=missing, counts={str(k): int(counted[k]) for k in sorted(counted.index)})
    if feature.type not in ("number", "integer") or not n:
        return InputSummary(n=n, missing=missing)
    numbers = present.to_numpy(dtype=np.float64)
    q05, median, q95 = (float(q) for q in np.quantile(numbers, [0.05, 0.5, 0.95]))
    return InputSummary(
        n=n,
        missing=missing,
        minimum=float(numbers.min()),
        maximum=float(numbers.max()),
        mean=float(numbers.mean()),
        sd=float(numbers.std(ddof=1)) if n > 1 else None,
        q05=q05,
        median=median,
        q95=q95,
    )
