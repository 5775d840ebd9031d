"""How far one patient's estimate moves over the model's refits on resampled development data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.measure import Interval
from cds.core.model import RegisteredModel
from cds.core.prediction import Prediction, Risk, RiskByHorizon, Value

LEVEL = 0.95


def instability_range(model: RegisteredModel, row: pd.DataFrame) -> Interval | None:
    """The 2.5 and 97.5 % quantiles of the stored refits' predictions for one row; None without refits.

    Of risks by horizon it is the range at the page's horizon, those at every horizon in ``details``. None too for
    predictions that are no risk and no value. Source: Riley & Collins 2023, doi:10.1002/bimj.202200302. It is a range
    of models, no interval for the patient's true risk.

    Raises:
        PredictionError: inputs that the card does not allow.
    """
    predictions = [refit.predict(row) for refit in model.refits]
    numbers = [found for p in predictions if (found := _numbers(p)) is not None]
    if not numbers or len({len(each) for each in numbers}) > 1:
        return None
    low, high = np.quantile(np.array(numbers), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    details: dict[str, object] = {"refits": len(numbers)}
    shown = 0
    first = predictions[0]
    if isinstance(first, RiskByHorizon):
        horizon = model.card.page_horizon(first.horizons)
        shown = first.horizons.index(horizon) if horizon is not None else 0
        ends = zip(first.horizons, low.tolist(), high.tolist(), strict=True)
        details |= {"horizon": horizon, "by_horizon": {f"{h:g}": [a, b] for h, a, b in ends}}
    return Interval(float(low[shown]), float(high[shown]), LEVEL, "refits on bootstrap samples", details=details)


def _numbers(prediction: Prediction) -> FloatArray | None:
    if isinstance(prediction, Risk | Value):
        return prediction.values[:1]
    return prediction.values[0] if isinstance(prediction, RiskByHorizon) else None
