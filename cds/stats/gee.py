"""Regression of pseudo-values through the complementary log-log: generalised estimating equations, robust errors."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable

MAX_STEPS = 200
MAX_HALVINGS = 20
TOLERANCE = 1e-11  # of the last change of any linear predictor
REPLICATE_TOLERANCE = 1e-5  # far below what a percentile can show
LARGEST_CHANGE = 2.0  # of any linear predictor in one step
FLAT = 1e-14  # mean squared slope of the link below which every risk is 0 or 1 but for rounding
NO_SOLUTION = (
    "the regression of pseudo-values has no solution: all risks are alike, or the events are ordered perfectly by them"
)


@dataclass(frozen=True, eq=False)
class GeeFit:
    """Coefficients (k,) of 1 − exp(−exp(offset + βᵀx)), and what each row adds to their error, shape (k, n)."""

    coefficients: FloatArray
    design: FloatArray
    outcome: FloatArray
    weights: FloatArray | None
    offset: FloatArray | None

    @functools.cached_property
    def influence(self) -> FloatArray:
        """(Σ DᵢDᵢᵀ)⁻¹ Dᵢ(θᵢ − μᵢ), times the row's weight: their squares sum to the robust variance."""
        score, information = _score_rows(self.coefficients, self.design, self.outcome, self.weights, self.offset)
        return np.asarray(np.linalg.solve(information, score), dtype=np.float64)

    @property
    def covariance(self) -> FloatArray:
        """The robust ("sandwich") covariance of the coefficients (k × k), as ``san.se`` of geepack."""
        return self.influence @ self.influence.T

    def se(self, k: int) -> float:
        """Robust standard error of coefficient k."""
        return float(np.sqrt(self.covariance[k, k]))


def fit_cloglog(
    design: FloatArray,
    outcome: FloatArray,
    *,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
    start: FloatArray | None = None,
    tolerance: float = TOLERANCE,
) -> GeeFit | NotEstimable:
    """Solve Σ w·D·(θ − μ) = 0 with log(−log(1 − μ)) = offset + βᵀx and D = dμ/dβ, independent working covariance.

    ``outcome`` θ may lie outside 0 and 1, as pseudo-values do. The same as
    ``geepack::geese(mean.link = "cloglog", family = gaussian, scale.fix = TRUE)``. Liang & Zeger 1986,
    doi:10.1093/biomet/73.1.13.

    Args:
        design: covariates as rows, shape (k, n).
        outcome: shape (n,).
        weights: case weights, shape (n,).
        offset: shape (n,).
        start: where to begin, shape (k,).
        tolerance: the largest last change of a linear predictor.

    Returns:
        The fit, or the reason why there is none.
    """
    beta = np.zeros(len(design)) if start is None else start.copy()
    loss = _loss(beta, design, outcome, weights, offset)
    for _ in range(MAX_STEPS):
        step = _step(beta, design, outcome, weights, offset)
        if step is None:
            break
        change = float(np.abs(step @ design).max())
        step = step * min(1.0, LARGEST_CHANGE / change) if change else step
        following = _loss(beta + step, design, outcome, weights, offset)
        for _ in range(MAX_HALVINGS):
            if following <= loss + 1e-9 * abs(loss):
                break
            step = step / 2
            following = _loss(beta + step, design, outcome, weights, offset)
        beta, loss = beta + step, following
        if change < tolerance:
            return GeeFit(beta, design, outcome, weights, offset)
    return NotEstimable(NO_SOLUTION)


def _linear(beta: FloatArray, design: FloatArray, offset: FloatArray | None) -> FloatArray:
    linear: FloatArray = beta @ design
    return linear if offset is None else linear + offset


def _fitted(linear: FloatArray) -> tuple[FloatArray, FloatArray]:
    """μ and its slope dμ/dη = e^η·(1 − μ)."""
    hazard = np.exp(np.minimum(linear, 30.0))
    return -np.expm1(-hazard), hazard * np.exp(-hazard)


def _loss(
    beta: FloatArray, design: FloatArray, outcome: FloatArray, weights: FloatArray | None, offset: FloatArray | None
) -> float:
    """The weighted sum of squares, whose gradient the equations set to 0."""
    residual = outcome - _fitted(_linear(beta, design, offset))[0]
    return float(residual @ residual if weights is None else (weights * residual) @ residual)


def _score_rows(
    beta: FloatArray, design: FloatArray, outcome: FloatArray, weights: FloatArray | None, offset: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Each row's part of the equations, shape (k, n), and Σ w·D·Dᵀ (k × k)."""
    fitted, slope = _fitted(_linear(beta, design, offset))
    derivative = design * slope
    weighted = derivative if weights is None else derivative * weights
    return weighted * (outcome - fitted), weighted @ derivative.T


def _step(
    beta: FloatArray, design: FloatArray, outcome: FloatArray, weights: FloatArray | None, offset: FloatArray | None
) -> FloatArray | None:
    """Newton's step where the sum of squares curves upwards there, else Fisher's; None where it is singular.

    The second derivative is Σ w·(D·Dᵀ − (θ − μ)·μ″·x·xᵀ) with μ″ = dμ/dη·(1 − e^η).
    """
    linear = _linear(beta, design, offset)
    fitted, slope = _fitted(linear)
    residual = outcome - fitted
    weight = np.ones(len(outcome)) if weights is None else weights
    score = design @ (weight * slope * residual)
    expected = weight * slope * slope
    bent = expected - weight * residual * slope * (1 - np.exp(np.minimum(linear, 30.0)))
    if not expected.sum() > FLAT * weight.sum():
        return None
    for curvature in (bent, expected):
        information = (design * curvature) @ design.T
        if np.linalg.cond(information) < 1e12 and (np.linalg.eigvalsh(information) > 0).all():
            return np.asarray(np.linalg.solve(information, score), dtype=np.float64)
    return None
