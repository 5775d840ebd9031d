"""Net benefit at a threshold: found patients, less the wrongly flagged at the threshold's exchange rate."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import wald
from cds.stats.per_category import each_category

SOURCE = "Vickers & Elkin 2006, doi:10.1177/0272989X06295361; Vickers 2008, doi:10.1186/1472-6947-8-53"
WALD = "Wald: sd of the per-patient contribution (n − 1) over √n"


def treating(sample: BinarySample, threshold: float) -> FloatArray:
    """What treating each patient is worth: 1 for an event, −t/(1 − t) for a non-event."""
    odds = threshold / (1 - threshold)
    return sample.rows_memo(("treating", threshold), lambda: sample.outcome - (1 - sample.outcome) * odds)


def contributions(sample: BinarySample, threshold: float) -> FloatArray:
    """What the model is worth per patient: treating when p ≥ t, else nothing."""
    return sample.rows_memo(("treated", threshold), lambda: (sample.risk >= threshold) * treating(sample, threshold))


def net_benefit(sample: BinarySample, threshold: float) -> float:
    """TP/n − FP/n·t/(1 − t), positive when p ≥ t."""
    return float(sample.weight @ contributions(sample, threshold)) / sample.total


def net_benefit_treat_all(sample: BinarySample, threshold: float) -> float:
    """prevalence − (1 − prevalence)·t/(1 − t)."""
    return sample.prevalence - (1 - sample.prevalence) * threshold / (1 - threshold)


def net_benefit_gain(sample: BinarySample, threshold: float) -> float:
    """Net benefit − max(treat all, treat none): is using the model better than not?

    A replicate compares with what is better in the full sample: the larger of two noisy values would favour them.
    """
    all_is_better = net_benefit_treat_all(sample.origin, threshold) > 0
    return net_benefit(sample, threshold) - (net_benefit_treat_all(sample, threshold) if all_is_better else 0.0)


def standardized_net_benefit(sample: BinarySample, threshold: float) -> float | NotEstimable:
    """Net benefit / prevalence: 1 is every event found and nobody wrongly flagged."""
    if sample.events == 0:
        return NotEstimable("no events")
    return net_benefit(sample, threshold) / sample.prevalence


def _mean_interval(each: FloatArray, value: float, level: float) -> Interval | NotEstimable:
    if len(each) < 2:
        return NotEstimable("fewer than two patients")
    return wald(value, level, se=float(np.std(each, ddof=1)) / len(each) ** 0.5)


def net_benefit_interval(sample: BinarySample, value: float, level: float, threshold: float) -> Interval | NotEstimable:
    """Wald from the per-patient contributions."""
    return _mean_interval(contributions(sample, threshold), value, level)


def treat_all_interval(sample: BinarySample, value: float, level: float, threshold: float) -> Interval | NotEstimable:
    """Wald from the per-patient contributions."""
    return _mean_interval(treating(sample, threshold), value, level)


def gain_interval(sample: BinarySample, value: float, level: float, threshold: float) -> Interval | NotEstimable:
    """Wald from the paired per-patient differences to the better of treat all and treat none."""
    better = treating(sample, threshold) if net_benefit_treat_all(sample, threshold) > 0 else 0.0
    return _mean_interval(contributions(sample, threshold) - better, value, level)


def net_benefit_influence(sample: BinarySample, threshold: float) -> FloatArray | NotEstimable:
    """The contributions about their mean, over √(n(n − 1))."""
    return of_a_mean(contributions(sample, threshold))


def gain_influence(sample: BinarySample, threshold: float) -> FloatArray | NotEstimable:
    """The paired differences to the better of treat all and treat none about their mean, over √(n(n − 1))."""
    better = treating(sample, threshold) if net_benefit_treat_all(sample, threshold) > 0 else 0.0
    return of_a_mean(contributions(sample, threshold) - better)


NET_BENEFIT = Measure(
    kind="binary",
    name="net_benefit",
    family="utility",
    label="Net benefit",
    compute=net_benefit,
    interval=net_benefit_interval,
    influence=net_benefit_influence,
    interval_name=WALD,
    parameters=("threshold",),
    ideal=None,
    direction="higher",
    formula="TP/n − FP/n·t/(1 − t)",
    convention="positive when p ≥ t",
    source=SOURCE,
)
NET_BENEFIT_TREAT_ALL = Measure(
    kind="binary",
    name="net_benefit_treat_all",
    family="utility",
    label="Net benefit of treating all",
    compute=net_benefit_treat_all,
    interval=treat_all_interval,
    interval_name=WALD,
    parameters=("threshold",),
    ideal=None,
    direction="none",
    formula="mean(y) − (1 − mean(y))·t/(1 − t)",
    source=SOURCE,
    refused_as_criterion="it describes the cohort, not the model; use net_benefit_gain",
)
NET_BENEFIT_GAIN = Measure(
    kind="binary",
    name="net_benefit_gain",
    family="utility",
    label="Net benefit gained by the model",
    compute=net_benefit_gain,
    interval=gain_interval,
    influence=gain_influence,
    interval_name="paired " + WALD,
    parameters=("threshold",),
    ideal=None,
    direction="higher",
    formula="net benefit − max(treat all, treat none)",
    convention="is using the model better than the better of treating everyone and no one? Paired within patients; the "
    "better one is taken as known, in the bootstrap too, which makes the gain slightly too small where both are alike",
    source=SOURCE,
)
STANDARDIZED_NET_BENEFIT = Measure(
    kind="binary",
    name="standardized_net_benefit",
    family="utility",
    label="Standardised net benefit",
    compute=standardized_net_benefit,
    parameters=("threshold",),
    ideal=1.0,
    direction="higher",
    formula="net benefit / mean(y)",
    source="Kerr 2016, doi:10.1200/JCO.2015.65.5654",
)
NET_BENEFIT_NOMINAL, NET_BENEFIT_ORDINAL = each_category(NET_BENEFIT)
NET_BENEFIT_TREAT_ALL_NOMINAL, NET_BENEFIT_TREAT_ALL_ORDINAL = each_category(NET_BENEFIT_TREAT_ALL)
NET_BENEFIT_GAIN_NOMINAL, NET_BENEFIT_GAIN_ORDINAL = each_category(NET_BENEFIT_GAIN)
