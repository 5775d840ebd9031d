"""The concordance that a model's own risks imply among these patients, whatever was observed of them.

It is the C-statistic of outcomes that follow the risks: it falls where patients are more alike, and an observed one
that lies below it speaks against the model. van Klaveren et al. 2016, doi:10.1002/sim.6997.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.measure import Interval, NotEstimable
from cds.stats.intervals import wald

GROUPS = 2000  # of neighbouring risks, where there are more distinct ones than that
LARGEST_HAZARD = 1e6  # in place of the infinite one of a risk of 1
ALIKE = "no two patients can differ in the outcome: every risk is 0, or every risk is 1, or there is only one patient"


@dataclass(frozen=True, eq=False)
class ImpliedConcordance:
    """The concordance, and per row the terms whose squares sum to its variance over patients, shape (n,)."""

    value: float
    terms: FloatArray

    def interval(self, level: float) -> Interval | NotEstimable:
        """Wald on the logit scale; the risks are taken as given, the patients as drawn."""
        se = float(np.sqrt(self.terms @ self.terms))
        return wald(self.value, level, se=se, scale="logit", method="normal approximation, logit scale")


def implied_auroc(risk: FloatArray, weight: FloatArray | None = None) -> ImpliedConcordance | NotEstimable:
    """Σ P(i has the event, j has not)·[p_i > p_j] over Σ P(i has the event, j has not), over ordered pairs i ≠ j.

    Equal risks count half. Of risks by a horizon it is the AUROC at that horizon of patients without the event by then.

    Args:
        risk: probabilities, shape (n,).
        weight: a 2 stands for two patients, who are compared with each other too.

    >>> implied_auroc(np.array([0.2, 0.8])).value.__round__(6)
    0.941176
    """
    w = np.ones(len(risk)) if weight is None else weight
    _, place = np.unique(risk, return_inverse=True)
    events, others = np.bincount(place, w * risk), np.bincount(place, w * (1 - risk))
    others_below = (np.cumsum(others) - others / 2)[place]
    events_above = (np.cumsum(events[::-1])[::-1] - events / 2)[place]
    itself = risk * (1 - risk)
    concordant = risk * others_below + (1 - risk) * events_above - itself
    comparable = risk * others.sum() + (1 - risk) * events.sum() - 2 * itself
    return _ratio(concordant, comparable, w)


def implied_c(risk: FloatArray, weight: FloatArray | None = None) -> ImpliedConcordance | NotEstimable:
    """The same for times to an event up to a horizon, where hazards are proportional: C truncated at the horizon.

    With θ = −log(1 − risk by the horizon), the earlier event of a pair comes by then with 1 − e^−(θ_i + θ_j), and is
    that of i with θ_i/(θ_i + θ_j), as in Gönen & Heller 2005, doi:10.1093/biomet/92.4.965. Above 2,000 distinct risks,
    patients are gathered in 2,000 groups of neighbouring risks, equal within a group.

    >>> implied_c(np.array([0.2, 0.8])).value.__round__(6)
    0.878235
    """
    w = np.ones(len(risk)) if weight is None else weight
    with np.errstate(divide="ignore"):
        hazard = np.minimum(-np.log1p(-risk), LARGEST_HAZARD)
    place = _groups(hazard, w)
    size = np.bincount(place, w)
    theta = np.bincount(place, w * hazard) / np.where(size > 0, size, 1)
    total = theta[:, None] + theta[None, :]
    comparable = -np.expm1(-total)
    share = np.divide(np.maximum.outer(theta, theta), total, out=np.full_like(total, 0.5), where=total > 0)
    concordant = comparable * np.where(theta[:, None] == theta[None, :], 0.5, share)
    itself = -np.expm1(-2 * theta)
    return _ratio((concordant @ size - itself / 2)[place], (comparable @ size - itself)[place], w)


def _groups(values: FloatArray, weight: FloatArray) -> IntArray:
    """The group of each row: its distinct value, or one of GROUPS of equal weight along the values."""
    distinct, place = np.unique(values, return_inverse=True)
    if len(distinct) <= GROUPS:
        return np.asarray(place, dtype=np.int64)
    size = np.bincount(place, weight)
    middle = (np.cumsum(size) - size / 2) / size.sum()
    _, group = np.unique(np.minimum((middle * GROUPS).astype(np.int64), GROUPS - 1), return_inverse=True)
    return np.asarray(group[place], dtype=np.int64)


def _ratio(concordant: FloatArray, comparable: FloatArray, weight: FloatArray) -> ImpliedConcordance | NotEstimable:
    """Σ over rows of one part over Σ of the other, and the delta method's terms of a ratio of two U-statistics."""
    whole, n = float(weight @ comparable), float(weight.sum())
    if not whole > 0 or n <= 1:
        return NotEstimable(ALIKE)
    value = float(np.clip(float(weight @ concordant) / whole, 0, 1))
    terms = 2 * n * weight * (concordant - value * comparable) / whole / np.sqrt(n * (n - 1))
    return ImpliedConcordance(value, terms)
