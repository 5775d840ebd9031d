"""Inputs of one patient that the model cannot be given: a level its card does not know, text for a number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cds.core.errors import PredictionError
from cds.core.model_card import Feature, ModelCard
from cds.stats.inputs import prepare_inputs


def readable(card: ModelCard, row: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row of raw inputs with those left blank that the card does not allow, and what is wrong with each by name.

    A required column that the data do not have is blank too, but that is nothing wrong: its value is missing.
    """
    absent = {feature.name: np.nan for feature in card.inputs if feature.name not in row}
    row = row.assign(**absent) if absent else row
    try:
        prepare_inputs(card, row)
    except PredictionError:
        faults = {feature.name: fault for feature in card.inputs if (fault := _fault(card, feature, row))}
        return row.astype(dict.fromkeys(faults, object)).assign(**dict.fromkeys(faults, np.nan)), faults
    return row, {}


def _fault(card: ModelCard, feature: Feature, row: pd.DataFrame) -> str:
    try:
        prepare_inputs(card.model_copy(update={"inputs": [feature]}), row)
    except PredictionError as fault:
        return fault.what.replace(" at row 0", "")
    return ""
