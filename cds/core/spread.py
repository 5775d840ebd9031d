"""How unsure one patient's estimate is: an interval, or the categories that may be true; and what conformal needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cds.core.measure import Interval
from cds.core.prediction import ClassProbabilities, Value

CONFORMAL = "conformal prediction"


@dataclass(frozen=True)
class CategorySet:
    """The categories of which one is to be the patient's at a level, in the card's order; never empty."""

    categories: tuple[str, ...]
    level: float
    method: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.categories:
            raise ValueError("a set of categories needs one at least")


Spread = Interval | CategorySet


@dataclass(frozen=True)
class Conformal:
    """What split conformal prediction keeps of the patients set apart: one score, that ``level`` of them stay within.

    ``score`` is the k-th smallest of the n patients' scores, k = ⌈(n + 1) · level⌉: |outcome − predicted| for a value,
    1 − the probability given to the true category for categories. Under exchangeability the interval or set holds the
    outcome of the next patient with probability ``level`` at least, over patients and calibration samples together:
    marginal coverage, promised for no group and no single patient. Sources: Lei et al. 2018,
    doi:10.1080/01621459.2017.1307116; Sadinle, Lei & Wasserman 2019, doi:10.1080/01621459.2017.1395341.

    >>> known = Conformal(score=4.0, level=0.95, rows=120, left_out=0)
    >>> found = known.interval(Value(np.array([30.0])))
    >>> found.low, found.high
    (26.0, 34.0)
    """

    score: float
    level: float
    rows: int
    left_out: int

    def __post_init__(self) -> None:
        if not (np.isfinite(self.score) and self.score >= 0 and 0 < self.level < 1 and self.rows > 0):
            raise ValueError("a conformal score is finite and not negative, its level in (0, 1), its rows positive")

    @property
    def details(self) -> dict[str, Any]:
        """What the JSON says beside the bounds."""
        return {"rows": self.rows, "left_out": self.left_out, "score": self.score, "guarantee": "marginal coverage"}

    def interval(self, prediction: Value) -> Interval:
        """The first row's value ± the score."""
        value = float(prediction.values[0])
        return Interval(value - self.score, value + self.score, self.level, CONFORMAL, details=self.details)

    def category_set(self, prediction: ClassProbabilities, *, ordered: bool) -> CategorySet:
        """The first row's categories with a probability of 1 − score or more; where none has it, the likeliest.

        Of ``ordered`` categories those between two of the set are in it too. Both only enlarge the set.
        """
        chances = prediction.values[0]
        # Rounding must not drop the category whose score is the very one that was stored.
        held = np.flatnonzero(1 - chances <= self.score + 1e-12)
        if not held.size:
            held = np.array([int(chances.argmax())])
        if ordered:
            held = np.arange(held.min(), held.max() + 1)
        named = tuple(prediction.categories[k] for k in held)
        return CategorySet(named, self.level, CONFORMAL, self.details)
