"""Multinomial logistic regression with one covariate of its own for each log-ratio, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.measure import NotEstimable
from cds.stats.logistic import LARGEST_CHANGE, MAX_STEPS, NO_MAXIMUM, SETTLED_CHANGE, TOLERANCE

MOST_CONDITION = 1e15  # double precision has 16 digits


@dataclass(frozen=True, eq=False)
class MultinomialFit:
    """Coefficients (log-ratios, terms) and their model-based covariance, flattened log-ratio by log-ratio."""

    coefficients: FloatArray
    covariance: FloatArray

    def se(self, ratio: int, term: int) -> float:
        """Model-based standard error of one coefficient."""
        k = ratio * self.coefficients.shape[1] + term
        return float(np.sqrt(self.covariance[k, k]))


def fit_multinomial(
    covariates: FloatArray,
    code: IntArray,
    *,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
    start: FloatArray | None = None,
    tolerance: float = TOLERANCE,
) -> MultinomialFit | NotEstimable:
    """Maximum likelihood of log(P(Y = r + 1) / P(Y = 0)) = offset_r + β_rᵀx_r.

    Args:
        covariates: those of each log-ratio, shape (ratios, terms, n): every log-ratio has covariates of its own.
        code: category of each row, 0 the reference, shape (n,).
        weights: case weights, shape (n,).
        offset: shape (ratios, n).
        start: where to begin, shape (ratios, terms).
        tolerance: the length of the last step, in standard errors, at which to stop.

    Returns:
        The fit, or the reason why the likelihood has no maximum (separation, collinear columns).
    """
    ratios, terms, _ = covariates.shape
    observed = (code == np.arange(1, ratios + 1)[:, None]).astype(np.float64)
    beta = np.zeros((ratios, terms)) if start is None else start.copy()
    for _step in range(MAX_STEPS):
        score, information = _derivatives(beta, covariates, observed, weights, offset)
        try:
            step = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        except np.linalg.LinAlgError:
            return NotEstimable(NO_MAXIMUM)
        length = float(step @ score)  # squared, in standard errors: the Newton decrement
        if not np.isfinite(length):
            break
        settled = length < tolerance**2
        shaped = step.reshape(ratios, terms)
        change = float(np.abs(_linear(shaped, covariates, None)).max()) if settled or length > 1 else 0.0
        beta = beta + shaped * min(1.0, LARGEST_CHANGE / change if change else 1.0)
        if settled and change < SETTLED_CHANGE:  # a separated outcome drifts on, its steps ever less significant
            return _finished(beta, information)
    return NotEstimable(NO_MAXIMUM)


def _linear(beta: FloatArray, covariates: FloatArray, offset: FloatArray | None) -> FloatArray:
    linear: FloatArray = np.einsum("rt,rtn->rn", beta, covariates)
    return linear if offset is None else linear + offset


def _derivatives(
    beta: FloatArray, x: FloatArray, observed: FloatArray, weights: FloatArray | None, offset: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """First and (negative) second derivative of the log likelihood."""
    ratios, terms, _ = x.shape
    linear = _linear(beta, x, offset)
    top = np.maximum(linear.max(axis=0), 0.0)
    grown = np.exp(linear - top)
    fitted = grown / (np.exp(-top) + grown.sum(axis=0))
    residual = observed - fitted
    if weights is not None:
        residual = weights * residual
    score = np.einsum("rtn,rn->rt", x, residual).ravel()
    information = np.empty((ratios, terms, ratios, terms))
    for r in range(ratios):
        for s in range(r, ratios):
            variance = fitted[r] * ((r == s) - fitted[s])
            if weights is not None:
                variance = weights * variance
            block = (x[r] * variance) @ x[s].T
            information[r, :, s], information[s, :, r] = block, block.T
    return score, information.reshape(ratios * terms, ratios * terms)


def _finished(beta: FloatArray, information: FloatArray) -> MultinomialFit | NotEstimable:
    """The fit at the maximum; an ill-conditioned information matrix means separation or collinearity."""
    try:
        covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return NotEstimable(NO_MAXIMUM)
    condition = np.abs(information).sum(axis=0).max() * np.abs(covariance).sum(axis=0).max()
    return MultinomialFit(beta, covariance) if condition < MOST_CONDITION else NotEstimable(NO_MAXIMUM)
