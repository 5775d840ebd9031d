"""How far one patient's estimate moves over the model's refits on resampled development data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.measure import Interval
from cds.core.model import RegisteredModel
from cds.core.prediction import Risk, Value

LEVEL = 0.95


def instability_range(model: RegisteredModel, row: pd.DataFrame) -> Interval | None:
    """The 2.5 and 97.5 % quantiles of the stored refits' predictions for one row; None without refits.

    Also None for predictions other than a risk or a value. Source: Riley & Collins 2023, doi:10.1002/bimj.202200302.
    It is a range of models, no interval for the patient's true risk.

    Raises:
        PredictionError: inputs that the card does not allow.
    """
    predictions = [refit.predict(row) for refit in model.refits]
    values = [float(p.values[0]) for p in predictions if isinstance(p, Risk | Value)]
    if not values:
        return None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), LEVEL, "refits on bootstrap samples", details={"refits": len(values)})
