"""Unpenalised logistic regression by Newton's method, with weights, offset and a warm start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample import Sample

MAX_STEPS = 100
TOLERANCE = 1e-8  # of the linear predictor's last change; convergence is quadratic: about its square remains
REPLICATE_TOLERANCE = 1e-5  # leaves about 1e-9, far below what a percentile of replicates can show
LARGEST_CHANGE = 4.0  # of any linear predictor in one step
NO_UNIQUE_SOLUTION = "the regression has no unique solution (outcome separated, or covariates collinear)"


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Coefficients (k,), their model-based covariance (k × k) and the fitted probabilities (n,)."""

    coefficients: FloatArray
    covariance: FloatArray
    fitted: FloatArray

    def se(self, k: int) -> float:
        """Model-based standard error of coefficient k."""
        return float(np.sqrt(self.covariance[k, k]))


def expit(x: FloatArray) -> FloatArray:
    """1 / (1 + e^−x) without overflow."""
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-x))


def tolerance(sample: Sample) -> float:
    """When to stop: a bootstrap replicate, warm-started, needs fewer digits than an estimate."""
    return REPLICATE_TOLERANCE if sample.is_replicate else TOLERANCE


def fit_logistic(
    design: FloatArray,
    outcome: FloatArray,
    *,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
    start: FloatArray | None = None,
    tolerance: float = TOLERANCE,
) -> LogisticFit | NotEstimable:
    """Maximum likelihood of logit P(y) = offset + βᵀx.

    Args:
        design: covariates as rows, shape (k, n): one contiguous row per coefficient.
        outcome: 0 or 1, shape (n,).
        weights: case weights, shape (n,); a 2 counts twice.
        offset: shape (n,).
        start: where to begin, shape (k,).
        tolerance: the largest change of any linear predictor at which to stop.

    Returns:
        The fit, or the reason why the likelihood has no maximum (separation, collinear columns).
    """
    beta = np.zeros(len(design)) if start is None else start.copy()
    linear = beta @ design if offset is None else beta @ design + offset
    for _ in range(MAX_STEPS):
        fitted = expit(linear)
        residual, variance = outcome - fitted, fitted * (1 - fitted)
        if weights is not None:
            residual, variance = weights * residual, weights * variance
        information = (design * variance) @ design.T
        try:
            step = np.linalg.solve(information, design @ residual)
        except np.linalg.LinAlgError:
            return NotEstimable(NO_UNIQUE_SOLUTION)
        change = step @ design
        size = float(np.abs(change).max())
        if not np.isfinite(size):
            break
        shortened = min(1.0, LARGEST_CHANGE / size) if size else 1.0
        beta, linear = beta + shortened * step, linear + shortened * change
        if size < tolerance:
            return _finished(beta, information, fitted)
    return NotEstimable("the logistic regression does not converge: the risk separates events from non-events")


def _finished(beta: FloatArray, information: FloatArray, fitted: FloatArray) -> LogisticFit | NotEstimable:
    """The fit at the maximum; an ill-conditioned information matrix means separation or collinearity."""
    try:
        covariance = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return NotEstimable(NO_UNIQUE_SOLUTION)
    condition = np.abs(information).sum(axis=0).max() * np.abs(covariance).sum(axis=0).max()
    if not condition < 1e15:  # double precision has 16 digits
        return NotEstimable(NO_UNIQUE_SOLUTION)
    return LogisticFit(beta, np.asarray(covariance, dtype=np.float64), fitted)
