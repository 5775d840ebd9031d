"""Net benefit with competing events: at the horizon, by the cumulative incidence among those who would be treated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import CompetingRisksSample
from cds.stats.aalen_johansen import cumulative_incidence, incidence_influence
from cds.stats.end_of_follow_up import refused_after_an_early_end, refused_after_the_end
from cds.stats.intervals import wald
from cds.stats.kaplan_meier import kaplan_meier

SOURCE = "Vickers 2008, doi:10.1186/1472-6947-8-53; Vickers & Elkin 2006, doi:10.1177/0272989X06295361"
INTERVAL = "Wald by the infinitesimal jackknife of the share treated and of their cumulative incidence"


def net_benefit(sample: CompetingRisksSample, horizon: float, threshold: float) -> float | NotEstimable:
    """f·F − f·(1 − F)·t/(1 − t): f the share with risk ≥ t, F their cumulative incidence; 0 where nobody has."""
    view = sample.at(horizon)
    treated = _treated(view, threshold)
    refused = refused_after_the_end(view) or _refused(treated)
    return refused or _worth(treated, threshold) * treated.total / view.total


def net_benefit_treat_all(sample: CompetingRisksSample, horizon: float, threshold: float) -> float | NotEstimable:
    """F − (1 − F)·t/(1 − t), F the cumulative incidence of all."""
    view = sample.at(horizon)
    return refused_after_the_end(view) or _worth(view, threshold)


def net_benefit_gain(sample: CompetingRisksSample, horizon: float, threshold: float) -> float | NotEstimable:
    """Net benefit − max(treat all, treat none): is using the model better than not?

    A replicate compares with what is better in the full sample: the larger of two noisy values would favour them.
    """
    model, everybody = net_benefit(sample, horizon, threshold), net_benefit_treat_all(sample, horizon, threshold)
    if isinstance(model, NotEstimable) or isinstance(everybody, NotEstimable):
        return model if isinstance(model, NotEstimable) else everybody
    return model - (everybody if _all_is_better(sample, horizon, threshold) else 0.0)


def net_benefit_influence(sample: CompetingRisksSample, horizon: float, threshold: float) -> FloatArray | NotEstimable:
    """Jackknife terms, shape (n,): (1(treated) − f)·worth/n + f·∂worth of the treated."""
    value = net_benefit(sample, horizon, threshold)
    if isinstance(value, NotEstimable):
        return value
    view = sample.at(horizon)
    treated = _treated(view, threshold)
    inside = view.risk_now >= threshold
    share = (inside * _worth(treated, threshold) - value) / view.total
    own = np.where(inside, incidence_influence(treated, horizon), 0.0) / (1 - threshold)
    terms: FloatArray = view.weight * (share + own * treated.total / view.total)
    return terms


def treat_all_influence(sample: CompetingRisksSample, horizon: float, threshold: float) -> FloatArray | NotEstimable:
    """Jackknife terms of the cumulative incidence, over 1 − t, shape (n,)."""
    view = sample.at(horizon)
    refused = refused_after_the_end(view)
    return refused or view.weight * incidence_influence(view, horizon) / (1 - threshold)


def gain_influence(sample: CompetingRisksSample, horizon: float, threshold: float) -> FloatArray | NotEstimable:
    """The paired difference of the terms to those of the better of treat all and treat none."""
    model = net_benefit_influence(sample, horizon, threshold)
    everybody = treat_all_influence(sample, horizon, threshold)
    if isinstance(model, NotEstimable) or isinstance(everybody, NotEstimable):
        return model
    return model - everybody if _all_is_better(sample, horizon, threshold) else model


def _treated(view: CompetingRisksSample, threshold: float) -> CompetingRisksSample:
    """The sample with no weight but of those with risk ≥ t."""
    inside = view.rows_memo(("treated", threshold), lambda: (view.risk_now >= threshold).astype(np.float64))
    return view.memo(("treated", threshold), lambda: view.reweight(view.weight * inside))


def _refused(treated: CompetingRisksSample) -> NotEstimable | None:
    """The reason where some of the treated are still without any event when the last of them is lost, too early."""
    early = refused_after_an_early_end(treated) if treated.total else None
    if early is not None:
        return NotEstimable(f"among those with a risk at or above the threshold, {early.reason}")
    if not treated.total or treated.last_time >= (treated.horizon or 0.0) or not kaplan_meier(treated).value[-1]:
        return None
    return NotEstimable(
        f"no follow-up of those with a risk at or above the threshold reaches {treated.span}; it ends at "
        f"{treated.last_time:g}"
    )


def _worth(treated: CompetingRisksSample, threshold: float) -> float:
    """What treating one of them is worth: F − (1 − F)·t/(1 − t); 0 where there is nobody."""
    if not treated.total:
        return 0.0
    incidence = cumulative_incidence(treated, treated.horizon or 0.0)
    return incidence - (1 - incidence) * threshold / (1 - threshold)


def _all_is_better(sample: CompetingRisksSample, horizon: float, threshold: float) -> bool:
    everybody = net_benefit_treat_all(sample.origin, horizon, threshold)
    return not isinstance(everybody, NotEstimable) and everybody > 0


def _interval_by(influence: Callable[..., FloatArray | NotEstimable]) -> Callable[..., Interval | NotEstimable]:
    def interval(
        sample: CompetingRisksSample, value: float, level: float, horizon: float, threshold: float
    ) -> Interval | NotEstimable:
        """Wald, by the squares of the jackknife terms."""
        terms = influence(sample, horizon, threshold)
        return terms if isinstance(terms, NotEstimable) else wald(value, level, se=float(np.sqrt(terms @ terms)))

    return interval


net_benefit_interval = _interval_by(net_benefit_influence)

NET_BENEFIT = Measure(
    kind="competing_risks",
    name="net_benefit",
    family="utility",
    label="Net benefit",
    compute=net_benefit,
    interval=net_benefit_interval,
    influence=net_benefit_influence,
    interval_name=INTERVAL,
    parameters=("horizon", "threshold"),
    ideal=None,
    direction="higher",
    formula="f·F − f·(1 − F)·t/(1 − t): f the share with risk ≥ t, F their Aalen–Johansen estimate at the horizon",
    convention="positive when the risk ≥ t; nobody above it: 0. Those whom another event took count as not having the "
    "event: treating them was in vain",
    source=SOURCE,
)
NET_BENEFIT_TREAT_ALL = Measure(
    kind="competing_risks",
    name="net_benefit_treat_all",
    family="utility",
    label="Net benefit of treating all",
    compute=net_benefit_treat_all,
    interval=_interval_by(treat_all_influence),
    influence=treat_all_influence,
    interval_name="Wald by the infinitesimal jackknife of the cumulative incidence",
    parameters=("horizon", "threshold"),
    ideal=None,
    direction="none",
    formula="F − (1 − F)·t/(1 − t), F the Aalen–Johansen estimate at the horizon",
    source=SOURCE,
    refused_as_criterion="it describes the cohort, not the model; use net_benefit_gain",
)
NET_BENEFIT_GAIN = Measure(
    kind="competing_risks",
    name="net_benefit_gain",
    family="utility",
    label="Net benefit gained by the model",
    compute=net_benefit_gain,
    interval=_interval_by(gain_influence),
    influence=gain_influence,
    interval_name="paired Wald by the infinitesimal jackknife",
    parameters=("horizon", "threshold"),
    ideal=None,
    direction="higher",
    formula="net benefit − max(treat all, treat none)",
    convention="is using the model better than the better of treating everyone and no one? Paired within patients; the "
    "better one is taken as known, in the bootstrap too, which makes the gain slightly too small where both are alike",
    source=SOURCE,
)
