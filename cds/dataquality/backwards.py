"""Predictions that run against what they predict, beyond chance and with their whole interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.study import Study
from cds.dataquality.endpoints import predicted_endpoints
from cds.stats.mann_whitney import delong_placements, delong_variance
from cds.stats.single_input import rank_correlation

FEWEST = 10  # patients with and without the event, or in another than the commonest category
CLEARLY = 2.58  # standard errors


@dataclass(frozen=True)
class Backwards:
    """One prediction that runs the wrong way, in words, and by how much."""

    told: str
    value: float
    upper: float


def backwards(study: Study) -> list[Backwards]:
    """The predictions that run against what they predict, beyond chance and with the whole interval."""
    found = []
    for endpoint in predicted_endpoints(study):
        if endpoint.predicted is None:
            continue
        rows = endpoint.known & ~np.isnan(endpoint.predicted)
        y, predicted = endpoint.value[rows], endpoint.predicted[rows]
        if not enough(y, is_event=endpoint.is_event or endpoint.is_ordered):
            continue
        correlation = rank_correlation(predicted, y)
        if correlation * np.sqrt(len(y) - 1) >= -CLEARLY:
            continue
        about = f" ({endpoint.about})" if endpoint.about else ""
        if endpoint.is_event:
            area, upper = _area(predicted, y == 1)
            told = f"the AUROC{about} is {area:.2f}, its 99 % interval ends at {upper:.2f}"
            if upper < 0.5:
                found.append(Backwards(told, area, upper))
        else:
            upper = float(np.tanh(np.arctanh(max(correlation, -1 + 1e-15)) + CLEARLY * 1.03 / np.sqrt(len(y) - 3)))
            told = f"the rank correlation of predicted and observed values{about} is {correlation:.2f}"
            if upper < 0:
                found.append(Backwards(told.replace("-", "−"), correlation, upper))
    return found


def _area(predicted: FloatArray, is_event: BoolArray) -> tuple[float, float]:
    """The AUROC and the upper bound of DeLong's interval, not turned round."""
    of_events, of_others = delong_placements(predicted, is_event)
    area = float(of_events.mean())
    return area, area + CLEARLY * float(np.sqrt(delong_variance(of_events, of_others)))


def enough(y: FloatArray, *, is_event: bool) -> bool:
    """Whether so few patients can show a direction: events and others, categories, or numbers."""
    if not len(y):
        return False
    if not is_event:
        return len(y) >= 2 * FEWEST
    return len(y) - int(np.unique(y, return_counts=True)[1].max()) >= FEWEST
