"""Split conformal prediction: patients set apart at registration, of whom one score is stored beside the model.

The quantile is computed here: it is one order statistic, and a model of any adapter has it. MAPIE, which computes the
same, needs a scikit-learn estimator at hand for every patient; the tests hold ours against it.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError, DataError
from cds.core.model import Model
from cds.core.model_card import ModelCard
from cds.core.prediction import ClassProbabilities, Prediction, Value
from cds.core.spread import Conformal
from cds.registry.development import outcome_values
from cds.stats.inputs import missing_required, prepare_inputs

CONFORMAL_FILE = "conformal.json"
SCHEMA = "cds.conformal/1"
LEVEL = 0.95
FEWEST = 100  # patients: of fewer, the share that is covered may lie far from the level
ALIKE = 0.5  # of the rows equal to a development row in every shared column: they were not set apart
KINDS = ("continuous", "nominal", "ordinal")


def conformal_of(model: Model, apart: pd.DataFrame, development: pd.DataFrame | None = None) -> Conformal:
    """The score that 95 % of the patients set ``apart`` stay within; rows without outcome or required input left out.

    Raises:
        DataError: another outcome than continuous, nominal or ordinal, fewer than 100 usable rows, an outcome column
            that is absent or holds something else, or rows that are those of ``development``.
    """
    card = model.card
    if card.outcome not in KINDS:
        raise DataError(f"a conformal interval is for outcomes {', '.join(KINDS)}, the card's is {card.outcome}")
    if not card.outcome_column:
        raise DataError("a conformal interval needs the outcome", do="Name outcome_column in the card")
    _refuse_development(apart, development)
    observed = outcome_values(card, apart)
    if observed is None:
        raise DataError("a conformal interval needs the outcome", do="Name outcome_column in the card")
    if np.isinf(observed).any():
        what = f"the outcome column {card.outcome_column!r} holds {int(np.isinf(observed).sum())} infinite numbers"
        raise DataError(what, do="Correct them, or leave them blank")
    usable = ~np.isnan(observed) & ~_lacking(card, apart)
    count = int(usable.sum())
    if count < FEWEST:
        raise DataError(f"{FEWEST} patients with outcome and required inputs are needed, {count} have them")
    scores = scores_of(model.predict(apart[usable]), observed[usable])
    score = float(np.sort(scores)[math.ceil((count + 1) * LEVEL) - 1])
    return Conformal(score=score, level=LEVEL, rows=count, left_out=len(apart) - count)


def scores_of(prediction: Prediction, observed: FloatArray) -> FloatArray:
    """|observed − value|, or 1 − the probability of the observed category (its code), shape (n,).

    Raises:
        DataError: a prediction of another kind.
    """
    if isinstance(prediction, Value):
        distance: FloatArray = np.abs(observed - prediction.values)
        return distance
    if isinstance(prediction, ClassProbabilities):
        given: FloatArray = 1 - prediction.values[np.arange(len(observed)), observed.astype(np.int64)]
        return given
    raise DataError(f"a conformal interval is for values and categories, the model gives {type(prediction).__name__}")


def conformal_bytes(found: Conformal) -> bytes:
    """The score as a JSON file."""
    return (json.dumps({"schema": SCHEMA, **asdict(found)}, indent=1, sort_keys=True) + "\n").encode()


def parse_conformal(content: bytes) -> Conformal:
    """Read what ``conformal_bytes`` wrote.

    Raises:
        ArtifactError: it is damaged.
    """
    try:
        held = json.loads(content)
        if held.pop("schema") != SCHEMA:
            raise ValueError
        return Conformal(float(held["score"]), float(held["level"]), int(held["rows"]), int(held["left_out"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArtifactError("the stored conformal score is damaged", where=CONFORMAL_FILE) from None


def _lacking(card: ModelCard, frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    lacking = np.zeros(len(frame), dtype=np.bool_)
    for rows in missing_required(card, prepare_inputs(card, frame)).values():
        lacking[list(rows)] = True
    return lacking


def _refuse_development(apart: pd.DataFrame, development: pd.DataFrame | None) -> None:
    """Residuals of rows that the model was fitted to are too small, and the interval would be too narrow."""
    if development is None or apart.empty:
        return
    shared = [name for name in apart.columns if name in development.columns]
    if not shared:
        return
    seen = set(map(tuple, development[shared].astype(str).to_numpy().tolist()))
    same = sum(tuple(row) in seen for row in apart[shared].astype(str).to_numpy().tolist())
    if same > ALIKE * len(apart):
        raise DataError(
            f"{same} of {len(apart)} rows are development rows: an interval from them would be too narrow",
            do="Give patients that the model was not developed on",
        )
