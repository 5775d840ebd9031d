"""Unpenalised logistic regression by Newton's method, with weights, offset and a warm start."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample import Sample

MAX_STEPS = 100
BLOCK = 8192  # rows worked on at once, so that they stay in the processor's cache
TOLERANCE = 1e-7  # of the last step, in standard errors; convergence is quadratic: about its square remains
REPLICATE_TOLERANCE = 1e-2  # leaves less than 1e-4 standard errors, far below what a percentile can show
LARGEST_CHANGE = 4.0  # of any linear predictor in one step
SETTLED_CHANGE = 0.1  # of any linear predictor in the last step
NO_MAXIMUM = "the regression has no maximum-likelihood estimate: its covariates separate the outcomes, or are collinear"


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Coefficients (k,), their model-based covariance (k × k), and the fitted probabilities (n,) when asked for."""

    coefficients: FloatArray
    covariance: FloatArray
    design: FloatArray
    offset: FloatArray | None = None

    def se(self, k: int) -> float:
        """Model-based standard error of coefficient k."""
        return float(np.sqrt(self.covariance[k, k]))

    @functools.cached_property
    def fitted(self) -> FloatArray:
        """The fitted probability of each row."""
        return expit(_linear(self.coefficients, self.design, self.offset))


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
        tolerance: the length of the last step, in standard errors, at which to stop.

    Returns:
        The fit, or the reason why the likelihood has no maximum (separation, collinear columns).
    """
    beta = np.zeros(len(design)) if start is None else start.copy()
    for _ in range(MAX_STEPS):
        score, information = _score_and_information(beta, design, outcome, weights, offset)
        try:
            step = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        except np.linalg.LinAlgError:
            return NotEstimable(NO_MAXIMUM)
        length = float(step @ score)  # squared, in standard errors: the Newton decrement
        if not np.isfinite(length):
            break
        settled = length < tolerance**2
        change = float(np.abs(step @ design).max()) if settled or length > 1 else 0.0
        beta = beta + step * min(1.0, LARGEST_CHANGE / change if change else 1.0)
        if settled and change < SETTLED_CHANGE:  # a separated outcome drifts on, its steps ever less significant
            return _finished(beta, information, design, offset)
    return NotEstimable(NO_MAXIMUM)


def _score_and_information(
    beta: FloatArray, design: FloatArray, outcome: FloatArray, weights: FloatArray | None, offset: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """First and (negative) second derivative of the log likelihood, summed block by block."""
    score, information = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for begin in range(0, len(outcome), BLOCK):
        rows = slice(begin, begin + BLOCK)
        x = design[:, rows]
        fitted = expit(_linear(beta, x, None if offset is None else offset[rows]))
        residual, variance = outcome[rows] - fitted, fitted * (1 - fitted)
        if weights is not None:
            residual, variance = weights[rows] * residual, weights[rows] * variance
        score += x @ residual
        information += (x * variance) @ x.T
    return score, information


def _linear(beta: FloatArray, design: FloatArray, offset: FloatArray | None) -> FloatArray:
    linear: FloatArray = beta @ design
    return linear if offset is None else linear + offset


def _finished(
    beta: FloatArray, information: FloatArray, design: FloatArray, offset: FloatArray | None
) -> LogisticFit | NotEstimable:
    """The fit at the maximum; an ill-conditioned information matrix means separation or collinearity."""
    try:
        covariance = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return NotEstimable(NO_MAXIMUM)
    condition = np.abs(information).sum(axis=0).max() * np.abs(covariance).sum(axis=0).max()
    if not condition < 1e15:  # double precision has 16 digits
        return NotEstimable(NO_MAXIMUM)
    return LogisticFit(beta, np.asarray(covariance, dtype=np.float64), design, offset)
