"""Linear models of a trial's outcome: effects of arms adjusted for covariates, and tests of several terms at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.measure import Interval, NotEstimable
from cds.stats.intervals import t_quantile, wald

EXACT = 1e-24  # of the sum of squares: rounding
DEPENDENT = 1e-9  # of a column's length: what is left of it after the columns before it
FEWEST_CLUSTERS = 2


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A least-squares fit: design (n, k) of the columns ``kept``, coefficients, residuals, (XᵀWX)⁻¹ and n − k.

    ``names`` are those of the columns, in order. ``is_exact`` where every outcome lies on the fit, but for rounding.
    """

    names: tuple[str, ...]
    design: FloatArray
    coefficients: FloatArray
    residuals: FloatArray
    inverse: FloatArray
    rss: float
    df: float
    is_exact: bool = False

    def place(self, name: str) -> int | None:
        """Where a term stands; None where it could not be told from the terms before it."""
        return self.names.index(name) if name in self.names else None

    def value(self, name: str) -> float | NotEstimable:
        """A term's coefficient."""
        k = self.place(name)
        if k is None:
            return NotEstimable("the data cannot tell this term from the others of the regression")
        return float(self.coefficients[k])

    @property
    def covariance(self) -> FloatArray:
        """σ̂²(XᵀWX)⁻¹, one variance for all patients."""
        return np.asarray(self.rss / self.df * self.inverse)


@dataclass(frozen=True)
class WaldTest:
    """A test of several terms at once: F, its degrees of freedom and the p-value."""

    statistic: float
    numerator_df: int
    denominator_df: float
    p_value: float


def fit_linear(
    columns: dict[str, FloatArray], outcome: FloatArray, weights: FloatArray | None = None
) -> LinearFit | NotEstimable:
    """Least squares of ``outcome`` (n,) on named columns (n,) each; a weight of 2 counts twice.

    Columns that depend on those before them (a level that nobody has) are left out, as R's ``lm`` does. Not
    estimable with as many coefficients as patients.
    """
    root = np.ones(len(outcome)) if weights is None else np.sqrt(weights)
    kept = independent(columns, root)
    design = np.column_stack([columns[name] for name in kept]) if kept else np.empty((len(outcome), 0))
    total = float(len(outcome)) if weights is None else float(weights.sum())
    df = total - len(kept)
    if not kept or df <= 0:
        return NotEstimable("fewer patients than the regression has coefficients")
    size = np.linalg.norm(design * root[:, None], axis=0)
    x, y = design * root[:, None] / size, outcome * root
    solved, *_ = np.linalg.lstsq(x, y, rcond=None)
    inverse = np.linalg.inv(x.T @ x) / np.outer(size, size)
    residual = y - x @ solved
    coefficients, rss = solved / size, float(residual @ residual)
    residuals = outcome - design @ coefficients
    return LinearFit(kept, design, coefficients, residuals, inverse, rss, df, rss <= EXACT * float(y @ y))


def independent(columns: dict[str, FloatArray], root: FloatArray) -> tuple[str, ...]:
    """The names of columns that the ones before them do not determine: Gram and Schmidt, twice over."""
    basis: list[FloatArray] = []
    kept: list[str] = []
    for name, column in columns.items():
        scaled = column * root
        length = float(np.linalg.norm(scaled))
        left = scaled
        for _ in range(2):
            for direction in basis:
                left = left - (direction @ left) * direction
        rest = float(np.linalg.norm(left))
        if length > 0 and rest > DEPENDENT * length:
            basis.append(left / rest)
            kept.append(name)
    return tuple(kept)


def term_interval(
    fit: LinearFit, name: str, level: float, *, clusters: IntArray | None = None, robust: bool = False
) -> Interval | NotEstimable:
    """A term's interval: Student's t with n − k degrees of freedom, as R's ``confint(lm)``; unweighted fits only.

    With ``clusters`` (a code per row) the error is the bias-reduced sandwich CR2 and the degrees of freedom are
    Satterthwaite's. Bell & McCaffrey 2002; Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004. With
    ``robust`` the sandwich HC2, whose patients may differ in variance.
    """
    k = fit.place(name)
    if k is None:
        return NotEstimable("the data cannot tell this term from the others of the regression")
    if fit.is_exact:
        return NotEstimable("zero variance: the regression fits every outcome exactly")
    value = float(fit.coefficients[k])
    if clusters is not None:
        return _clustered(fit, k, value, level, clusters)
    if robust:
        se = float(np.sqrt(hc2(fit)[k, k]))
        return with_df(wald(value, level, se=se, df=fit.df, method="HC2 sandwich, Student's t"), fit.df)
    se = float(np.sqrt(max(fit.covariance[k, k], 0.0)))
    return with_df(wald(value, level, se=se, df=fit.df, method="least squares, Student's t"), fit.df)


def with_df(found: Interval | NotEstimable, df: float, **more: Any) -> Interval | NotEstimable:
    """The interval with its degrees of freedom among its details."""
    if isinstance(found, NotEstimable):
        return found
    return Interval(
        found.low, found.high, found.level, found.method, found.se, found.scale_se, {**found.details, "df": df, **more}
    )


def hc2(fit: LinearFit) -> FloatArray:
    """The sandwich with residuals divided by √(1 − leverage)."""
    leverage = np.einsum("ij,jk,ik->i", fit.design, fit.inverse, fit.design)
    free = np.maximum(1 - leverage, 1e-12)
    scores = fit.design * (fit.residuals / np.sqrt(free))[:, None]
    return np.asarray(fit.inverse @ (scores.T @ scores) @ fit.inverse)


def _clustered(fit: LinearFit, k: int, value: float, level: float, clusters: IntArray) -> Interval | NotEstimable:
    found = cr2(fit, clusters)
    if isinstance(found, NotEstimable):
        return found
    df = found.df(k)
    told = {"clusters": found.clusters}
    se = float(np.sqrt(max(found.covariance[k, k], 0.0)))
    return with_df(wald(value, level, se=se, df=df, method="cluster-robust CR2, Satterthwaite"), df, **told)


@dataclass(frozen=True, eq=False)
class ClusterRobust:
    """The CR2 covariance (k × k) and, for Satterthwaite, each cluster's contribution to each coefficient (G, n, k)."""

    covariance: FloatArray
    clusters: int
    _fit: LinearFit
    _adjusted: tuple[tuple[IntArray, FloatArray], ...]

    def df(self, k: int) -> float:
        """Satterthwaite: (Σ‖p_g‖²)² / Σ_gh (p_g·p_h)² with p_g = (I − H)_g A_g X_g M c of coefficient k."""
        design, inverse = self._fit.design, self._fit.inverse
        contributions = []
        for rows, adjusted in self._adjusted:
            own = adjusted @ inverse[:, k]  # A_g X_g M c
            spread = -design @ (inverse @ (design[rows].T @ own))
            spread[rows] += own
            contributions.append(spread)
        gram = np.array(contributions) @ np.array(contributions).T
        return float(np.trace(gram) ** 2 / (gram**2).sum())


def cr2(fit: LinearFit, clusters: IntArray) -> ClusterRobust | NotEstimable:
    """M (Σ X_gᵀA_g e_g e_gᵀA_g X_g) M, A_g = (I − H_gg)^(−½): unbiased where patients are in fact independent."""
    members = [np.flatnonzero(clusters == code) for code in np.unique(clusters)]
    if len(members) < FEWEST_CLUSTERS:
        return NotEstimable("fewer than two clusters")
    meat, adjusted = np.zeros_like(fit.inverse), []
    for rows in members:
        x = fit.design[rows]
        own = _inverse_root(np.eye(len(rows)) - x @ fit.inverse @ x.T) @ x
        score = own.T @ fit.residuals[rows]
        meat += np.outer(score, score)
        adjusted.append((rows, own))
    return ClusterRobust(fit.inverse @ meat @ fit.inverse, len(members), fit, tuple(adjusted))


def _inverse_root(matrix: FloatArray) -> FloatArray:
    """The symmetric inverse square root; directions of (nearly) no variance are left out."""
    values, vectors = np.linalg.eigh(matrix)
    root = np.where(values > 1e-12, 1 / np.sqrt(np.maximum(values, 1e-12)), 0.0)
    return np.asarray((vectors * root) @ vectors.T)


def joint_test(
    fit: LinearFit, names: list[str], *, clusters: IntArray | None = None, robust: bool = False
) -> WaldTest | NotEstimable:
    """Whether all the named terms are 0: the F test of R's ``anova`` on nested models.

    With ``clusters`` Wald's statistic on CR2 over the number of terms, against F(terms, clusters − 1).
    """
    from scipy.special import fdtrc

    places = [k for name in names if (k := fit.place(name)) is not None]
    if not places:
        return NotEstimable("the data cannot tell these terms from the others of the regression")
    if fit.is_exact:
        return NotEstimable("zero variance: the regression fits every outcome exactly")
    covariance, df = fit.covariance, fit.df
    if clusters is not None:
        found = cr2(fit, clusters)
        if isinstance(found, NotEstimable):
            return found
        covariance, df = found.covariance, found.clusters - 1.0
    elif robust:
        covariance = hc2(fit)
    part, beta = covariance[np.ix_(places, places)], fit.coefficients[places]
    if np.linalg.matrix_rank(part) < len(places):
        return NotEstimable("zero variance: the test of these terms has no error to compare with")
    statistic = float(beta @ np.linalg.solve(part, beta)) / len(places)
    return WaldTest(statistic, len(places), df, float(fdtrc(len(places), df, statistic)))


def welch(treated: FloatArray, control: FloatArray, level: float) -> Interval | NotEstimable:
    """The interval of a difference in means whose arms may differ in variance. doi:10.1093/biomet/34.1-2.28

    R's ``t.test(treated, control)``.
    """
    if min(len(treated), len(control)) < 2:
        return NotEstimable("an arm has fewer than two patients")
    one, other = float(np.var(treated, ddof=1)) / len(treated), float(np.var(control, ddof=1)) / len(control)
    if one + other <= 0:
        return NotEstimable("zero variance: every patient of an arm has the same outcome")
    df = (one + other) ** 2 / (one**2 / (len(treated) - 1) + other**2 / (len(control) - 1))
    value = float(treated.mean() - control.mean())
    return with_df(wald(value, level, se=float(np.sqrt(one + other)), df=df, method="Welch's t"), df)


def line_band(fit: LinearFit, rows: FloatArray, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values of linear combinations of the coefficients, shape (m, k), with the bounds of their intervals."""
    value = rows @ fit.coefficients
    half = t_quantile(level, fit.df) * np.sqrt(np.einsum("ij,jk,ik->i", rows, fit.covariance, rows))
    return value, value - half, value + half


def dummies(codes: IntArray, present: BoolArray) -> dict[int, FloatArray]:
    """A 0/1 column for each code that somebody present has, but for the lowest."""
    levels = np.unique(codes[present])
    return {int(level): (codes == level).astype(np.float64) for level in levels[1:]}
