"""What became of the patients most similar to this one, among the background rows that hold an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, NotEstimable
from cds.core.model import RegisteredModel
from cds.stats.gower import gower, spreads
from cds.stats.inputs import prepare_inputs
from cds.stats.intervals import wilson

FEWEST = 20  # of whom a frequency is told; fewer would point at people
SHARE, MOST = 0.2, 100
NOTE = (
    "Those most similar in the recorded inputs (Gower's distance, unweighted). It is no second estimate: it knows "
    "nothing of which inputs matter, and the patients may have been chosen for the sample."
)


@dataclass(frozen=True)
class SimilarOutcomes:
    """The outcome among the ``k`` most similar background patients, as frequencies or as a number's quartiles.

    ``frequencies`` names each category (``event`` of two) with its count, share and 95 % interval; ``quartiles`` are
    those of an outcome that is a number, ``mean`` its mean. ``furthest`` is the distance of the last of the k.
    """

    k: int
    of: int
    furthest: float
    frequencies: tuple[dict[str, object], ...] = ()
    mean: float | None = None
    quartiles: tuple[float, ...] = ()
    note: str = NOTE


def similar_outcomes(model: RegisteredModel, row: pd.DataFrame) -> SimilarOutcomes | NotEstimable:
    """The outcome of the most similar background patients: a fifth of them, between 20 and 100.

    ``row`` is one row of raw inputs. Rows at the same distance as the last of them count too. Nothing is told of
    fewer than 20, nor where the sample holds no outcomes. Intervals are Wilson's.
    """
    outcome, background = model.background_outcome, model.background
    if background is None or outcome is None:
        return NotEstimable("the registry holds no outcomes of reference patients")
    known = ~np.isnan(outcome)
    if known.sum() < FEWEST / SHARE:
        return NotEstimable(f"fewer than {FEWEST / SHARE:.0f} reference patients have an outcome")
    theirs = prepare_inputs(model.card, background)
    distances = gower(prepare_inputs(model.card, row), theirs, spreads(model.card.inputs, theirs))[0]
    distances = np.where(known & ~np.isnan(distances), distances, np.inf)
    k = min(max(FEWEST, round(SHARE * int(known.sum()))), MOST)
    furthest = float(np.sort(distances)[k - 1])
    if not np.isfinite(furthest):
        return NotEstimable("too few inputs are recorded to say who is similar")
    chosen = outcome[distances <= furthest]
    return _told(model, chosen, int(known.sum()), furthest)


def _told(model: RegisteredModel, outcome: FloatArray, of: int, furthest: float) -> SimilarOutcomes:
    k, card = len(outcome), model.card
    if card.outcome == "continuous":
        low, middle, high = (float(q) for q in np.quantile(outcome, [0.25, 0.5, 0.75]))
        return SimilarOutcomes(k, of, furthest, mean=float(outcome.mean()), quartiles=(low, middle, high))
    names: Sequence[str] = card.categories if card.outcome in ("nominal", "ordinal") else ("event",)
    codes = range(len(names)) if len(names) > 1 else (1,)
    counts = [int((outcome == code).sum()) for code in codes]
    return SimilarOutcomes(
        k, of, furthest, tuple(_frequency(name, count, k) for name, count in zip(names, counts, strict=True))
    )


def _frequency(name: str, count: int, k: int) -> dict[str, object]:
    interval = wilson(float(count), float(k), 0.95)
    bounds = (interval.low, interval.high) if isinstance(interval, Interval) else (None, None)
    return {"outcome": name, "count": count, "share": count / k, "low": bounds[0], "high": bounds[1]}
