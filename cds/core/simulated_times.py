"""Follow-up that a perfectly calibrated model would show: events from the patients' own risks, censoring as observed.

An event falls between two horizons with the probability that the patient's risks give it there; when exactly, follows
the cohort's cumulative hazard (survival) or cumulative incidence (competing risks) between the two horizons. Beyond the
last horizon nobody has an event. Censoring times come from the reverse Kaplan–Meier, so they are independent of the
risks. Other causes come from their marginal incidence, so they too are independent of the risks. With delayed entry
events and censorings are drawn given that they come after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cds.core.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from cds.core.sample_times import CompetingRisksSample


@dataclass(frozen=True, eq=False)
class Accrual:
    """Observed ends of one kind by increasing time, what ended each, and how much has accrued by then."""

    time: FloatArray
    status: IntArray
    accrued: FloatArray

    def at(self, when: FloatArray) -> FloatArray:
        """How much has accrued by each time."""
        return np.concatenate([[0.0], self.accrued])[np.searchsorted(self.time, when, side="right")]

    def place(self, amount: FloatArray) -> IntArray:
        """Where each amount is reached: a position, or their number where it never is."""
        return np.searchsorted(self.accrued, amount * (1 - 1e-12), side="left")


@dataclass(frozen=True, eq=False)
class Clocks:
    """How events of the cause, other ends and censorings accrue in a sample; ``end`` of the longest follow-up."""

    event: Accrual
    other: Accrual
    censoring: Accrual
    end: float


def clocks(sample: CompetingRisksSample) -> Clocks:
    """The sample's clocks: Σ d/Y of the event in a survival sample, else Aalen–Johansen's Σ S(u−)·d/Y; 1 − G(t)."""
    order, starts = sample.order, sample.tie_starts
    time, status, weight = sample.time[order], sample.status[order], sample.weight[order]
    leaving, ended = np.add.reduceat(weight, starts), np.add.reduceat(weight * (status > 0), starts)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if sample.entry is not None:
        entries = np.argsort(sample.entry, kind="stable")
        entered = np.concatenate([[0.0], np.cumsum(sample.weight[entries])])
        at_risk = at_risk - (entered[-1] - entered[np.searchsorted(sample.entry[entries], time[starts], side="left")])
    survival = _before(ended, at_risk) if sample.kind == "competing_risks" else np.ones(len(starts))
    uncensored = _before(leaving - ended, at_risk - ended)
    place = np.searchsorted(starts, np.arange(len(time)), side="right") - 1

    def accrual(rows: FloatArray, pace: FloatArray, risk_set: FloatArray) -> Accrual:
        here = np.flatnonzero((rows > 0) & (risk_set[place] > 0))
        steps = rows[here] * (pace / np.where(risk_set > 0, risk_set, 1.0))[place[here]]
        return Accrual(time[here], status[here], np.cumsum(steps))

    return Clocks(
        accrual(weight * (status == sample.cause), survival, at_risk),
        accrual(weight * ((status > 0) & (status != sample.cause)), survival, at_risk),
        accrual(weight * (status == 0), uncensored, at_risk - ended),
        sample.last_time,
    )


def _before(leaving: FloatArray, at_risk: FloatArray) -> FloatArray:
    """Kaplan–Meier just before each time."""
    share = np.divide(leaving, at_risk, out=np.zeros_like(at_risk), where=(leaving > 0) & (at_risk > 0))
    return np.concatenate([[1.0], np.cumprod(1 - np.minimum(share, 1.0))[:-1]])


def simulated_outcome(sample: CompetingRisksSample, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Time and status of every row, drawn as the module says."""
    observed = sample.memo("clocks", lambda: clocks(sample))
    event = _event_times(sample, observed.event, rng.random(len(sample)))
    censored = _censoring_times(sample, observed, rng.random(len(sample)))
    time, status = np.minimum(event, censored), np.where(event <= censored, sample.cause, 0)
    if len(observed.other.time):
        without = 1 - float(observed.event.at(np.array([sample.horizons[-1]]))[0])
        other, code = _other_ends(observed.other, max(without, 0.0) * rng.random(len(sample)))
        taken = np.isinf(event) & (other <= censored)
        time, status = np.where(taken, other, time), np.where(taken, code, status)
    if sample.entry is not None:
        time = np.maximum(time, np.nextafter(sample.entry, np.inf))
    return time, status


def _event_times(sample: CompetingRisksSample, clock: Accrual, u: FloatArray) -> FloatArray:
    """When F(t) of each patient's own risks reaches u; infinite where it does not by the last horizon."""
    edges = np.concatenate([[0.0], sample.horizons])
    risk = np.column_stack([np.zeros(len(u)), sample.risk])
    accrued = np.concatenate([[0.0], clock.at(edges[1:])])
    if sample.entry is not None:
        by_entry = _risk_by(sample, risk, edges, accrued, clock)
        u = by_entry + (1 - by_entry) * u
    interval = (u[:, None] > risk[:, 1:]).sum(axis=1)
    time = np.full(len(u), np.inf)
    rows = np.flatnonzero(interval < len(edges) - 1)
    k = interval[rows]
    share = _share(sample, u[rows], risk[rows, k], risk[rows, k + 1])
    ends = np.searchsorted(clock.time, edges, side="right")
    ends[0] = 0
    place = np.clip(clock.place(accrued[k] + share * np.diff(accrued)[k]), ends[k], np.maximum(ends[k + 1] - 1, 0))
    evenly = edges[k] + share * np.diff(edges)[k]  # where nobody was seen to have the event in between
    time[rows] = np.where(np.diff(accrued)[k] > 0, clock.time[place], evenly) if len(clock.time) else evenly
    return time


def _share(sample: CompetingRisksSample, u: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """How much of the interval's clock has run when the risk is u, which lies between those at the interval's ends."""
    linear = (u - low) / (high - low)
    if sample.kind == "competing_risks":
        return linear
    certain = high >= 1
    top = np.where(certain, u, high)
    return np.where(certain, linear, (np.log1p(-low) - np.log1p(-u)) / (np.log1p(-low) - np.log1p(-top)))


def _risk_by(
    sample: CompetingRisksSample, risk: FloatArray, edges: FloatArray, accrued: FloatArray, clock: Accrual
) -> FloatArray:
    """Each patient's risk by its own entry, between horizons as the clock runs."""
    entry = np.zeros(len(sample)) if sample.entry is None else sample.entry
    k = np.clip(np.searchsorted(edges, entry, side="right") - 1, 0, len(edges) - 2)
    rows, length = np.arange(len(entry)), np.diff(accrued)[k]
    evenly = (entry - edges[k]) / np.diff(edges)[k]
    run = np.divide(clock.at(entry) - accrued[k], length, out=evenly, where=length > 0)
    run, low, high = np.clip(run, 0, 1), risk[rows, k], risk[rows, k + 1]
    if sample.kind == "competing_risks":
        return np.asarray(low + run * (high - low), dtype=np.float64)
    kept = np.where(low < 1, (1 - high) / np.where(low < 1, 1 - low, 1.0), 1.0)  # of those without it at the start
    return np.asarray(1 - (1 - low) * kept**run, dtype=np.float64)


def _censoring_times(sample: CompetingRisksSample, observed: Clocks, v: FloatArray) -> FloatArray:
    """When 1 − G reaches v; the end of the longest follow-up where it never does."""
    if sample.entry is not None:
        by_entry = observed.censoring.at(sample.entry)
        v = by_entry + (1 - by_entry) * v
    times = np.append(observed.censoring.time, observed.end)
    return np.asarray(times[observed.censoring.place(v)], dtype=np.float64)


def _other_ends(clock: Accrual, incidence: FloatArray) -> tuple[FloatArray, IntArray]:
    """When the other causes' incidence reaches an amount, and which cause it is; infinite where it never does."""
    place = clock.place(incidence)
    times = np.asarray(np.append(clock.time, np.inf)[place], dtype=np.float64)
    return times, np.append(clock.status, 0)[place].astype(np.int64)
