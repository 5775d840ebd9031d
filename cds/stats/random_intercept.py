"""A linear mixed model with a random intercept per patient, by restricted maximum likelihood, with weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.measure import NotEstimable

LARGEST_RATIO = 1e6  # of the patients' variance to the residual one


@dataclass(frozen=True, eq=False)
class MixedFit:
    """Fixed effects (k,) with their covariance, the two variances, and the weighted number of patients.

    ``patient_variance`` is that of the random intercepts, 0 where the data show none.
    """

    coefficients: FloatArray
    covariance: FloatArray
    patient_variance: float
    residual_variance: float
    patients: float
    residuals: FloatArray


def fit_random_intercept(
    design: FloatArray, outcome: FloatArray, patient: IntArray, weights: FloatArray | None = None
) -> MixedFit | NotEstimable:
    """y_ij = x_ijᵀβ + u_i + e_ij by REML, as R's ``nlme::lme(random = ~1 | patient)``.

    −2·l(λ) = (N − k) log RSS(λ) + Σ log(1 + λm_i) + log|XᵀV⁻¹X| with λ = σ_u²/σ², V_i = I + λ11ᵀ, is brought to its
    minimum by the root of its derivative. Laird & Ware 1982, doi:10.2307/2529876.

    Args:
        design: shape (N, k), of full rank.
        outcome: shape (N,).
        patient: a code per row.
        weights: of each row, the same along a patient; a weight of 2 is a second patient like the first.
    """
    w = np.ones(len(outcome)) if weights is None else weights
    codes, place, visits = np.unique(patient, return_inverse=True, return_counts=True)
    of_patient = np.zeros(len(codes))
    of_patient[place] = w
    m = visits.astype(np.float64)
    total = float(w.sum()) - design.shape[1]
    if total <= 0:
        return NotEstimable("fewer measurements than the mixed model has coefficients")
    if not (m[of_patient > 0] > 1).any():
        return NotEstimable("no patient was seen more than once")
    problem = _Problem(design, outcome, w, of_patient, m, place, total)
    ratio = _root(problem)
    if isinstance(ratio, NotEstimable):
        return ratio
    solved = problem.solve(ratio)
    variance = solved.rss / total
    covariance = variance * np.linalg.inv(solved.information)
    residual = outcome - design @ solved.beta
    return MixedFit(solved.beta, covariance, ratio * variance, variance, float(of_patient.sum()), residual)


@dataclass(frozen=True, eq=False)
class _Solved:
    beta: FloatArray
    information: FloatArray
    rss: float
    sums: FloatArray


@dataclass(frozen=True, eq=False)
class _Problem:
    """The sums that the restricted likelihood needs; everything per patient has shape (patients, …)."""

    design: FloatArray
    outcome: FloatArray
    w: FloatArray
    of_patient: FloatArray
    m: FloatArray
    place: IntArray
    total: float

    def _summed(self, values: FloatArray) -> FloatArray:
        out = np.zeros((len(self.m), *values.shape[1:]))
        np.add.at(out, self.place, values)
        return out

    def solve(self, ratio: float) -> _Solved:
        """Generalised least squares for one ratio of the variances."""
        x, y = self.design, self.outcome
        shrink = self.of_patient * ratio / (1 + ratio * self.m)
        sx, sy = self._summed(x), self._summed(y)
        information = (x * self.w[:, None]).T @ x - (sx * shrink[:, None]).T @ sx
        beta = np.linalg.solve(information, (x * self.w[:, None]).T @ y - (sx * shrink[:, None]).T @ sy)
        residual = y - x @ beta
        sums = self._summed(residual)
        rss = float(self.w @ residual**2 - shrink @ sums**2)
        return _Solved(np.asarray(beta), np.asarray(information), rss, sums)

    def derivative(self, ratio: float) -> float:
        """d(−2l)/dλ."""
        found = self.solve(ratio)
        weight = self.of_patient / (1 + ratio * self.m) ** 2
        sx = self._summed(self.design)
        of_rss = -float(weight @ found.sums**2)
        of_information = -np.trace(np.linalg.solve(found.information, (sx * weight[:, None]).T @ sx))
        of_v = float(self.of_patient @ (self.m / (1 + ratio * self.m)))
        # (N − k) d log RSS + d Σ log(1 + λm) + d log|XᵀV⁻¹X|
        return float(self.total * of_rss / found.rss + of_v + of_information)


def _root(problem: _Problem) -> float | NotEstimable:
    from scipy.optimize import brentq

    if problem.solve(0.0).rss <= 1e-20 * float(problem.w @ problem.outcome**2):
        return NotEstimable("zero variance: the regression fits every measurement exactly")
    if problem.derivative(0.0) >= 0:
        return 0.0
    high = 1.0
    while problem.derivative(high) < 0:
        high *= 4
        if high > LARGEST_RATIO:
            return NotEstimable("patients do not vary from visit to visit beyond what the visits have in common")
    return float(brentq(problem.derivative, 0.0, high, xtol=1e-14, rtol=1e-14, maxiter=200))
