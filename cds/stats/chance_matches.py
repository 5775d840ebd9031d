"""How many patients would be like somebody else by chance alone, where rows are compared by what they hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import IntArray

LOW, HIGH = 0.01, 0.99
DRAWS = 20_000
REACH = 2  # times its own size is how far a sample's coverage can be carried on


@dataclass(frozen=True)
class Chance:
    """The chance that a row is like one of those seen, and in how many independent rows that was learnt."""

    rate: float
    size: float


def frequencies(digests: NDArray[np.uint64]) -> IntArray:
    """How many rows share each fingerprint, in no order."""
    return np.unique(digests, return_counts=True)[1].astype(np.int64)


def coverage(counts: IntArray, draws: int) -> Chance:
    """The chance that a further row of the same population is like one of ``draws`` independent rows of it.

    ``counts``: how many of the n rows of a sample share each fingerprint. For draws < n the unbiased
    1 − Σ (k/n) C(n − k, m) / C(n − 1, m); for draws ≥ n, with f₁ fingerprints of one row and f₂ of two,
    1 − (f₁/n) [(n − 1) f₁ / ((n − 1) f₁ + 2 f₂)]^(draws − n + 1), which holds up to about twice n.

    Source: Good, Biometrika 1953;40:237, doi:10.1093/biomet/40.3-4.237; Chao & Jost, Ecology 2012;93:2533,
    doi:10.1890/11-1952.1.
    """
    n, once, twice = int(counts.sum()), int((counts == 1).sum()), int((counts == 2).sum())
    if n < 2 or not once:
        return Chance(float(n > 0 and not once), max(n, 1))
    if draws < n:
        unseen = _unseen(counts, n, draws)
    else:
        unseen = once / n * ((n - 1) * once / ((n - 1) * once + 2 * twice)) ** (draws - n + 1)
    return Chance(min(max(1 - unseen, 0.0), 1.0), n * _independent(n, once, twice))


def coverage_like(counts: IntArray, draws: int, larger: IntArray) -> Chance:
    """The same for many more draws than the sample's n rows: its odds grow from n on as those of a ``larger`` sample.

    A sample says little about more than twice its own size; the larger one, if of another population, tells how
    quickly rows like earlier ones become frequent there.
    """
    n = int(counts.sum())
    own = coverage(counts, min(draws, REACH * n))
    if draws <= REACH * n:
        return own
    own = coverage(counts, n)
    before, after = coverage(larger, n).rate, coverage(larger, draws).rate
    if not (0 < own.rate < 1 and 0 < before < 1 and before < after):
        return own
    odds = own.rate / (1 - own.rate) * (after / (1 - after) if after < 1 else np.inf) * (1 - before) / before
    return Chance(1.0 if np.isinf(odds) else odds / (1 + odds), own.size)


def _unseen(counts: IntArray, n: int, draws: int) -> float:
    """The chance that a row is like none of ``draws`` of the other n − 1."""
    from scipy.special import gammaln

    kinds, times = np.unique(counts[counts <= n - draws], return_counts=True)
    left = n - kinds.astype(np.float64)
    log_unseen = gammaln(left + 1) - gammaln(left - draws + 1) - gammaln(n) + gammaln(n - draws)
    return float((times * kinds / n * np.exp(log_unseen)).sum())


def number_by_chance(chance: Chance, rows: IntArray, rng: np.random.Generator) -> tuple[float, int, int]:
    """How many patients match by chance: the expected number and its 1 % and 99 % points.

    ``rows`` holds how many different rows each patient has; one alike is enough. The points are those of the number
    among these patients given what is known of the chance (a beta with half a row added to either side).
    """
    one = float((1 - (1 - chance.rate) ** rows).mean())
    likely = rng.beta(one * chance.size + 0.5, (1 - one) * chance.size + 0.5, size=DRAWS)
    low, high = np.quantile(rng.binomial(len(rows), likely), [LOW, HIGH], method="inverted_cdf")
    return one * len(rows), int(low), int(high)


def _independent(n: int, once: int, twice: int) -> float:
    """The share of rows that count as independent: two alike come as a pair.

    From the variance f₁(1 − f₁/n) + 2 f₂ (over n²) of the coverage. Source: Esty, Ann Stat 1983;11:905,
    doi:10.1214/aos/1176346256.
    """
    alone = once * (1 - once / n)
    return alone / (alone + 2 * twice) if alone else 1.0
