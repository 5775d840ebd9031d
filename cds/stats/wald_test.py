"""Wald tests of several coefficients at once, in one fit and pooled over imputations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable

SINGULAR = 1e12
FOUR = 4.0  # of Li, Raghunathan and Rubin: below it the denominator's degrees of freedom take another form


@dataclass(frozen=True)
class SeveralTerms:
    """A test that several coefficients are 0: χ² on ``df`` degrees of freedom; F where the denominator's are finite."""

    statistic: float
    df: int
    denominator_df: float
    p_value: float

    @property
    def name(self) -> str:
        """What the statistic is: ``Wald chi-square`` or ``F``."""
        return "F" if isfinite(self.denominator_df) else "Wald chi-square"


def several_terms(
    coefficients: FloatArray, covariance: FloatArray, denominator_df: float = inf
) -> SeveralTerms | NotEstimable:
    """W = β′V⁻¹β against χ² with k degrees of freedom; W/k against F where the denominator's are finite.

    Args:
        coefficients: β, shape (k,).
        covariance: V, shape (k, k).
        denominator_df: of V, where it rests on few units.

    >>> several_terms(np.array([1.0, 2.0]), np.eye(2)).statistic
    5.0
    """
    scale = np.sqrt(np.abs(np.diag(covariance)))
    if not (np.isfinite(covariance).all() and (scale > 0).all()):
        return NotEstimable("the terms have no variance")
    correlation = covariance / np.outer(scale, scale)
    if not np.linalg.cond(correlation) < SINGULAR:
        return NotEstimable("the terms cannot be told apart: fewer independent patients or sites than terms")
    z = coefficients / scale
    statistic, k = float(z @ np.linalg.solve(correlation, z)), len(coefficients)
    return _tested(statistic if not isfinite(denominator_df) else statistic / k, k, denominator_df)


def pooled_terms(coefficients: Sequence[FloatArray], covariances: Sequence[FloatArray]) -> SeveralTerms | NotEstimable:
    """The same over m imputations: D₁ of Li, Raghunathan & Rubin 1991, doi:10.1080/01621459.1991.10475152.

    D₁ = Q̄′Ū⁻¹Q̄ / (k(1 + r)) with r = (1 + 1/m)·tr(BŪ⁻¹)/k, against F with k and ν degrees of freedom:
    ν = 4 + (t − 4)(1 + (1 − 2/t)/r)² where t = k(m − 1) > 4, otherwise t(1 + 1/k)(1 + 1/r)²/2. What the imputations
    do not make uncertain (r = 0) is tested against F with infinite degrees of freedom.
    """
    values, within = np.array(coefficients), np.mean(covariances, axis=0)
    m, k = values.shape
    centre, between = values.mean(axis=0), np.atleast_2d(np.cov(values, rowvar=False))
    whole = several_terms(centre, within)
    if isinstance(whole, NotEstimable):
        return whole
    r = (1 + 1 / m) * float(np.trace(between @ np.linalg.inv(within))) / k
    if r <= 0:
        return whole
    t = float(k * (m - 1))
    df = FOUR + (t - FOUR) * (1 + (1 - 2 / t) / r) ** 2 if t > FOUR else t * (1 + 1 / k) * (1 + 1 / r) ** 2 / 2
    return _tested(whole.statistic / (k * (1 + r)), k, df)


def _tested(statistic: float, k: int, df: float) -> SeveralTerms:
    from scipy.special import chdtrc, fdtrc

    p = fdtrc(k, df, statistic) if isfinite(df) else chdtrc(k, statistic)
    return SeveralTerms(statistic, k, df, float(p))
