"""Kaplan–Meier over weighted rows: of the event, and in reverse of the censorings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.sample_times import CompetingRisksSample


@dataclass(frozen=True, eq=False)
class Steps:
    """A function that is ``start`` until the first of ``time`` and then ``value`` from each of them on.

    >>> halves = Steps(np.array([1.0, 2.0]), np.array([0.5, 0.25]))
    >>> halves.at(np.array([0.5, 1.0, 3.0])), halves.before(np.array([1.0]))
    (array([1.  , 0.5 , 0.25]), array([1.]))
    """

    time: FloatArray
    value: FloatArray
    start: float = 1.0

    def at(self, when: FloatArray | float) -> FloatArray:
        """The value at each time, jumps included."""
        return np.concatenate([[self.start], self.value])[np.searchsorted(self.time, when, side="right")]

    def before(self, when: FloatArray | float) -> FloatArray:
        """The value just before each time."""
        return np.concatenate([[self.start], self.value])[np.searchsorted(self.time, when, side="left")]


@dataclass(frozen=True, eq=False)
class RiskTable:
    """Per distinct time: weights at risk just before it, ending by the cause, by any cause, and censored at it.

    With delayed entry only those are at risk whose entry lies before the time.
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    ended: FloatArray
    censored: FloatArray


def risk_table(sample: CompetingRisksSample) -> RiskTable:
    """The sample's risk table, made once per sample and weights; rows at every observed time, whatever the horizon."""

    def make() -> RiskTable:
        order, starts = sample.order, sample.tie_starts
        weight = sample.weight[order]
        times = sample.rows_memo("distinct_times", lambda: sample.time[order][starts])
        is_event = sample.rows_memo("ordered_is_event", lambda: sample.is_event[order])
        is_end = sample.rows_memo("ordered_is_end", lambda: (sample.status[order] > 0).astype(np.float64))
        leaving = np.add.reduceat(weight, starts)
        events = np.add.reduceat(weight * is_event, starts)
        ended = events if sample.kind == "survival" else np.add.reduceat(weight * is_end, starts)
        at_risk = np.cumsum(leaving[::-1])[::-1]
        if sample.entry is not None:
            entries = np.argsort(sample.entry, kind="stable")
            entered = np.concatenate([[0.0], np.cumsum(sample.weight[entries])])
            at_risk = at_risk - (entered[-1] - entered[np.searchsorted(sample.entry[entries], times, side="left")])
        return RiskTable(times, at_risk, events, ended, leaving - ended)

    return sample.memo("risk_table", make)


def kaplan_meier(sample: CompetingRisksSample) -> Steps:
    """The share without any event: Π over times u ≤ t of 1 − d(u)/Y(u). doi:10.1080/01621459.1958.10501452."""

    def make() -> Steps:
        table = risk_table(sample)
        return Steps(table.time, _product(table.ended, table.at_risk))

    return sample.memo("kaplan_meier", make)


def greenwood(sample: CompetingRisksSample) -> Steps:
    """Σ over times u ≤ t of d/(Y(Y − d)): Kaplan–Meier's variance over its square; infinite once nobody is left."""

    def make() -> Steps:
        table = risk_table(sample)
        with np.errstate(divide="ignore"):
            left = table.at_risk * (table.at_risk - table.ended)
            terms = np.divide(table.ended, left, out=np.zeros_like(left), where=table.ended > 0)
        return Steps(table.time, np.cumsum(terms), start=0.0)

    return sample.memo("greenwood", make)


def censoring_survival(sample: CompetingRisksSample) -> Steps:
    """The share not yet censored, G: reverse Kaplan–Meier in which events leave before censorings tied with them."""

    def make() -> Steps:
        table = risk_table(sample)
        return Steps(table.time, _product(table.censored, table.at_risk - table.ended))

    return sample.memo("censoring_survival", make)


def _product(leaving: FloatArray, at_risk: FloatArray) -> FloatArray:
    # Weights that add up to nothing but rounding are nobody at risk.
    there = (leaving > 0) & (at_risk > 0)
    share = np.divide(leaving, at_risk, out=np.zeros_like(at_risk), where=there)
    left: FloatArray = np.cumprod(1 - np.minimum(share, 1.0))
    return left
