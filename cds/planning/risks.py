"""The risks that a model is expected to give in the study: from a normal or beta law, from C, or as observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import lgamma, log, pi, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from cds.core.arrays import FloatArray
from cds.core.errors import InputError
from cds.stats.logistic import expit

PANELS, NODES = 128, 16  # Gauss–Legendre: exact to about 1e-12 for every law below
FAR = 12.0  # standard deviations of a normal law that are integrated over
FAR_EXPONENT = 45.0  # a beta law falls like exp(−a·|x|) on the log-odds scale


@dataclass(frozen=True, eq=False)
class Risks:
    """A distribution of risks on the log-odds scale, as weighted points: shape (k,), the weights summing to 1.

    ``points(breaks)`` gives log-odds and weights whose sums are integrals, none of them straddling a break.
    ``told`` says in words what is assumed.
    """

    points: Callable[[tuple[float, ...]], tuple[FloatArray, FloatArray]]
    told: str

    @cached_property
    def _all(self) -> tuple[FloatArray, FloatArray]:
        return self.points(())

    @cached_property
    def prevalence(self) -> float:
        """The share of events were every risk right: the mean risk."""
        x, weight = self._all
        return float(weight @ expit(x))

    @cached_property
    def information(self) -> tuple[float, float, float]:
        """A patient's expected information on intercept and slope: E[p(1−p)·xᵏ] for k = 0, 1, 2."""
        x, weight = self._all
        variance = weight * expit(x) * (1 - expit(x))
        return float(variance.sum()), float(variance @ x), float(variance @ (x * x))

    @cached_property
    def auroc(self) -> float:
        """The AUROC were every risk right: P(an event's risk exceeds a non-event's), ties ½."""
        x, weight = self._all
        distinct, place = np.unique(x, return_inverse=True)
        events = np.bincount(place, weight * expit(x), len(distinct))
        others = np.bincount(place, weight * (1 - expit(x)), len(distinct))
        below = np.cumsum(others) - others / 2
        return float(events @ below / (events.sum() * others.sum()))

    def at(self, threshold: float) -> tuple[float, float]:
        """Sensitivity and specificity at a risk threshold, were every risk right."""
        edge = log(threshold / (1 - threshold))
        x, weight = self.points((edge,))
        risk, above = expit(x), x >= edge
        events, others = weight * risk, weight * (1 - risk)
        return float(events[above].sum() / events.sum()), float(others[~above].sum() / others.sum())


def normal(mean: float, sd: float) -> Risks:
    """A normal linear predictor (log-odds) with this mean and standard deviation."""
    _positive(sd, "the standard deviation of the linear predictor")
    return _law(_bell(mean, sd), mean - FAR * sd, mean + FAR * sd, f"the linear predictor is normal({mean:g}, {sd:g})")


def beta(a: float, b: float) -> Risks:
    """Risks that follow a beta law with these two parameters."""
    _positive(a, "the first parameter of the beta law")
    _positive(b, "the second parameter of the beta law")
    constant = lgamma(a + b) - lgamma(a) - lgamma(b)

    def density(x: FloatArray) -> FloatArray:
        # p^a (1−p)^b / B(a, b): the law of the risk times dp/dx.
        return np.exp(constant - a * np.logaddexp(0, -x) - b * np.logaddexp(0, x))

    return _law(density, -FAR_EXPONENT / a, FAR_EXPONENT / b, f"the risks follow a beta({a:g}, {b:g}) law")


def from_auroc(prevalence: float, auroc: float) -> Risks:
    """Two normal linear predictors of equal variance, of events and of others, that give this prevalence and AUROC.

    Their variance is 2·Φ⁻¹(AUC)², the means differ by it, and the mean of the non-events, logit(φ) − variance/2,
    is the only one with which the risks are right (Bayes' rule); no search is needed. Riley et al. 2021,
    doi:10.1002/sim.9025, find it by iteration.

    >>> round(from_auroc(0.018, 0.8).auroc, 4), round(from_auroc(0.018, 0.8).prevalence, 6)
    (0.8, 0.018)
    """
    share_between(prevalence, "the prevalence")
    auroc_above_half(auroc)
    variance = 2 * NormalDist().inv_cdf(auroc) ** 2
    sd, low = sqrt(variance), log(prevalence / (1 - prevalence)) - variance / 2
    of_others, of_events = _bell(low, sd), _bell(low + variance, sd)

    def density(x: FloatArray) -> FloatArray:
        return (1 - prevalence) * of_others(x) + prevalence * of_events(x)

    told = (
        f"the linear predictor is normal in patients with and without the outcome, with variance {variance:.3g} "
        f"and means {low + variance:.3g} and {low:.3g}, as a C of {auroc:g} at a prevalence of {prevalence:g} implies"
    )
    return _law(density, low - FAR * sd, low + variance + FAR * sd, told)


def observed(risk: ArrayLike, *, told: str = "") -> Risks:
    """Risks as observed in some sample, shape (n,), each with the same weight.

    Raises:
        InputError: fewer than 2 different risks, or risks that are not strictly between 0 and 1 (row positions).
    """
    given = np.asarray(risk, dtype=np.float64)
    outside = np.flatnonzero(~((given > 0) & (given < 1)))
    if len(outside):
        rows = ", ".join(map(str, outside[:5])) + (", …" if len(outside) > 5 else "")
        raise InputError(f"risks must lie strictly between 0 and 1; they do not at row {rows}")
    if len(np.unique(given)) < 2:
        raise InputError("a distribution of risks needs at least two different risks")
    x, weight = np.log(given / (1 - given)), np.full(len(given), 1 / len(given))
    return Risks(lambda _: (x, weight), told or f"the risks are those of {len(given):,} patients")


def share_between(value: float, what: str) -> None:
    """Refuse a share that is not strictly between 0 and 1."""
    if not 0 < value < 1:
        raise InputError(f"{what} must lie strictly between 0 and 1, got {value:g}")


def auroc_above_half(auroc: float) -> None:
    """Refuse a C-statistic that is not above .5 and below 1."""
    if not 0.5 < auroc < 1:
        raise InputError(f"the C-statistic must lie above 0.5 and below 1, got {auroc:g}")


def _positive(value: float, what: str) -> None:
    if not value > 0:
        raise InputError(f"{what} must be above 0, got {value:g}")


def _bell(mean: float, sd: float) -> Callable[[FloatArray], FloatArray]:
    return lambda x: np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * sqrt(2 * pi))


def _law(density: Callable[[FloatArray], FloatArray], low: float, high: float, told: str) -> Risks:
    """Composite Gauss–Legendre quadrature of a density, its panels ending at each break."""
    node, share = np.polynomial.legendre.leggauss(NODES)

    def points(breaks: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
        inside = [b for b in breaks if low < b < high]
        edges = np.unique([*np.linspace(low, high, PANELS + 1), *inside])
        half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
        x = (middle[:, None] + half[:, None] * node).ravel()
        weight = (half[:, None] * share).ravel() * density(x)
        return x, weight / weight.sum()

    return Risks(points, told)
