"""A Bayesian ridge regression that draws its parameters once, so that one imputation shares one draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import BayesianRidge

from cds.core.arrays import FloatArray


class Source:
    """A generator that scikit-learn's copies of an estimator share: each copy draws what comes next."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def __deepcopy__(self, memo: object) -> Source:
        return self


class DrawnRidge(BayesianRidge):  # type: ignore[misc]  # scikit-learn has no types
    """Bayesian ridge regression with coefficients and noise drawn once from their posterior.

    scikit-learn's own posterior sampling draws each row apart, as if its parameters were known anew for each, which
    makes imputations agree too well. Here ``fit`` draws σ² = σ̂²·ν/χ²(ν) and β ~ N(β̂, Σ), and ``predict`` answers with
    them: Rubin 1987, pp. 166–167, doi:10.1002/9780470316696, as ``mice.impute.norm`` does. ``mean_drawn_`` is the mean
    of the last predictions, for the trace.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source

    def fit(self, X: FloatArray, y: FloatArray) -> DrawnRidge:
        """Fit, then draw the parameters."""
        super().fit(X, y)
        rng, n, free = self.source.rng, len(y), max(len(y) - X.shape[1] - 1, 1)
        self.noise_ = float(np.sqrt(free / rng.chisquare(free) / self.alpha_))
        self.drawn_ = rng.multivariate_normal(self.coef_, self.sigma_, check_valid="ignore")
        level = float(self.intercept_ + self.X_offset_ @ self.coef_)
        self.level_ = level + self.noise_ / np.sqrt(n) * rng.standard_normal()
        return self

    def predict(self, X: FloatArray, return_std: bool = False) -> Any:
        """The mean of each row under the drawn parameters, and their noise."""
        mean = self.level_ + (X - self.X_offset_) @ self.drawn_
        self.mean_drawn_ = float(mean.mean())
        return (mean, np.full(len(mean), self.noise_)) if return_std else mean
