"""Every interval that there is for one patient's estimate, and the one of them that the page shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cds.core.errors import PredictionError
from cds.core.measure import Interval, NotEstimable
from cds.core.model import RegisteredModel, Sampled
from cds.core.prediction import ClassProbabilities, Prediction, Value
from cds.core.spread import Spread
from cds.models.equation_sampling import MISSING
from cds.patients.instability import LEVEL, instability_range, of_patient

# What holds the patient's own outcome goes before what holds the estimate alone; of the latter, model instability
# covers the whole development, the sampling error only the coefficients of a model whose form was given.
PRIORITY = ("conformal", "model", "instability", "sampling")
SAMPLING = "sampling error"
NOTHING_STORED, MISSING_INPUT, RANGE = "nothing_stored", "missing_input", "range"
NO_SCORE, NO_REFITS = "no conformal score is stored with the model", "no refits are stored with the model"
NO_OUTCOME_INTERVAL = "the model gives no prediction interval of its own"
REFUSED = "a stored refit refuses these inputs"
NOT_OF_KIND = "estimates of this kind have none"
FIXED_BASELINE = ("survival", "competing_risks")


@dataclass(frozen=True)
class Uncertainty:
    """The intervals by source, or why there is none; ``shown`` is the source of the page's, else ``why_none`` a code.

    Codes: ``nothing_stored``, ``missing_input``.
    """

    by_source: Mapping[str, Spread | NotEstimable]
    shown: str = ""
    why_none: str = ""

    @property
    def interval(self) -> Spread | None:
        """The one that the page shows."""
        found = self.by_source.get(self.shown)
        return None if isinstance(found, NotEstimable) else found


def uncertainty(model: RegisteredModel, row: pd.DataFrame, prediction: Prediction) -> Uncertainty:
    """All that is known of how unsure the estimate of one row is; ``prediction`` is the model's for it."""
    found: dict[str, Spread | NotEstimable] = {
        "conformal": _conformal(model, prediction),
        "model": _of_the_model(prediction),
        "instability": _instability(model, row, prediction),
        "sampling": _sampling(model, row, prediction),
    }
    shown = next((source for source in PRIORITY if not isinstance(found[source], NotEstimable)), "")
    lacking = NotEstimable(MISSING) in found.values()
    why = "" if shown else MISSING_INPUT if lacking else NOTHING_STORED
    return Uncertainty(found, shown, why)


def _conformal(model: RegisteredModel, prediction: Prediction) -> Spread | NotEstimable:
    if model.conformal is None:
        return NotEstimable(NO_SCORE)
    if isinstance(prediction, Value):
        return model.conformal.interval(prediction)
    if isinstance(prediction, ClassProbabilities):
        return model.conformal.category_set(prediction, ordered=model.card.outcome == "ordinal")
    return NotEstimable(NOT_OF_KIND)


def _of_the_model(prediction: Prediction) -> Interval | NotEstimable:
    if not isinstance(prediction, Value) or prediction.low is None or prediction.high is None:
        return NotEstimable(NO_OUTCOME_INTERVAL)
    level = math.nan if prediction.level is None else prediction.level
    return Interval(float(prediction.low[0]), float(prediction.high[0]), level, "prediction interval of the model")


def _instability(model: RegisteredModel, row: pd.DataFrame, prediction: Prediction) -> Interval | NotEstimable:
    try:
        found = instability_range(model, row, prediction=prediction)
    except PredictionError:
        return NotEstimable(REFUSED)
    if found is None:
        return NotEstimable(NOT_OF_KIND if model.refits else NO_REFITS)
    return found


def _sampling(model: RegisteredModel, row: pd.DataFrame, prediction: Prediction) -> Interval | NotEstimable:
    if not isinstance(model.model, Sampled):
        return NotEstimable(f"a model of the kind {model.adapter} has no covariance of its coefficients")
    bounds = model.model.sampling_bounds(row, level=LEVEL)
    if isinstance(bounds, NotEstimable):
        return bounds
    details = {"baseline": "fixed"} if model.card.outcome in FIXED_BASELINE else {}
    low, high = (ends[0] if ends.ndim > 1 else ends[:1] for ends in bounds)
    return of_patient(model.card, prediction, low, high, method=SAMPLING, details=details)
