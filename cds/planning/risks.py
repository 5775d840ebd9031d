"""The risks that a model is expected to give in the study: from a normal or beta law, from C, or as observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import log, pi, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from cds.core.arrays import FloatArray
from cds.core.errors import InputError
from cds.stats.logistic import expit

PANELS, NODES = 128, 16  # of Gauss–Legendre quadrature
FAR = 12.0  # standard deviations of a normal law that are integrated over
FAR_EXPONENT = 45.0  # a beta law is integrated over to where it has fallen by a factor of exp(−45)
# Beyond these the quadrature is no longer exact to about 1e-9; no model's risks lie there.
SD_RANGE, MEAN_RANGE, BETA_RANGE = (0.001, 20.0), (-30.0, 30.0), (0.01, 1e6)
RAREST = 1e-9  # share with, or without, the outcome


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
        variance = weight * expit(x) * expit(-x)
        return float(variance.sum()), float(variance @ x), float(variance @ (x * x))

    @cached_property
    def slope_information(self) -> float:
        """A patient's expected information on the slope, the intercept being estimated too: I₁₁ − I₀₁²/I₀₀.

        From deviations, because the difference itself loses its digits where risks hardly differ.
        """
        x, weight = self._all
        variance = weight * expit(x) * expit(-x)
        return float(variance @ (x - variance @ x / variance.sum()) ** 2)

    @cached_property
    def auroc(self) -> float:
        """The AUROC were every risk right: P(an event's risk exceeds a non-event's), ties ½."""
        x, weight = self._all
        distinct, place = np.unique(x, return_inverse=True)
        events = np.bincount(place, weight * expit(x), len(distinct))
        others = np.bincount(place, weight * expit(-x), len(distinct))
        below = np.cumsum(others) - others / 2
        return float(events @ below / (events.sum() * others.sum()))

    def at(self, threshold: float) -> tuple[float, float]:
        """Sensitivity and specificity at a risk threshold, were every risk right."""
        edge = log(threshold / (1 - threshold))
        x, weight = self.points((edge,))
        risk, above = expit(x), x >= edge
        events, others = weight * risk, weight * expit(-x)
        return float(events[above].sum() / events.sum()), float(others[~above].sum() / others.sum())


def normal(mean: float, sd: float) -> Risks:
    """A normal linear predictor (log-odds) with this mean and standard deviation.

    Raises:
        InputError: a mean or standard deviation so far out that all risks are alike, or 0 or 1.
    """
    _within(mean, MEAN_RANGE, "the mean of the linear predictor")
    _within(sd, SD_RANGE, "the standard deviation of the linear predictor")
    told = f"the linear predictor is normal({signed(mean)}, {sd:g})"
    return _law(_bell(mean, sd), _even(mean - FAR * sd, mean + FAR * sd), told)


def beta(a: float, b: float) -> Risks:
    """Risks that follow a beta law with these two parameters.

    Raises:
        InputError: parameters so small that risks are 0 or 1, or so large that all risks are alike.
    """
    _within(a, BETA_RANGE, "the first parameter of the beta law")
    _within(b, BETA_RANGE, "the second parameter of the beta law")
    mode = log(a / b)
    peak = _log_beta(np.array([mode]), a, b)[0]

    def fallen(x: FloatArray) -> FloatArray:
        return np.asarray(peak - _log_beta(x, a, b))

    left, right = _reach(mode, -1, fallen), _reach(mode, 1, fallen)
    # Panels narrow towards the mode: where a parameter is small the law is thousands of log-odds wide.
    steps = np.linspace(0, 1, PANELS // 2 + 1) ** 3
    edges = np.concatenate([mode - left * steps[::-1], mode + right * steps[1:]])
    return _law(lambda x: np.exp(-fallen(x)), edges, f"the risks follow a beta({a:g}, {b:g}) law")


def from_auroc(prevalence: float, auroc: float) -> Risks:
    """Two normal linear predictors of equal variance, of events and of others, that give this prevalence and AUROC.

    Their variance is 2·Φ⁻¹(AUC)², the means differ by it, and the mean of the non-events, logit(φ) − variance/2,
    is the only one with which the risks are right (Bayes' rule); no search is needed. Riley et al. 2021,
    doi:10.1002/sim.9025, find it by iteration.

    Raises:
        InputError: a prevalence outside (0, 1) or nearly 0 or 1; a C outside (.5, 1) or nearly .5.

    >>> round(from_auroc(0.018, 0.8).auroc, 4), round(from_auroc(0.018, 0.8).prevalence, 6)
    (0.8, 0.018)
    """
    share_between(prevalence, "the prevalence")
    auroc_above_half(auroc)
    variance = 2 * NormalDist().inv_cdf(auroc) ** 2
    sd, low = sqrt(variance), log(prevalence / (1 - prevalence)) - variance / 2
    if sd < SD_RANGE[0]:
        raise InputError(f"a C-statistic of {auroc} leaves all risks alike", do="Give one of 0.5003 or more")
    of_others, of_events = _bell(low, sd), _bell(low + variance, sd)

    def density(x: FloatArray) -> FloatArray:
        return (1 - prevalence) * of_others(x) + prevalence * of_events(x)

    told = (
        f"the linear predictor is normal in patients with and without the outcome, with variance {variance:.3g} "
        f"and means {signed(low + variance, 3)} and {signed(low, 3)}, "
        f"as a C of {auroc:g} at a prevalence of {prevalence:g} implies"
    )
    return _law(density, _even(low - FAR * sd, low + variance + FAR * sd), told)


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
    """Refuse a share that is not strictly between 0 and 1, or nearer to either than 1e-9."""
    if not 0 < value < 1:
        raise InputError(f"{what} must lie strictly between 0 and 1, got {value:g}")
    if not RAREST <= value <= 1 - RAREST:
        raise InputError(f"{what} must be at least {RAREST:g} from 0 and from 1, got {value}")


def auroc_above_half(auroc: float) -> None:
    """Refuse a C-statistic that is not above .5 and below 1."""
    if not 0.5 < auroc < 1:
        raise InputError(f"the C-statistic must lie above 0.5 and below 1, got {auroc:g}")


def signed(value: float, digits: int = 6) -> str:
    """A number to so many significant digits, with a minus sign instead of a hyphen.

    >>> signed(-3.294, 3)
    '−3.29'
    """
    return f"{value:.{digits}g}".replace("-", "−")


def _within(value: float, bounds: tuple[float, float], what: str) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise InputError(f"{what} must lie between {signed(low)} and {high:,g}, got {signed(value)}")


def _log_beta(x: FloatArray, a: float, b: float) -> FloatArray:
    """Logarithm of p^a (1−p)^b at log-odds x: the law of the risk times dp/dx, but for a constant."""
    return np.asarray(-a * np.logaddexp(0, -x) - b * np.logaddexp(0, x))


def _reach(mode: float, side: int, fallen: Callable[[FloatArray], FloatArray]) -> float:
    """How far to one side of its mode a law falls by exp(−45), or a little further."""
    low, high = 0.0, 1.0
    while fallen(np.array([mode + side * high]))[0] < FAR_EXPONENT:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        short = fallen(np.array([mode + side * middle]))[0] < FAR_EXPONENT
        low, high = (middle, high) if short else (low, middle)
    return high


def _even(low: float, high: float) -> FloatArray:
    return np.linspace(low, high, PANELS + 1)


def _bell(mean: float, sd: float) -> Callable[[FloatArray], FloatArray]:
    return lambda x: np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * sqrt(2 * pi))


def _law(density: Callable[[FloatArray], FloatArray], panels: FloatArray, told: str) -> Risks:
    """Composite Gauss–Legendre quadrature of a density between the edges of panels, which also end at each break."""
    node, share = np.polynomial.legendre.leggauss(NODES)

    def points(breaks: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
        inside = [b for b in breaks if panels[0] < b < panels[-1]]
        edges = np.unique([*panels, *inside])
        half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
        x = (middle[:, None] + half[:, None] * node).ravel()
        weight = (half[:, None] * share).ravel() * density(x)
        return x, weight / weight.sum()

    return Risks(points, told)
