"""How far patients differ from those of the development data, in standard deviations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cds.core.arrays import FloatArray


def of_means(here: float, development: float, sd: float) -> float:
    """(mean here − mean in development) / sd in development; infinite where that does not vary and the means differ.

    >>> of_means(55.0, 45.0, 10.0)
    1.0
    """
    if sd > 0:
        return (here - development) / sd
    return 0.0 if here == development else float(np.inf) * (1 if here > development else -1)


def of_shares(here: Mapping[str, float], development: Mapping[str, float]) -> float:
    """√Σ (p − q)²/p̄ over levels, p̄ the mean of both shares; 0 for the same shares, 2 where no level is in common.

    With two levels it is |p − q|/√(p̄(1 − p̄)), the standardised difference of a share (Austin 2009,
    doi:10.1002/sim.3697, with the shares' mean variance); with more it is the Mahalanobis distance of Yang & Dalton
    (SAS Global Forum 2012, 335) under the covariance of the mean shares, which exists whatever levels are empty.

    Args:
        here: share or count by level.
        development: the same; levels that one of them lacks count as 0.

    >>> round(of_shares({"f": 60, "m": 40}, {"f": 0.5, "m": 0.5}), 6)
    0.201008
    """
    levels = sorted({*here, *development})
    p, q = (np.array([side.get(level, 0.0) for level in levels], dtype=np.float64) for side in (here, development))
    if not (p.sum() > 0 and q.sum() > 0):
        return 0.0
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    terms: FloatArray = np.divide((p - q) ** 2, middle, out=np.zeros_like(middle), where=middle > 0)
    return float(np.sqrt(terms.sum()))
