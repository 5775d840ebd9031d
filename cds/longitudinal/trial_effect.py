"""The effect of a treatment: differences between arms as randomised, adjusted for the outcome before treatment."""

from __future__ import annotations

from math import exp, lgamma, sqrt
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_trial import CONTROL, TrialSample
from cds.longitudinal.trial_model import (
    ALTMAN,
    CLUSTERS,
    JUDGED,
    ancova,
    arm_columns,
    arm_term,
    clusters_in,
    compared,
    counted,
    counts,
    few_clusters,
    fit_rows,
    interval_of,
    only_numbers,
    refused,
    too_few,
)
from cds.stats.ancova import term_interval, welch
from cds.stats.intervals import wald
from cds.stats.newcombe import Proportion, newcombe

TO_TREAT = (
    "intention to treat: everyone in the arm as randomised, those without an outcome counted, never moved; without a "
    "visit at the primary one"
)


def treatment_effect(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """b of the arm in y = a + b·arm + c·baseline + d·covariates; of a binary outcome p₁ − p₀."""
    why = refused(sample, category, horizon)
    if why is not None:
        return why
    if sample.binary:
        (events, total), (others, rest) = risks(sample, category, horizon)
        return events / total - others / rest
    fit = ancova(sample, horizon)
    return fit if isinstance(fit, NotEstimable) else fit.value(arm_term(sample.position(category)))


def effect_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Student's t of the ANCOVA, CR2 with clusters; of a binary outcome Newcombe's, or CR2 of its linear model."""
    if not sample.binary:
        fit = ancova(sample, horizon)
        if isinstance(fit, NotEstimable):
            return fit
        return interval_of(sample, fit, arm_term(sample.position(category)), sample.observed(horizon), level)
    if sample.clustered:
        return plain_interval(sample, sample.at(horizon), compared(sample, category, horizon), category, level)
    return newcombe(*risks(sample, category, horizon), level)


def risks(sample: TrialSample, category: str, horizon: float | None) -> tuple[Proportion, Proportion]:
    """Events and patients with an outcome, in the arm and in the control."""
    event, seen = np.nan_to_num(sample.at(horizon)), sample.observed(horizon)
    found = []
    for k in (sample.position(category), CONTROL):
        rows = sample.inside(k) & seen
        found.append((float(sample.weight[rows] @ event[rows]), float(sample.weight[rows].sum())))
    return found[0], found[1]


def plain_interval(
    sample: TrialSample, outcome: FloatArray, rows: np.ndarray, category: str, level: float
) -> Interval | NotEstimable:
    """The cluster-robust interval of an unadjusted difference between two arms, from a regression on the arm."""
    few = few_clusters(sample, rows)
    if few is not None:
        return few
    term = arm_term(sample.position(category))
    fit = fit_rows(sample, {term: arm_columns(sample)[term]}, outcome, rows)
    if isinstance(fit, NotEstimable):
        return fit
    return term_interval(fit, term, level, clusters=clusters_in(sample, rows))


def means(sample: TrialSample, category: str, horizon: float | None) -> tuple[float, float]:
    """The mean outcome of the arm and of the control, of those with an outcome."""
    seen, found = sample.observed(horizon), []
    for k in (sample.position(category), CONTROL):
        rows = sample.inside(k) & seen
        found.append(float(sample.weight[rows] @ sample.at(horizon)[rows]) / float(sample.weight[rows].sum()))
    return found[0], found[1]


def effect_details(sample: TrialSample, *, category: str, horizon: float | None = None) -> dict[str, Any]:
    """Both arms' means (risks), how many were randomised, and how many of them have no outcome."""
    arm, control = means(sample, category, horizon)
    told: dict[str, Any] = {"mean_arm": arm, "mean_control": control, **counts(sample, category, horizon)}
    told |= too_few(sample, category, sample.observed(horizon))
    if not sample.binary and sample.baseline is not None:
        told["baseline_missing"] = round(float(sample.weight[np.isnan(sample.baseline)].sum()))
    return told


def unadjusted(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """ȳ₁ − ȳ₀."""
    why = only_numbers(sample) or refused(sample, category, horizon)
    if why is not None:
        return why
    arm, control = means(sample, category, horizon)
    return arm - control


def unadjusted_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Welch's t; with clusters the sandwich CR2."""
    rows = compared(sample, category, horizon)
    if sample.clustered:
        return plain_interval(sample, sample.at(horizon), rows, category, level)
    inside = sample.inside(CONTROL)
    return welch(sample.at(horizon)[rows & ~inside], sample.at(horizon)[rows & inside], level)


def hedges_g(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """J·(ȳ₁ − ȳ₀)/s, s the pooled standard deviation, J = Γ(ν/2)/(√(ν/2)·Γ((ν − 1)/2)) with ν = n₁ + n₀ − 2."""
    why = only_numbers(sample) or refused(sample, category, horizon)
    return why or standardised(sample, sample.at(horizon), category, horizon)


def standardised(sample: TrialSample, values: FloatArray, category: str, horizon: float | None) -> float | NotEstimable:
    """Hedges' g of any values of those whose outcome was observed."""
    seen, weight = sample.observed(horizon) & ~np.isnan(values), sample.weight
    n, mean, spread = [], [], 0.0
    for k in (sample.position(category), CONTROL):
        rows = sample.inside(k) & seen
        n.append(float(weight[rows].sum()))
        if n[-1] <= 0:
            return NotEstimable(f"no value is known in the arm {sample.arms[k]!r}")
        mean.append(float(weight[rows] @ values[rows]) / n[-1])
        spread += float(weight[rows] @ (values[rows] - mean[-1]) ** 2)
    df = sum(n) - 2
    if df <= 1 or spread <= 0:
        return NotEstimable("the arms' standard deviation is 0, or too few patients have an outcome")
    correction = exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)
    return correction * (mean[0] - mean[1]) / sqrt(spread / df)


def hedges_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Wald with the variance 1/n₁ + 1/n₀ + g²/(2(n₁ + n₀)), as metafor's escalc."""
    if sample.clustered:
        return NotEstimable("clusters were randomised, and this interval takes patients to be independent")
    seen = sample.observed(horizon)
    one = float((sample.inside(sample.position(category)) & seen).sum())
    other = float((sample.inside(CONTROL) & seen).sum())
    return wald(value, level, se=sqrt(1 / one + 1 / other + value**2 / (2 * (one + other))))


def hedges_details(sample: TrialSample, *, category: str, horizon: float | None = None) -> dict[str, Any]:
    """The same of the changes from baseline, where there is one: some papers report that; and an arm of few."""
    few = too_few(sample, category, sample.observed(horizon))
    if sample.baseline is None:
        return few
    found = standardised(sample, sample.at(horizon) - sample.baseline, category, horizon)
    return few if isinstance(found, NotEstimable) else {"of_changes": found, **few}


EFFECT = Measure(
    kind="trial",
    name="treatment_effect",
    family="longitudinal",
    label="Effect of treatment",
    compute=treatment_effect,
    interval=effect_interval,
    interval_name=f"Student's t of least squares; {CLUSTERS}; binary: Newcombe's hybrid score",
    parameters=("category", "horizon"),
    also_without_horizon=True,
    details=effect_details,
    counted=counted,
    in_unit=True,
    ideal=None,
    direction="target",
    formula="b in y = a + b·arm + c·baseline + d·covariates (all arms in one model); binary: p₁ − p₀",
    convention=f"{TO_TREAT}; a missing baseline takes the mean of all arms (White & Thompson 2005); {JUDGED}",
    source=f"{ALTMAN}; Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I; "
    "Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004",
)
UNADJUSTED = Measure(
    kind="trial",
    name="treatment_effect_unadjusted",
    family="longitudinal",
    label="Effect of treatment, unadjusted",
    compute=unadjusted,
    interval=unadjusted_interval,
    interval_name=f"Welch's t; {CLUSTERS}",
    parameters=("category", "horizon"),
    also_without_horizon=True,
    details=effect_details,
    counted=counted,
    in_unit=True,
    ideal=None,
    direction="target",
    formula="ȳ₁ − ȳ₀",
    convention=f"{TO_TREAT}; beside the adjusted effect, which is the primary one; {JUDGED}",
    source="Welch 1947, doi:10.1093/biomet/34.1-2.28",
)
STANDARDISED = Measure(
    kind="trial",
    name="standardized_effect",
    family="longitudinal",
    label="Standardised effect of treatment (Hedges' g)",
    compute=hedges_g,
    interval=hedges_interval,
    interval_name="Wald",
    parameters=("category", "horizon"),
    also_without_horizon=True,
    details=hedges_details,
    counted=counted,
    ideal=None,
    direction="target",
    formula="J·(ȳ₁ − ȳ₀)/s, s the pooled standard deviation of the outcome at the visit",
    convention=f"unadjusted; {JUDGED}; of the outcome, not of its change from baseline, which stands among the "
    "details. Depends on how alike the patients are: compare effects in the outcome's own unit first",
    source="Hedges 1981, doi:10.3102/10769986006002107",
)
