"""Net benefit at a threshold by a horizon: events by then, by Kaplan–Meier, less the wrongly flagged."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_times import SurvivalSample
from cds.stats.end_of_follow_up import refused_after_an_early_end, refused_after_the_end
from cds.stats.intervals import wald
from cds.stats.kaplan_meier import kaplan_meier, risk_table

SOURCE = "Vickers 2008, doi:10.1186/1472-6947-8-53; Vickers & Elkin 2006, doi:10.1177/0272989X06295361"
WALD = "Wald, from each patient's influence on the Kaplan–Meier estimate and on the share flagged"
ENDS_AT_ZERO = (
    "Kaplan–Meier falls to 0 by the horizon, as when the few left at risk have the event: its error is not known"
)
TREATED = "Kaplan–Meier among those with risk ≥ t; nobody above it: 0"


def flagged(sample: SurvivalSample, threshold: float) -> SurvivalSample | None:
    """The sample in which only those with risk ≥ t at its horizon have weight; None where nobody has."""

    def make() -> SurvivalSample | None:
        weights = sample.weight * (sample.risk_now >= threshold)
        return sample.reweight(weights) if weights.any() else None

    return sample.memo(("flagged", threshold), make)


def survival_at(sample: SurvivalSample, of: str) -> float | NotEstimable:
    """Kaplan–Meier at the horizon; a reason where it is not 0 already and no follow-up of those patients reaches it."""
    horizon = sample.horizon
    if horizon is None:
        raise TypeError("the sample looks at no horizon; use at(horizon)")
    survival, refusal = float(kaplan_meier(sample).at(horizon)), refused_after_the_end(sample)
    if survival == 0:
        refusal = refused_after_an_early_end(sample)
    if refusal is None:
        return survival
    return NotEstimable(f"{of}{refusal.reason}")


def net_benefit(sample: SurvivalSample, horizon: float, threshold: float) -> float | NotEstimable:
    """f·(1 − S) − f·S·t/(1 − t): f is the share with risk ≥ t, S their Kaplan–Meier at the horizon; 0 without any."""
    sample = sample.at(horizon)
    refusal, some = refused_after_the_end(sample), flagged(sample, threshold)
    if refusal is not None:
        return refusal
    if some is None:
        return 0.0
    survival = survival_at(some, f"among those with risk ≥ {threshold:g} ")
    if isinstance(survival, NotEstimable):
        return survival
    return some.total / sample.total * (1 - survival / (1 - threshold))


def net_benefit_treat_all(sample: SurvivalSample, horizon: float, threshold: float) -> float | NotEstimable:
    """1 − S − S·t/(1 − t) with everyone's Kaplan–Meier."""
    sample = sample.at(horizon)
    refusal = refused_after_the_end(sample)
    return refusal or 1 - float(kaplan_meier(sample).at(horizon)) / (1 - threshold)


def net_benefit_gain(sample: SurvivalSample, horizon: float, threshold: float) -> float | NotEstimable:
    """Net benefit − max(treat all, treat none): is using the model better than not?

    A replicate compares with what is better in the full sample: the larger of two noisy values would favour them.
    """
    model, everyone = net_benefit(sample, horizon, threshold), net_benefit_treat_all(sample, horizon, threshold)
    if isinstance(model, NotEstimable):
        return model
    if isinstance(everyone, NotEstimable):
        return everyone
    return model - (everyone if _all_is_better(sample, horizon, threshold) else 0.0)


def _all_is_better(sample: SurvivalSample, horizon: float, threshold: float) -> bool:
    everyone = net_benefit_treat_all(sample.origin, horizon, threshold)
    return not isinstance(everyone, NotEstimable) and everyone > 0


def survival_influence(sample: SurvivalSample, horizon: float) -> FloatArray:
    """What each row adds to the error of Kaplan–Meier at the horizon, the infinitesimal jackknife.

    Without delayed entry the squares sum to Greenwood's variance; with it they are R's survfit(robust = TRUE).
    −S·Σ over u ≤ t of (dN(u) − Y(u)·d/Y) / (Y − d), the influence function in its discrete form, unweighted rows of
    weight 1 only. Reid 1981, doi:10.1214/aos/1176345331.
    """
    table, survival = risk_table(sample), float(kaplan_meier(sample).at(horizon))
    left = np.where(table.time <= horizon, table.at_risk - table.ended, 0.0)
    step = np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)
    hazard = np.divide(table.ended, table.at_risk, out=np.zeros_like(left), where=table.at_risk > 0)
    met = np.concatenate([[0.0], np.cumsum(hazard * step)])
    end = np.searchsorted(table.time, sample.time)
    own = sample.is_event * step[end] - met[end + 1]
    if sample.entry is not None:
        own = own + met[np.searchsorted(table.time, sample.entry, side="right")]
    return np.asarray(-survival * sample.weight * own, dtype=np.float64)


def net_benefit_influence(sample: SurvivalSample, horizon: float, threshold: float) -> FloatArray | NotEstimable:
    """(flagged − f)·(1 − S/(1 − t))/n − f/(1 − t)·(influence on S among the flagged)."""
    sample = sample.at(horizon)
    value, some = net_benefit(sample, horizon, threshold), flagged(sample, threshold)
    if isinstance(value, NotEstimable):
        return value
    if some is None:
        return np.zeros(len(sample))
    share = some.total / sample.total
    of_share = (some.weight - share) * (value / share) / sample.total
    return of_share - share / (1 - threshold) * survival_influence(some, horizon)


def treat_all_influence(sample: SurvivalSample, horizon: float, threshold: float) -> FloatArray | NotEstimable:
    """−1/(1 − t) times the influence on Kaplan–Meier."""
    refusal = refused_after_the_end(sample.at(horizon))
    return refusal or -survival_influence(sample.at(horizon), horizon) / (1 - threshold)


def gain_influence(sample: SurvivalSample, horizon: float, threshold: float) -> FloatArray | NotEstimable:
    """The paired difference of the model's terms and those of the better of treat all and treat none."""
    model = net_benefit_influence(sample, horizon, threshold)
    everyone = treat_all_influence(sample, horizon, threshold)
    if isinstance(model, NotEstimable) or isinstance(everyone, NotEstimable):
        return model
    return model - everyone if _all_is_better(sample, horizon, threshold) else model


Influence = Callable[[SurvivalSample, float, float], FloatArray | NotEstimable]


def _interval(influence: Influence) -> Callable[..., Interval | NotEstimable]:
    def interval(
        sample: SurvivalSample, value: float, level: float, horizon: float, threshold: float
    ) -> Interval | NotEstimable:
        """Wald from the influence terms."""
        if _ends_at_zero(sample.at(horizon), threshold):
            return NotEstimable(ENDS_AT_ZERO)
        terms = influence(sample, horizon, threshold)
        return terms if isinstance(terms, NotEstimable) else wald(value, level, se=sqrt(float(terms @ terms)))

    return interval


def _ends_at_zero(sample: SurvivalSample, threshold: float) -> bool:
    """Whether Kaplan–Meier of everybody, or of those flagged, is 0 at the horizon though not all of them were seen.

    Where all were followed from the start to the event, nothing is estimated but the share flagged.
    """
    for part in (sample, flagged(sample, threshold)):
        if part is None or float(kaplan_meier(part).at(sample.horizon or 0.0)) > 0:
            continue
        unseen = (part.status == 0) & (part.time < (sample.horizon or 0.0)) & (part.weight > 0)
        if part.entry is not None or unseen.any():
            return True
    return False


net_benefit_interval = _interval(net_benefit_influence)

NET_BENEFIT = Measure(
    kind="survival",
    name="net_benefit",
    family="utility",
    label="Net benefit",
    compute=net_benefit,
    interval=net_benefit_interval,
    influence=net_benefit_influence,
    interval_name=WALD,
    parameters=("horizon", "threshold"),
    ideal=None,
    direction="higher",
    formula="f·(1 − S) − f·S·t/(1 − t), f the share with risk ≥ t, S their Kaplan–Meier",
    convention=TREATED,
    source=SOURCE,
)
NET_BENEFIT_TREAT_ALL = Measure(
    kind="survival",
    name="net_benefit_treat_all",
    family="utility",
    label="Net benefit of treating all",
    compute=net_benefit_treat_all,
    interval=_interval(treat_all_influence),
    interval_name="Wald, from each patient's influence on the Kaplan–Meier estimate (Greenwood's variance)",
    parameters=("horizon", "threshold"),
    ideal=None,
    direction="none",
    formula="1 − S − S·t/(1 − t), S everyone's Kaplan–Meier",
    source=SOURCE,
    refused_as_criterion="it describes the cohort, not the model; use net_benefit_gain",
)
NET_BENEFIT_GAIN = Measure(
    kind="survival",
    name="net_benefit_gain",
    family="utility",
    label="Net benefit gained by the model",
    compute=net_benefit_gain,
    interval=_interval(gain_influence),
    influence=gain_influence,
    interval_name="paired " + WALD,
    parameters=("horizon", "threshold"),
    ideal=None,
    direction="higher",
    formula="net benefit − max(treat all, treat none)",
    convention=TREATED + ". Is using the model better than the better of treating everyone and no one? Paired within "
    "patients; the better one is taken as known, in the bootstrap too, which makes the gain slightly too small where "
    "both are alike",
    source=SOURCE,
)
