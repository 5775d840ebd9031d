"""Least squares with weights: observed values on predicted ones, for continuous outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.sample_kinds import ContinuousSample

NOTHING = 1e-12  # of the largest value: rounding, not variation


@dataclass(frozen=True, eq=False)
class LeastSquaresFit:
    """Coefficients (k,), their covariance (k × k) under one variance for all rows, and n − k."""

    coefficients: FloatArray
    covariance: FloatArray
    df: float

    def se(self, k: int) -> float:
        """Standard error of coefficient k, as R's ``lm`` gives it."""
        return float(np.sqrt(self.covariance[k, k]))


def fit_least_squares(
    design: FloatArray, outcome: FloatArray, weights: FloatArray | None = None
) -> LeastSquaresFit | NotEstimable:
    """Minimise Σw(y − βᵀx)²; covariance σ̂²(XᵀWX)⁻¹ with σ̂² = Σw·e²/(Σw − k).

    Args:
        design: covariates as rows, shape (k, n).
        outcome: shape (n,).
        weights: shape (n,); a 2 counts twice.

    Returns:
        The fit, or the reason why there is none: fewer rows than coefficients, or collinear covariates.
    """
    total = float(len(outcome)) if weights is None else float(weights.sum())
    root = None if weights is None else np.sqrt(weights)
    x, y = (design, outcome) if root is None else (design * root, outcome * root)
    size = np.linalg.norm(x, axis=1)
    if not size.all():
        return NotEstimable("the regression has a covariate that is 0 in every row")
    scaled = (x.T / size, y)
    solved, _, rank, _ = np.linalg.lstsq(*scaled, rcond=1e-12)
    if rank < len(design):
        return NotEstimable("the regression has collinear covariates, or fewer rows than coefficients")
    residual = y - scaled[0] @ solved
    df = total - len(design)
    variance = float(residual @ residual) / df if df > 0 else 0.0
    inverse = np.linalg.inv(scaled[0].T @ scaled[0])
    covariance = variance * inverse / np.outer(size, size)
    return LeastSquaresFit(np.asarray(solved / size), np.asarray(covariance), df)


def varies(values: FloatArray, weights: FloatArray | None) -> bool:
    """Whether the rows with weight differ from one another by more than rounding."""
    present = values if weights is None else values[weights > 0]
    return bool(np.ptp(present) > NOTHING * max(float(np.abs(present).max()), 1e-300))


def flat(sample: ContinuousSample) -> NotEstimable | None:
    """Why no line can be fitted: one patient, constant predictions, or a constant outcome."""

    def make() -> NotEstimable | None:
        if not varies(sample.predicted, sample.weights):
            return NotEstimable("every prediction is the same")
        if not varies(sample.observed, sample.weights):
            return NotEstimable("every observed value is the same")
        return None

    return sample.memo("flat", make)


def weighted_mean(sample: ContinuousSample, values: FloatArray) -> float:
    """Σw·v / Σw."""
    return float(sample.weight @ values) / sample.total
