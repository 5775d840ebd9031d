"""Aalen–Johansen: the share that has had the event of interest by a time, where other events can come first."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.sample_times import CompetingRisksSample
from cds.stats.kaplan_meier import Steps, kaplan_meier, risk_table


def aalen_johansen(sample: CompetingRisksSample) -> Steps:
    """The cumulative incidence of the sample's cause: F(t) = Σ over times u ≤ t of S(u−)·d₁(u)/Y(u).

    S is the share without any event (Kaplan–Meier of whatever ended follow-up), so that somebody whom another event
    took can no longer have this one. Without competing events F = 1 − S. With delayed entry those at risk at u
    entered before u. Aalen & Johansen 1978, Scandinavian Journal of Statistics 5:141–150; for the use of it
    doi:10.1002/sim.2712.
    """

    def make() -> Steps:
        table = risk_table(sample)
        return Steps(table.time, np.cumsum(_before(kaplan_meier(sample)) * _share(table.events, table.at_risk)), 0.0)

    return sample.memo("aalen_johansen", make)


def cumulative_incidence(sample: CompetingRisksSample, when: float) -> float:
    """The Aalen–Johansen estimate at one time."""
    return float(aalen_johansen(sample).at(when))


def time_places(sample: CompetingRisksSample) -> IntArray:
    """Each row's place among the distinct times, shape (n,)."""

    def make() -> IntArray:
        return np.searchsorted(risk_table(sample).time, sample.time)

    return sample.rows_memo("time_places", make)


def incidence_influence(sample: CompetingRisksSample, when: float) -> FloatArray:
    """What a small increase of each row's weight adds to the cumulative incidence at ``when``, shape (n,).

    The infinitesimal jackknife: ∂F(t)/∂wᵢ = Σ S(u−)/Y(u)·[dN₁ᵢ(u) − Yᵢ(u)·d₁/Y] − Σ (F(t) − F(u))/(Y(u)(1 − d/Y))·
    [dNᵢ(u) − Yᵢ(u)·d/Y] over times u ≤ t, d counting every event and d₁ those of the cause. Each row's term times
    its weight, squared and summed, is the variance that ``survival::survfit`` gives a multi-state curve.
    """
    table, curve = risk_table(sample), aalen_johansen(sample)
    known = int(np.searchsorted(table.time, when, side="right"))
    if not known:
        return np.zeros(len(sample))
    at_risk, events, ended = table.at_risk[:known], table.events[:known], table.ended[:known]
    # Once everybody has gone nothing more can happen: the second sum has no term there.
    left = at_risk - ended
    to_come = np.divide(curve.value[known - 1] - curve.value[:known], left, out=np.zeros(known), where=left > 0)
    reached = _share(_before(kaplan_meier(sample))[:known], at_risk)
    compensator = np.cumsum(reached * _share(events, at_risk) - to_come * _share(ended, at_risk))
    gone = np.minimum(time_places(sample), known - 1)
    terms = -compensator[gone]
    if sample.entry is not None:
        before_entry = np.searchsorted(table.time[:known], sample.entry, side="right")
        terms += np.concatenate([[0.0], compensator])[before_entry]
    inside = sample.time <= when
    jump = sample.is_event * reached[gone] - (sample.status > 0) * to_come[gone]
    influence: FloatArray = terms + np.where(inside, jump, 0.0)
    return influence


def incidence_se(sample: CompetingRisksSample, when: float) -> float:
    """The infinitesimal-jackknife standard error of the cumulative incidence at ``when``."""
    terms = sample.weight * incidence_influence(sample, when)
    return float(np.sqrt(terms @ terms))


def _before(curve: Steps) -> FloatArray:
    """The curve just before each of its own times."""
    return np.concatenate([[curve.start], curve.value[:-1]])


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
