"""Cumulative/dynamic area under the ROC curve: do those with the event by a time have the higher risk by then?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.censoring_weights import censoring_assumption, censoring_weights, weighted_influence
from cds.stats.intervals import wald


@dataclass(frozen=True, eq=False)
class _Weighed:
    """Weights of cases and of controls per distinct risk, increasing, with the controls below and the cases above it.

    A tie counts half on either side. ``each`` is the weight of every row (n,), the sample's own included.
    """

    each: FloatArray
    cases: FloatArray
    controls: FloatArray
    below: FloatArray
    above: FloatArray


def dynamic_auroc(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """P(r₁ > r₀) + ½ P(r₁ = r₀) over weighted pairs of a case (T ≤ t with the event) and a control.

    Controls are followed beyond t, or had another event by t.
    """
    weighed = _weighed(sample.at(horizon))
    if isinstance(weighed, NotEstimable):
        return weighed
    return float(weighed.cases @ weighed.below) / float(weighed.cases.sum() * weighed.controls.sum())


def dynamic_auroc_influence(sample: CompetingRisksSample, horizon: float) -> FloatArray | NotEstimable:
    """What each row adds to the error: through its own pairs, and through everybody's censoring weights."""
    sample = sample.at(horizon)
    weighed = _weighed(sample)
    if isinstance(weighed, NotEstimable):
        return weighed
    cases, controls = float(weighed.cases.sum()), float(weighed.controls.sum())
    value = float(weighed.cases @ weighed.below) / (cases * controls)
    of_case = (weighed.below / controls - value) / cases
    of_control = (weighed.above / cases - value) / controls
    order, starts = _by_risk(sample)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(order)]))
    return weighted_influence(sample, weighed.each * np.where(sample.happened, of_case[place], of_control[place]))


def dynamic_auroc_interval(
    sample: CompetingRisksSample, value: float, level: float, horizon: float
) -> Interval | NotEstimable:
    """Wald on the logit scale from the influence function; the plain Wald bounds stand in the details."""
    terms = dynamic_auroc_influence(sample, horizon)
    if isinstance(terms, NotEstimable):
        return terms
    se = float(np.sqrt(terms @ terms))
    interval = wald(value, level, se=se, scale="logit", method="influence function, logit scale")
    plain = wald(value, level, se=se)
    if isinstance(interval, NotEstimable) or isinstance(plain, NotEstimable):
        return interval
    return replace(interval, details={"low_wald": plain.low, "high_wald": plain.high})


def _weighed(sample: CompetingRisksSample) -> _Weighed | NotEstimable:
    def make() -> _Weighed | NotEstimable:
        weights = censoring_weights(sample)
        if isinstance(weights, NotEstimable):
            return weights
        order, starts = _by_risk(sample)
        happened = sample.rows_memo("happened_by_risk", lambda: sample.happened[order].astype(np.float64))
        each = sample.weight * weights
        weight = each[order]
        cases = weight * happened
        controls = weight - cases
        if len(starts) < len(order):
            cases, controls = np.add.reduceat(cases, starts), np.add.reduceat(controls, starts)
        if not cases.sum() > 0:
            return NotEstimable(f"nobody had the event by {sample.span}")
        above = cases.sum() - np.cumsum(cases) + 0.5 * cases
        return _Weighed(each, cases, controls, np.cumsum(controls) - 0.5 * controls, above)

    return sample.memo("weighed_by_risk", make)


def _by_risk(sample: CompetingRisksSample) -> tuple[IntArray, IntArray]:
    """Row positions by increasing risk, and where among them each run of equal risks begins."""

    def make() -> tuple[IntArray, IntArray]:
        order = np.argsort(sample.risk_now, kind="stable")
        ordered = sample.risk_now[order]
        return order, np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    return sample.rows_memo("by_risk", make)


def _details(sample: CompetingRisksSample, horizon: float) -> dict[str, Any]:
    return {"censoring": censoring_assumption(sample)}


DYNAMIC_AUROC = Measure(
    kind="survival",
    name="dynamic_auroc",
    family="discrimination",
    label="Time-dependent area under the ROC curve",
    compute=dynamic_auroc,
    interval=dynamic_auroc_interval,
    influence=dynamic_auroc_influence,
    interval_name="Wald on the logit scale from the influence function, the estimated censoring weights included",
    scale="logit",
    parameters=("horizon",),
    details=_details,
    ideal=1.0,
    direction="higher",
    formula="P(r₁ > r₀) + ½·P(r₁ = r₀), cases T ≤ t with weight 1/G(T−), controls T > t with weight 1/G(t)",
    convention="cumulative cases, dynamic controls, ties ½; events leave before censorings tied with them (not where "
    "a Cox model gives the weights, as in riskRegression); "
    "as riskRegression::Score(conservative = FALSE)",
    source="Blanche et al. 2013, doi:10.1002/sim.5958; Uno et al. 2007, doi:10.1198/016214507000000149",
)
DYNAMIC_AUROC_COMPETING = replace(
    DYNAMIC_AUROC,
    kind="competing_risks",
    formula="P(r₁ > r₀) + ½·P(r₁ = r₀), cases T ≤ t with the cause and weight 1/G(T−), controls T > t with weight "
    "1/G(t) or T ≤ t with another cause and weight 1/G(T−)",
)
