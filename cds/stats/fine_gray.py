"""Fine–Gray regression of the subdistribution hazard: Cox's with risk sets that keep those whom another event took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.sample_times import CompetingRisksSample
from cds.stats.cox import CoxFit
from cds.stats.kaplan_meier import censoring_survival
from cds.stats.risk_sets import RiskSets


@dataclass(frozen=True, eq=False)
class SubdistributionSets(RiskSets):
    """Risk sets of the subdistribution hazard of one cause.

    Whoever another event took at T stays at risk at every later event time u, with the weight G(u−)/G(T−): the
    chance of not having been censored in between. G is the reverse Kaplan–Meier in which events leave before
    censorings tied with them. ``uncensored`` is G(u−) at each event time; ``taken`` are the rows with another event
    and ``since`` their 1/G(T−).

    Fine & Gray 1999, doi:10.1080/01621459.1999.10474144; weights as in ``survival::finegray``.
    """

    uncensored: FloatArray
    taken: IntArray
    since: FloatArray

    def sums(self, values: FloatArray) -> FloatArray:
        """Σ of a value (n,) over the weighted risk set at each event time."""
        kept = np.bincount(
            self.last[self.taken], weights=values[self.taken] * self.since, minlength=len(self.times) + 1
        )
        return super().sums(values) + self.uncensored * np.cumsum(kept)[:-1]

    def accumulated(self, steps: FloatArray) -> FloatArray:
        """Per row (n,), Σ of a value of the event times, each with the weight that the row has in its risk set."""
        found = super().accumulated(steps)
        later = np.concatenate([[0.0], np.cumsum(self.uncensored * steps)])
        found[self.taken] += self.since * (later[-1] - later[self.last[self.taken]])
        return found


def subdistribution_sets(sample: CompetingRisksSample) -> SubdistributionSets:
    """The risk sets of the sample's cause, follow-up as a regression for its horizon sees it.

    The chance of being censored is estimated on all of follow-up, the same for everybody.
    """
    time, status = sample.followed

    def along_the_rows() -> tuple[RiskSets, IntArray]:
        others = (status > 0) & (status != sample.cause)
        return RiskSets.of(time, status == sample.cause), np.flatnonzero(others)

    base, taken = sample.rows_memo(("subdistribution_rows", sample.horizon, sample.follow_up), along_the_rows)
    free = censoring_survival(sample)
    uncensored, at_end = free.before(base.times), free.before(time[taken])
    since = np.divide(1.0, at_end, out=np.zeros(len(taken)), where=at_end > 0)  # 0: a row without weight
    return SubdistributionSets(base.times, base.last, None, base.rows, base.place, uncensored, taken, since)


def log_hazard_se(fit: CoxFit, covariates: FloatArray, when: float) -> FloatArray:
    """Robust standard error of log Λ₀(t) + βᵀx for covariates given as rows, shape (k, m).

    From each row's influence on β and on the baseline (tied events taken one after the other with the same risk
    set), the weights of the risk sets taken as known. Geskus 2011, doi:10.1111/j.1541-0420.2010.01420.x.
    """
    sets, z = fit.sets, fit.covariates
    weight = np.ones(z.shape[1]) if fit.weights is None else fit.weights
    relative = fit.relative_hazard(z)
    early = sets.times <= when
    at_risk = sets.sums(weight * relative)
    of_events = np.zeros(z.shape[1])
    of_events[sets.rows] = np.where(early, 1 / at_risk, 0.0)[sets.place]
    step = np.where(early, sets.of_events(weight[sets.rows]) / at_risk, 0.0)
    total = step.sum()
    mean = np.stack([sets.sums(weight * relative * row) for row in z]) / at_risk
    own = (of_events - relative * sets.accumulated(step / at_risk)) / total
    beyond = covariates - (mean @ step / total)[:, None]
    each = weight * (own[None, :] + beyond.T @ fit.dfbeta)
    return np.asarray(np.sqrt((each**2).sum(axis=1)), dtype=np.float64)
