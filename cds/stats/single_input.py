"""How far a single input, by itself, tells an outcome: numbers by their order, categories by their mean outcome."""

from __future__ import annotations

from math import exp, factorial, lgamma

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.stats.auroc_by_chance import auroc_by_chance
from cds.stats.mann_whitney import mann_whitney, midranks

SMALL_LEVEL = 5  # patients below which levels are taken together


def single_auroc(values: FloatArray, event: FloatArray, *, levels: bool = False) -> float:
    """AUROC of one input for an event (1 or 0), turned so that it is ½ or more.

    With ``levels`` the values are codes without an order: they are ranked by their share of events, those of fewer than
    five patients together.
    """
    score = _mean_by_level(values, event) if levels else values
    area = mann_whitney(score, event == 1, np.ones(len(score)))
    return max(area, 1 - area)


def single_auroc_by_chance(values: FloatArray, event: FloatArray, *, levels: bool = False) -> float:
    """How often chance gives as much: either way, and with ``levels`` in the best of all their orders (Bonferroni)."""
    score = _mean_by_level(values, event) if levels else values
    orders = factorial(min(len(np.unique(score)), 20)) if levels else 2
    return min(1.0, orders * auroc_by_chance(score, event == 1))


def single_concordance(values: FloatArray, codes: FloatArray, *, levels: bool = False) -> float:
    """Of pairs of patients in different ordered categories, the share ordered alike by the input, ties ½; ½ or more."""
    score = _mean_by_level(values, codes) if levels else values
    present = np.unique(codes)
    alike = pairs = 0.0
    for k, low in enumerate(present):
        for high in present[k + 1 :]:
            rows = (codes == low) | (codes == high)
            size = float((codes == low).sum()) * float((codes == high).sum())
            alike += size * mann_whitney(score[rows], codes[rows] == high, np.ones(int(rows.sum())))
            pairs += size
    share = alike / pairs if pairs else 0.5
    return max(share, 1 - share)


def single_r_squared(values: FloatArray, outcome: FloatArray, *, levels: bool = False) -> float:
    """Share of an outcome's variance that one input explains: of values or of ranks, whichever is more.

    With ``levels`` their means explain it, adjusted for their number: 1 − (1 − R²)(n − 1)/(n − k).
    """
    if not np.ptp(outcome) or not np.ptp(values):
        return 0.0
    if levels:
        fitted = _mean_by_level(values, outcome)
        k, n = len(np.unique(fitted)), len(values)
        left = float(((outcome - fitted) ** 2).sum() / ((outcome - outcome.mean()) ** 2).sum())
        return 1 - left * (n - 1) / (n - k) if n > k else 0.0
    ranked = rank_correlation(values, outcome)
    return max(float(np.corrcoef(values, outcome)[0, 1]) ** 2, ranked**2)


def rank_correlation(x: FloatArray, y: FloatArray) -> float:
    """Spearman's correlation, ties by their mean rank; 0 where either is constant.

    Were the two unrelated, r·√(n − 1) would have mean 0 and variance 1 whatever the ties; where one of them is 0 or 1
    it is the Mann–Whitney test's z.
    """
    if not np.ptp(x) or not np.ptp(y):
        return 0.0
    return float(np.corrcoef(midranks(x), midranks(y))[0, 1])


def share_by_chance(inside: int, with_it: int, rows: int, of_all: int) -> float:
    """P(at least ``with_it`` of ``inside`` patients have what ``of_all`` of ``rows`` have), drawn at random.

    The upper tail of the hypergeometric distribution.

    >>> round(share_by_chance(2, 2, 4, 2), 6)
    0.166667
    """
    whole = _log_choose(rows, inside)
    most = min(inside, of_all)
    each = [
        exp(_log_choose(of_all, k) + _log_choose(rows - of_all, inside - k) - whole)
        for k in range(with_it, most + 1)
        if inside - k <= rows - of_all
    ]
    return min(1.0, sum(each))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _mean_by_level(codes: FloatArray, outcome: FloatArray) -> FloatArray:
    """Each row's level's mean outcome; small levels taken together."""
    _, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    pooled: IntArray = np.where(counts < SMALL_LEVEL, len(counts), np.arange(len(counts)))[place]
    size = np.bincount(pooled)
    sums = np.bincount(pooled, outcome)
    return np.asarray(np.divide(sums, size, out=np.zeros(len(size)), where=size > 0)[pooled])
