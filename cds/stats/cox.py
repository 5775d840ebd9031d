"""Cox regression with Efron's ties by Newton's method, with weights, delayed entry and a warm start."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.measure import NotEstimable
from cds.core.sample import Sample
from cds.stats.kaplan_meier import Steps
from cds.stats.partial_likelihood import PartialLikelihood, partial_likelihood
from cds.stats.risk_sets import RiskSets, Ties

MAX_STEPS = 100
MAX_HALVINGS = 30
TOLERANCE = 1e-7  # of the last step, in standard errors; convergence is quadratic: about its square remains
REPLICATE_TOLERANCE = 1e-2  # leaves less than 1e-4 standard errors, far below what a percentile can show
LARGEST_CHANGE = 4.0  # of any linear predictor in one step
SETTLED_CHANGE = 0.1  # of any linear predictor in the last step
NOTHING = 1e-10  # information per event about a standardised covariate that is no more than rounding
NO_EVENTS = "no events: the regression has nothing to learn from"
CONSTANT = "a covariate of the Cox regression is the same in all patients"
NO_MAXIMUM = (
    "the Cox regression has no maximum-likelihood estimate: a covariate orders the events perfectly, or its covariates "
    "are collinear among those at risk"
)


@dataclass(frozen=True, eq=False)
class CoxFit:
    """Coefficients (k,) of a Cox regression; covariance, baseline, residuals and predictions are made when asked for.

    The baseline is uncentred: its cumulative hazard is that of a patient whose covariates are all 0, as
    ``basehaz(coxph(ties = "efron"), centered = FALSE)`` in R.
    """

    coefficients: FloatArray
    covariates: FloatArray
    sets: RiskSets
    weights: FloatArray | None
    centre: FloatArray
    scale: FloatArray
    ties: Ties

    @functools.cached_property
    def _there(self) -> PartialLikelihood:
        """The likelihood's pieces at the maximum."""
        x = (self.covariates - self.centre[:, None]) / self.scale[:, None]
        return partial_likelihood(self.coefficients * self.scale, x, self.sets, self.weights, self.ties)

    @functools.cached_property
    def covariance(self) -> FloatArray:
        """Model-based covariance of the coefficients (k × k): the inverse of the observed information."""
        return np.asarray(np.linalg.inv(self._there.information), dtype=np.float64) / np.outer(self.scale, self.scale)

    def se(self, k: int) -> float:
        """Model-based standard error of coefficient k."""
        return float(np.sqrt(self.covariance[k, k]))

    @property
    def log_likelihood(self) -> float:
        """The maximum of Efron's log partial likelihood."""
        return self._there.value

    @functools.cached_property
    def baseline(self) -> Steps:
        """The uncentred cumulative baseline hazard, Efron's: 0 before the first event."""
        return Steps(self.sets.times, np.cumsum(self._there.step) * self._uncentred, start=0.0)

    @property
    def _uncentred(self) -> float:
        return float(np.exp(-(self.coefficients @ self.centre)))

    def relative_hazard(self, covariates: FloatArray) -> FloatArray:
        """e^(βᵀx) of covariates given as rows, shape (k, m)."""
        with np.errstate(over="ignore"):
            return np.exp(self.coefficients @ covariates)

    def cumulative_hazard(self, covariates: FloatArray, when: float) -> FloatArray:
        """Λ₀(t)·e^(βᵀx) at one time for covariates given as rows, shape (k, m)."""
        steps = self.sets.times <= when
        with np.errstate(over="ignore"):
            relative = np.exp(self.coefficients @ (covariates - self.centre[:, None]))
        return float(self._there.step[steps].sum()) * relative

    def hazard_variance(self, covariates: FloatArray, when: float) -> FloatArray:
        """Variance of ``cumulative_hazard``, the baseline's included, as R's survfit.coxph.

        e^(2βᵀx)·Σ dΛ/S₀ + qᵀ V q with q = ∫ (x − x̄(u)) dΛ(u|x), both sums over Efron's terms up to t.
        Tsiatis 1981, doi:10.1214/aos/1176345333.
        """
        there, early = self._there, self.sets.times[self.ties.time] <= when
        relative = self.cumulative_hazard(covariates, np.inf) / there.step.sum()
        own = float((there.hazard[early] / there.denominator[early]).sum())
        z = (covariates - self.centre[:, None]) / self.scale[:, None]
        met = z * there.hazard[early].sum() - (there.mean[:, early] @ there.hazard[early])[:, None]
        spread = np.linalg.inv(there.information)
        return np.asarray(relative**2 * (own + np.einsum("km,kl,lm->m", met, spread, met)), dtype=np.float64)

    @functools.cached_property
    def score_residuals(self) -> FloatArray:
        """Each row's contribution to the score, shape (k, n), before weights: residuals(type = "score") in R."""
        there, sets = self._there, self.sets
        x = (self.covariates - self.centre[:, None]) / self.scale[:, None]
        relative = np.exp((self.coefficients * self.scale) @ x)
        terms = self.ties.per_time(np.ones(len(self.ties.time)), len(sets.times))
        met, residual = np.empty_like(x), _events(sets, x.shape[1]) - relative * _met(there, sets)
        for k, mean in enumerate(there.mean):
            each = self.ties.per_time(mean * there.hazard, len(sets.times))
            tied = self.ties.per_time(mean * there.hazard * self.ties.share, len(sets.times))
            average = self.ties.per_time(mean, len(sets.times)) / np.maximum(terms, 1)
            hazard = sets.accumulated(each)
            hazard[sets.rows] -= tied[sets.place]
            met[k] = -relative * hazard
            met[k, sets.rows] += average[sets.place]
        return (x * residual - met) * self.scale[:, None]

    @functools.cached_property
    def martingale(self) -> FloatArray:
        """Martingale residuals, shape (n,): the event less the hazard that the row met."""
        x = (self.covariates - self.centre[:, None]) / self.scale[:, None]
        relative = np.exp((self.coefficients * self.scale) @ x)
        return _events(self.sets, x.shape[1]) - relative * _met(self._there, self.sets)

    @property
    def dfbeta(self) -> FloatArray:
        """Each row's influence on the coefficients, shape (k, n), before weights: residuals(type = "dfbeta") in R."""
        return self.covariance @ self.score_residuals

    def robust_covariance(self, patient: IntArray | None = None) -> FloatArray:
        """Sandwich covariance (k × k), rows of one patient taken together. Lin & Wei 1989, doi:10.2307/2290085."""
        each = self.dfbeta if self.weights is None else self.dfbeta * self.weights
        if patient is not None:
            each = np.stack([np.bincount(patient, weights=row) for row in each])
        return each @ each.T


def tolerance(sample: Sample) -> float:
    """When to stop: a bootstrap replicate, warm-started, needs fewer digits than an estimate."""
    return REPLICATE_TOLERANCE if sample.is_replicate else TOLERANCE


def fit_cox(
    covariates: FloatArray,
    time: FloatArray,
    event: BoolArray | FloatArray | IntArray,
    *,
    entry: FloatArray | None = None,
    weights: FloatArray | None = None,
    start: FloatArray | None = None,
    tolerance: float = TOLERANCE,
) -> CoxFit | NotEstimable:
    """Maximum of Efron's partial likelihood of λ(t|x) = λ₀(t)·e^(βᵀx).

    Tied events: where all weights of events are whole, a weight w stands for w tied rows, so the fit is that of the
    repeated rows; with fractional weights the ties are the rows and each has their mean weight, as in R's coxph.
    Efron 1977, doi:10.1080/01621459.1977.10480613.

    Args:
        covariates: as rows, shape (k, n).
        time: end of follow-up, shape (n,).
        event: 1 where the event ended it, else 0, shape (n,).
        entry: start of being at risk, shape (n,): at risk while entry < u ≤ time.
        weights: case weights, shape (n,); rows of weight 0 are absent.
        start: where to begin, shape (k,).
        tolerance: the length of the last step, in standard errors, at which to stop.

    Returns:
        The fit, or the reason why there is none: no events, a constant covariate, a likelihood without a maximum.

    >>> time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 1, 0, 1])
    >>> fit = fit_cox(np.array([[0.0, 1.0, 0.0, 1.0]]), time, event)
    >>> float(fit.coefficients[0].round(6))
    -0.346574
    """
    sets = RiskSets.of(time, event, entry)
    return fit_on_risk_sets(covariates, sets, weights=weights, start=start, tolerance=tolerance)


def fit_on_risk_sets(
    covariates: FloatArray,
    sets: RiskSets,
    *,
    weights: FloatArray | None = None,
    start: FloatArray | None = None,
    tolerance: float = TOLERANCE,
) -> CoxFit | NotEstimable:
    """``fit_cox`` where the risk sets were made before, as in bootstrap replicates, whose rows are the same."""
    ties = Ties.of(sets, weights)
    if not len(ties.time):
        return NotEstimable(NO_EVENTS)
    weight = np.ones(covariates.shape[1]) if weights is None else weights
    centre = covariates @ weight / weight.sum()
    x = covariates - centre[:, None]
    scale = np.sqrt(x**2 @ weight / weight.sum())
    if (scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300)).any():
        return NotEstimable(CONSTANT)
    x /= scale[:, None]
    likelihood = functools.partial(partial_likelihood, x=x, sets=sets, weights=weights, ties=ties)
    present = x if weights is None else x[:, weights > 0]
    beta = _maximise(likelihood, present, np.zeros(len(x)) if start is None else start * scale, tolerance)
    if isinstance(beta, NotEstimable):
        return beta
    return CoxFit(beta / scale, covariates, sets, weights, centre, scale, ties)


def _maximise(
    likelihood: Callable[[FloatArray], PartialLikelihood], x: FloatArray, beta: FloatArray, tolerance: float
) -> FloatArray | NotEstimable:
    """Newton's method, a step halved while it lowers the likelihood; ``x`` are the covariates of rows with weight."""
    there = likelihood(beta)
    if not np.isfinite(there.value) and beta.any():  # a start too far away
        beta = np.zeros(len(x))
        there = likelihood(beta)
    for _ in range(MAX_STEPS):
        step = _newton(there)
        if step is None:
            break
        length = float(step @ there.score)  # squared, in standard errors: the Newton decrement
        settled = length < tolerance**2
        change = float(np.abs(step @ x).max()) if settled or length > 1 else 0.0
        if settled and change < SETTLED_CHANGE:  # a monotone likelihood drifts on, its steps ever less significant
            return beta + step
        step = step * min(1.0, LARGEST_CHANGE / change if change else 1.0)
        following = likelihood(beta + step)
        for _ in range(MAX_HALVINGS):
            if following.value >= there.value - 1e-9 * abs(there.value):
                break
            step = step / 2
            following = likelihood(beta + step)
        beta, there = beta + step, following
    return NotEstimable(NO_MAXIMUM)


def _newton(there: PartialLikelihood) -> FloatArray | None:
    """The next step; None where the information is singular but for rounding."""
    if not (np.isfinite(there.value) and np.diag(there.information).min() > NOTHING * there.events):
        return None
    try:
        step = np.linalg.solve(there.information, there.score)
    except np.linalg.LinAlgError:
        return None
    ill = np.linalg.cond(there.information) > 1e12
    return None if ill or not np.isfinite(step).all() else np.asarray(step, dtype=np.float64)


def _met(there: PartialLikelihood, sets: RiskSets) -> FloatArray:
    """The baseline hazard that each row has met."""
    met = sets.accumulated(there.step)
    met[sets.rows] -= there.tied[sets.place]
    return met


def _events(sets: RiskSets, rows: int) -> FloatArray:
    return np.bincount(sets.rows, minlength=rows).astype(np.float64)
