"""Does the patient resemble the people the model learned from: nearness to them in all inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.explanation import Resemblance
from cds.core.model import RegisteredModel
from cds.stats.inputs import prepare_inputs

NEIGHBOURS = 5


def resemblance(model: RegisteredModel, prepared: pd.DataFrame) -> Resemblance | None:
    """How near a patient without missing inputs is to the background, beside its rows' own nearness.

    Gower's distance: the mean over inputs of |difference| / range for numbers and of "not equal" for levels,
    the range being that of background and patient together. None without a background of at least 20
    complete rows.

    Source: Gower 1971, doi:10.2307/2528823.
    """
    if model.background is None or not model.card.inputs:
        return None
    background = prepare_inputs(model.card, model.background).dropna()
    if len(background) < 4 * NEIGHBOURS:
        return None
    everyone = pd.concat([background, prepared], ignore_index=True)
    distances = _gower(everyone, [f.name for f in model.card.inputs if f.type in ("number", "integer")])
    np.fill_diagonal(distances, np.inf)
    among = np.sort(distances[:-1, :-1], axis=1)[:, :NEIGHBOURS].mean(axis=1)
    own = float(np.sort(distances[-1, :-1])[:NEIGHBOURS].mean())
    return Resemblance(own, float(np.mean(among < own)), NEIGHBOURS, len(background))


def _gower(rows: pd.DataFrame, numeric: list[str]) -> FloatArray:
    total = np.zeros((len(rows), len(rows)))
    for name in rows.columns:
        if name in numeric:
            values = rows[name].to_numpy(dtype=np.float64)
            spread = float(np.ptp(values)) or 1.0
            total += np.abs(values[:, None] - values) / spread
        else:
            codes, _ = pd.factorize(rows[name])
            total += codes[:, None] != codes
    return total / rows.shape[1]
