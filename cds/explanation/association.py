"""How closely two inputs go together in the background: what the caution about related inputs names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.model_card import Feature
from cds.stats.single_input import rank_correlation

Coefficient = Literal["spearman", "correlation_ratio", "cramers_v"]
FEWEST = 10  # rows with both inputs, below which nothing is said of them


@dataclass(frozen=True)
class Association:
    """Two inputs, how closely they go together, and in which coefficient; only Spearman's has a sign."""

    inputs: tuple[str, str]
    value: float
    coefficient: Coefficient


def associations(features: Sequence[Feature], rows: pd.DataFrame) -> tuple[Association, ...]:
    """The association of every pair of inputs over ``rows`` (prepared inputs), in the card's order.

    Two numbers: Spearman's correlation. A number and levels: the correlation ratio of the number's ranks,
    √ε² with ε² = 1 − (1 − η²)(n − 1)/(n − k) (Kelley 1935, doi:10.1073/pnas.21.9.554). Two sets of levels: Cramér's V
    with Bergsma's correction (2013, doi:10.1016/j.jkss.2012.10.002). Both corrections take away what chance alone
    gives many levels in few rows. Booleans are levels. Rows in which either is missing do not count; with fewer than
    10 left, or where either is constant, the association is 0.
    """
    columns = [_column(feature, rows[feature.name]) for feature in features]
    return tuple(_pair(one, other) for one, other in combinations(columns, 2))


def strongest(found: Sequence[Association]) -> Association | None:
    """The pair that goes together most closely, the first of equals; None where no two inputs do."""
    top = max(found, key=lambda each: abs(each.value), default=None)
    return top if top is not None and top.value else None


def correlation_ratio(values: FloatArray, codes: IntArray) -> float:
    """√ε² of the ranks of ``values`` between the levels ``codes``; 0 where levels tell less than chance would.

    >>> correlation_ratio(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])).__round__(6)
    0.83666
    """
    ranks = pd.Series(values).rank().to_numpy()
    levels, place = np.unique(codes, return_inverse=True)
    count, n = len(levels), len(ranks)
    spread = float(((ranks - ranks.mean()) ** 2).sum())
    if not spread or not 1 < count < n:
        return 0.0
    means = np.bincount(place, ranks) / np.bincount(place)
    within = float(((ranks - means[place]) ** 2).sum())
    return float(np.sqrt(max(0.0, 1 - within / spread * (n - 1) / (n - count))))


def cramers_v(codes: IntArray, others: IntArray) -> float:
    """Cramér's V with Bergsma's correction; 0 where the levels tell less than chance would.

    >>> cramers_v(np.array([0, 0, 1, 1] * 5), np.array([0, 0, 1, 1] * 5))
    1.0
    """
    (rows, here), (columns, there) = (np.unique(each, return_inverse=True) for each in (codes, others))
    r, k, n = len(rows), len(columns), len(codes)
    if r < 2 or k < 2:
        return 0.0
    seen = np.zeros((r, k))
    np.add.at(seen, (here, there), 1.0)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / n
    phi2 = max(0.0, float(((seen - expected) ** 2 / expected).sum()) / n - (r - 1) * (k - 1) / (n - 1))
    least = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(phi2 / least))) if least > 0 else 0.0


@dataclass(frozen=True, eq=False)
class _Column:
    """An input's numbers, or codes of its levels, and where they are known."""

    name: str
    numeric: bool
    values: FloatArray
    known: BoolArray


def _column(feature: Feature, values: pd.Series) -> _Column:
    known = values.notna().to_numpy()
    if feature.type in ("number", "integer"):
        return _Column(feature.name, True, values.to_numpy(dtype=np.float64), known)
    return _Column(feature.name, False, pd.factorize(values)[0].astype(np.float64), known)


def _pair(one: _Column, other: _Column) -> Association:
    numeric = (one.numeric, other.numeric)
    coefficient: Coefficient = "spearman" if all(numeric) else "correlation_ratio" if any(numeric) else "cramers_v"
    both = one.known & other.known
    x, y = one.values[both], other.values[both]
    if both.sum() < FEWEST:
        value = 0.0
    elif coefficient == "spearman":
        value = rank_correlation(x, y)
    elif coefficient == "cramers_v":
        value = cramers_v(x.astype(np.int64), y.astype(np.int64))
    else:
        numbers, levels = (x, y) if one.numeric else (y, x)
        value = correlation_ratio(numbers, levels.astype(np.int64))
    return Association((one.name, other.name), value, coefficient)
