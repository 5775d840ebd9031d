"""How far the estimates of a published equation move by the sampling error of its coefficients.

The standard error of a linear predictor is sqrt(xᵀ V x), exact for given covariance V; its normal bounds are put
through the link. What the source does not give is taken as exact: a Cox equation's baseline, a recalibration.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.measure import NotEstimable
from cds.core.model_card import ModelCard
from cds.models.equation_format import Equation, Logistic, OrderedProbit
from cds.models.equation_survival import risk_by_horizon
from cds.models.equation_terms import design
from cds.models.equation_times import Cox

Bounds = tuple[FloatArray, FloatArray]
SLACK = 1e-6  # of the largest entry: printed covariances are rounded
NO_COVARIANCE = "the equation gives no covariance of its coefficients"
MISSING = "an input of the equation is missing"


def sampling_bounds(
    equation: Equation, card: ModelCard, inputs: pd.DataFrame, lp: FloatArray, level: float
) -> Bounds | NotEstimable:
    """Bounds of every estimate, each shaped as the prediction's values; ``lp`` has shape (n,), after recalibration.

    - logistic: expit(lp ∓ z·se); cox: the risks at lp ∓ z·se, the baseline fixed
    - ordered_probit: of the first and the last category the exact bounds of the threshold − lp put through Φ; of those
      between, whose probability is a difference, the delta method on its logit

    Where an input is missing the share of variance that its replacement has is unknown: there are no bounds.
    Source: Harrell, Regression Modeling Strategies, 2nd ed. 2015, section 9.4, doi:10.1007/978-3-319-19425-7.
    """
    from scipy.special import expit, ndtri

    if not isinstance(equation, (Logistic, Cox, OrderedProbit)) or equation.sampling is None:
        return NotEstimable(NO_COVARIANCE)
    x = np.column_stack([design(term, inputs) for term in equation.terms])
    if np.isnan(x).any():
        return NotEstimable(MISSING)
    x = equation.recalibration.slope * x
    covariance, z = np.array(equation.sampling.covariance), float(ndtri((1 + level) / 2))
    if isinstance(equation, OrderedProbit):
        return _categories(np.asarray(equation.thresholds) - lp[:, np.newaxis], x, covariance, z)
    if isinstance(equation, Logistic):
        half = z * _se(np.column_stack([np.full(len(x), equation.recalibration.slope), x]), covariance)
        return expit(lp - half), expit(lp + half)
    half = z * _se(x, covariance)
    low, high = (risk_by_horizon(equation, card, lp + side * half, None).values for side in (-1, 1))
    return low, high


def sampling_faults(equation: Equation) -> Iterator[str]:
    """What is wrong with the covariance of a logistic, Cox or ordered probit equation."""
    if not isinstance(equation, (Logistic, Cox, OrderedProbit)) or equation.sampling is None:
        return
    size, rows = sum(len(term.weights) for term in equation.terms), "every coefficient"
    if isinstance(equation, Logistic):
        size, rows = size + 1, "the intercept and every coefficient"
    if isinstance(equation, OrderedProbit):
        size, rows = size + len(equation.thresholds), "every coefficient and then the thresholds"
    yield from covariance_faults(equation.sampling.covariance, size, "sampling.covariance", rows)


def covariance_faults(covariance: tuple[tuple[float, ...], ...], size: int, where: str, rows: str) -> Iterator[str]:
    """What is wrong with a covariance that must have ``size`` rows: those named by ``rows``."""
    if len(covariance) != size or any(len(row) != size for row in covariance):
        yield f"{where} must have {size} rows and columns: {rows}"
        return
    matrix = np.array(covariance)
    slack = SLACK * float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > slack or np.linalg.eigvalsh(matrix).min() < -slack:
        yield f"{where} must be symmetric and positive semi-definite"


def _se(x: FloatArray, covariance: FloatArray) -> FloatArray:
    # Rounding in a nearly singular covariance can leave −1e-15 where the truth is 0.
    found: FloatArray = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", x, covariance, x), 0.0))
    return found


def _categories(eta: FloatArray, x: FloatArray, covariance: FloatArray, z: float) -> Bounds:
    """Bounds by category; ``eta`` is threshold − lp, shape (n, thresholds)."""
    from scipy.special import expit, logit, ndtr

    n, thresholds = eta.shape
    slopes = [np.column_stack([-x, np.tile(np.eye(thresholds)[j], (n, 1))]) for j in range(thresholds)]
    low, high = np.empty((n, thresholds + 1)), np.empty((n, thresholds + 1))
    first, last = z * _se(slopes[0], covariance), z * _se(slopes[-1], covariance)
    low[:, 0], high[:, 0] = ndtr(eta[:, 0] - first), ndtr(eta[:, 0] + first)
    low[:, -1], high[:, -1] = ndtr(-eta[:, -1] - last), ndtr(-eta[:, -1] + last)
    density = np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
    for j in range(1, thresholds):
        chance = ndtr(eta[:, j]) - ndtr(eta[:, j - 1])
        se = _se(density[:, [j]] * slopes[j] - density[:, [j - 1]] * slopes[j - 1], covariance)
        spread = chance * (1 - chance)
        half = z * np.divide(se, spread, out=np.zeros(n), where=spread > 0)
        low[:, j], high[:, j] = expit(logit(chance) - half), expit(logit(chance) + half)
    return low, high
