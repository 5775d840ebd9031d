"""How far one patient's estimate moves over the model's refits on resampled development data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.measure import Interval
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.core.prediction import ClassProbabilities, Prediction, Risk, RiskByHorizon, Value

LEVEL = 0.95
INSTABILITY = "model instability"


def instability_range(
    model: RegisteredModel, row: pd.DataFrame, *, prediction: Prediction | None = None
) -> Interval | None:
    """The 2.5 and 97.5 % quantiles of the stored refits' predictions for one row; None without refits.

    Of risks by horizon it is the range at the page's horizon, of categories that of the likeliest in ``prediction``
    (the model's own, computed where it is not given); the ranges of all stand in ``details``. None too for points.
    Source: Riley & Collins 2023, doi:10.1002/bimj.202200302. It is a range of models, no interval for the patient's
    true risk.

    Raises:
        PredictionError: inputs that the card does not allow.
    """
    numbers = [found for refit in model.refits if (found := _numbers(refit.predict(row))) is not None]
    if not numbers or len({len(each) for each in numbers}) > 1:
        return None
    low, high = np.quantile(np.array(numbers), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    theirs = model.predict(row) if prediction is None else prediction
    return of_patient(model.card, theirs, low, high, method=INSTABILITY, details={"refits": len(numbers)})


def of_patient(
    card: ModelCard,
    prediction: Prediction,
    low: FloatArray,
    high: FloatArray,
    *,
    method: str,
    details: Mapping[str, Any],
) -> Interval:
    """Bounds of one patient's estimates as one interval: of the page's horizon or the likeliest category.

    ``low`` and ``high`` have shape (k,): one per horizon, per category, or one. All stand in ``details`` where k > 1.
    """
    shown, all_of = 0, dict(details)
    ends = [[float(a), float(b)] for a, b in zip(low, high, strict=True)]
    if isinstance(prediction, RiskByHorizon):
        horizon = card.page_horizon(prediction.horizons)
        shown = prediction.horizons.index(horizon) if horizon is not None else 0
        all_of |= {"horizon": horizon}
        all_of |= {"by_horizon": {f"{h:g}": each for h, each in zip(prediction.horizons, ends, strict=True)}}
    if isinstance(prediction, ClassProbabilities):
        shown = int(prediction.values[0].argmax())
        all_of |= {"category": prediction.categories[shown]}
        all_of |= {"by_category": dict(zip(prediction.categories, ends, strict=True))}
    return Interval(ends[shown][0], ends[shown][1], LEVEL, method, details=all_of)


def _numbers(prediction: Prediction) -> FloatArray | None:
    if isinstance(prediction, Risk | Value):
        return prediction.values[:1]
    return prediction.values[0] if isinstance(prediction, (RiskByHorizon, ClassProbabilities)) else None
