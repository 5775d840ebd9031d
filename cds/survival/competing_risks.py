"""Observed over expected with competing events: the share that had the event by the horizon against the mean risk."""

from __future__ import annotations

from typing import Any

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import cumulative_incidence, incidence_influence, incidence_se
from cds.stats.end_of_follow_up import refused_after_the_end
from cds.stats.intervals import wald


def observed_expected(sample: CompetingRisksSample, horizon: float) -> float | NotEstimable:
    """Aalen–Johansen at the horizon over the mean risk; not estimable where no follow-up reaches it."""
    view = sample.at(horizon)
    refused = refused_after_the_end(view)
    if refused:
        return refused
    expected = _mean_risk(view)
    if expected <= 0:
        return NotEstimable("no events are expected: every risk is 0")
    return cumulative_incidence(view, horizon) / expected


def observed_expected_interval(
    sample: CompetingRisksSample, value: float, level: float, horizon: float
) -> Interval | NotEstimable:
    """On the log scale, se of log(O/E) = se(F)/F by the infinitesimal jackknife."""
    view = sample.at(horizon)
    incidence = cumulative_incidence(view, horizon)
    if incidence <= 0:
        return NotEstimable(f"no events by {view.span}")
    relative = incidence_se(view, horizon) / incidence
    return wald(value, level, scale_se=relative, scale="log", method="wald on log, infinitesimal jackknife")


def observed_expected_influence(sample: CompetingRisksSample, horizon: float) -> FloatArray | NotEstimable:
    """The jackknife terms of Aalen–Johansen over the mean risk, shape (n,)."""
    view = sample.at(horizon)
    refused = refused_after_the_end(view)
    expected = _mean_risk(view)
    if refused or expected <= 0:
        return refused or NotEstimable("no events are expected: every risk is 0")
    return view.weight * incidence_influence(view, horizon) / expected


def observed_expected_details(sample: CompetingRisksSample, horizon: float) -> dict[str, Any]:
    """The cumulative incidence, its error, and the mean risk."""
    view = sample.at(horizon)
    if refused_after_the_end(view):
        return {}
    shown: dict[str, Any] = {
        "cumulative_incidence": cumulative_incidence(view, horizon),
        "cumulative_incidence_se": incidence_se(view, horizon),
        "mean_risk": _mean_risk(view),
    }
    if sample.entry is not None:
        shown["delayed_entry"] = "those at risk at a time entered before it"
    return shown


def _mean_risk(view: CompetingRisksSample) -> float:
    return float(view.weight @ view.risk_now) / view.total


OBSERVED_EXPECTED = Measure(
    kind="competing_risks",
    name="observed_expected",
    family="calibration",
    label="Observed / expected events",
    compute=observed_expected,
    interval=observed_expected_interval,
    influence=observed_expected_influence,
    interval_name="Wald on the log scale, se of log(O/E) = se(F)/F by the infinitesimal jackknife",
    details=observed_expected_details,
    parameters=("horizon",),
    scale="log",
    ideal=1.0,
    direction="target",
    formula="F(t) / mean risk at t, F the Aalen–Johansen estimate",
    convention="F counts those whom another event took as never having this one (1 − Kaplan–Meier with the other event "
    "as censoring would be larger); the mean risk is taken as known; with delayed entry those at risk entered before",
    source="Aalen & Johansen 1978, Scand J Stat 5:141–150; van Geloven 2022, doi:10.1136/bmj-2021-069249",
)
