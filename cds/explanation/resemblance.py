"""Does the patient resemble the people the model learned from: nearness to them in all inputs."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.explanation import Resemblance
from cds.core.model import RegisteredModel
from cds.stats.gower import NEIGHBOURS, gower, nearness, spreads
from cds.stats.inputs import prepare_inputs

FEWEST_ROWS = 20
FEWEST_INPUTS = 0.5  # of the model's: with fewer recorded, nearness says little

_own_nearness: WeakKeyDictionary[RegisteredModel, dict[tuple[str, ...], FloatArray]] = WeakKeyDictionary()


def resemblance(model: RegisteredModel, prepared: pd.DataFrame) -> Resemblance | None:
    """How near a patient is to the background in the inputs that are recorded, beside others' nearness to it.

    The others are the development patients, whose percentiles the card holds, where every input is recorded; else
    the background rows among themselves, in the same inputs. The effective number of similar patients is the sum over
    background rows of exp(−½ (d / h)²), d the distance and h the others' median nearness: 1 for each that is equal,
    about 0.6 for each that is as near as the nearest ones usually are. None without a background of at least 20 rows,
    or where fewer than half of the inputs are recorded.

    Source of the distance: Gower 1971, doi:10.2307/2528823.
    """
    if model.background is None or not model.card.inputs:
        return None
    known = [f.name for f in model.card.inputs if pd.notna(prepared.iloc[0][f.name])]
    background = prepare_inputs(model.card, model.background)
    if len(background) < FEWEST_ROWS or len(known) < FEWEST_INPUTS * len(model.card.inputs):
        return None
    distances = _distances(model, prepared, background, known)
    own = float(nearness(distances, NEIGHBOURS)[0])
    source, others, rows = _others(model, background, known)
    width = float(np.median(others))
    # a width of 0, where everybody is equal, leaves only those who are equal to the patient
    with np.errstate(over="ignore"):  # a value beyond all measure is at no distance that counts
        near = np.exp(-0.5 * (distances[0] / width) ** 2) if width > 0 else (distances[0] == 0).astype(np.float64)
    return Resemblance(
        distance=own,
        share_nearer=float(np.mean(others < own)),
        neighbours=NEIGHBOURS,
        background_rows=len(background),
        source=source,
        rows=rows,
        inputs=len(known),
        effective_number=float(np.nansum(near)),
    )


def _distances(
    model: RegisteredModel, rows: pd.DataFrame, background: pd.DataFrame, known: Sequence[str]
) -> FloatArray:
    features = [feature for feature in model.card.inputs if feature.name in known]
    return gower(rows, background, spreads(features, background))


def _others(model: RegisteredModel, background: pd.DataFrame, known: Sequence[str]) -> tuple[str, FloatArray, int]:
    """Whose nearness the patient's is held against, and how many they are."""
    development = model.card.development
    if development is not None and development.nearness and len(known) == len(model.card.inputs):
        return "development", np.array(development.nearness), development.rows
    kept = _own_nearness.setdefault(model, {})
    names = tuple(known)
    if names not in kept:
        distances = _distances(model, background, background, known)
        np.fill_diagonal(distances, np.inf)
        kept[names] = nearness(distances, NEIGHBOURS)
    return "background", kept[names], len(background)
