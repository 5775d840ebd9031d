"""Estimates of groups that stand in an order (calendar windows, landmarks) as the columns of one long table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cds.core.measure import Estimate, Interval
from cds.core.study import Answer, Study
from cds.core.verdict import fewest_events

NAMES = ("measure", "label", "window", "at", "estimate", "low", "high", "few", "ideal")


def along_columns(
    study: Study,
    answers: Sequence[Answer],
    places: Mapping[str, float],
    *,
    label: Callable[[Answer], str] | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Measure by group: estimates with bounds (NaN where there is none), and whether events are below the minimum.

    ``places`` gives each group's position along the axis; ``label`` names a row, by default as ``label_along``.
    """
    name = label or (lambda answer: label_along(study, answer))
    rows = [_row(study, places, answer, name(answer)) for answer in answers]
    return {column: np.array([row[k] for row in rows]) for k, column in enumerate(NAMES)}


def label_along(study: Study, answer: Answer) -> str:
    """The measure's label with what else it was asked for."""
    request = answer.request
    more = [
        request.category or "",
        "" if request.horizon is None else f"by {request.horizon:g}",
        "" if request.threshold is None else f"at {request.threshold:g}",
    ]
    return ", ".join([study.measures[request.measure].label, *filter(None, more)])


def too_few(study: Study, answer: Answer) -> bool:
    """Whether the group has fewer events (or non-events) than the protocol's minimum."""
    if not isinstance(answer.result, Estimate):
        return False
    fewest = fewest_events(answer.result)
    return fewest is not None and fewest < study.minimum_events


def _row(study: Study, places: Mapping[str, float], answer: Answer, label: str) -> tuple[object, ...]:
    measure = study.measures[answer.request.measure]
    value, low, high = np.nan, np.nan, np.nan
    if isinstance(answer.result, Estimate):
        value = answer.result.value
        if isinstance(answer.result.interval, Interval):
            low, high = answer.result.interval.low, answer.result.interval.high
    group = str(answer.request.subgroup.level)
    ideal = np.nan if measure.ideal is None or measure.direction != "target" else measure.ideal
    return measure.name, label, group, places[group], value, low, high, too_few(study, answer), ideal
