"""Does the effect of a treatment depend on the predicted risk, or on the group? Interactions, never effects apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.sample_trial import CONTROL, TrialSample
from cds.longitudinal.trial_effect import effect_interval, treatment_effect
from cds.longitudinal.trial_model import (
    CLUSTERS,
    adjustment,
    arm_columns,
    arm_term,
    clusters_in,
    compared,
    few_clusters,
    fit_rows,
    interval_of,
    refused,
)
from cds.stats.ancova import LinearFit, WaldTest, joint_test
from cds.stats.intervals import weighted_quantiles

FIFTHS_FROM = 250  # patients; below, quarters
RISK = "risk"


def _with_risk(sample: TrialSample, horizon: float | None) -> BoolArray:
    """Rows with an outcome and a predicted risk."""
    if sample.risk is None:
        raise TypeError("a trial without predicted risks has no effect by risk")
    return np.asarray(sample.observed(horizon) & ~np.isnan(sample.risk))


def standard_risk(sample: TrialSample, horizon: float | None) -> FloatArray | NotEstimable:
    """The risk in standard deviations about its mean, over those analysed (of the full sample, in a replicate)."""
    if sample.risk is None:
        return NotEstimable("the protocol names no predicted risk")
    full = sample.origin
    rows = _with_risk(full, horizon)
    w, risk = full.weight[rows], sample.risk
    if w.sum() <= 1:
        return NotEstimable("fewer than two patients have an outcome and a predicted risk")
    mean = float(w @ risk[rows]) / float(w.sum())
    spread = float(np.sqrt(w @ (risk[rows] - mean) ** 2 / (w.sum() - 1)))
    if not spread > 1e-12 * max(abs(mean), 1e-12):
        return NotEstimable("every predicted risk is the same")
    return np.asarray((risk - mean) / spread)


def risk_fit(sample: TrialSample, horizon: float | None) -> LinearFit | NotEstimable:
    """y on arms, risk, arm × risk, baseline and covariates."""

    def make() -> LinearFit | NotEstimable:
        z = standard_risk(sample, horizon)
        if isinstance(z, NotEstimable):
            return z
        arms = arm_columns(sample)
        columns = {**arms, RISK: z, **{f"{name} × risk": column * z for name, column in arms.items()}}
        return fit_rows(sample, {**columns, **adjustment(sample)}, sample.at(horizon), _with_risk(sample, horizon))

    return sample.memo(("risk_fit", sample.column(horizon)), make)


def effect_by_risk(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """b of arm × risk: by how much the effect changes per standard deviation of the predicted risk."""
    why = refused(sample, category, horizon)
    fit = risk_fit(sample, horizon) if why is None else why
    return fit if isinstance(fit, NotEstimable) else fit.value(f"{arm_term(sample.position(category))} × risk")


def by_risk_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Student's t of the interaction; HC2 of a binary outcome; CR2 with clusters."""
    fit = risk_fit(sample, horizon)
    if isinstance(fit, NotEstimable):
        return fit
    term = f"{arm_term(sample.position(category))} × risk"
    return interval_of(sample, fit, term, _with_risk(sample, horizon), level)


def by_risk_details(sample: TrialSample, *, category: str, horizon: float | None = None) -> dict[str, Any]:
    """How many with an outcome have no predicted risk."""
    if sample.risk is None:
        return {}
    rows = compared(sample, category, horizon)
    return {"without_risk": round(float(sample.weight[rows & np.isnan(sample.risk)].sum()))}


def by_risk_counted(sample: TrialSample, *, category: str, horizon: float | None = None) -> TrialSample:
    """Both arms' patients with an outcome and a predicted risk."""
    return sample.where(np.asarray(compared(sample, category, horizon) & _with_risk(sample, horizon)))


def risk_test(sample: TrialSample, horizon: float | None) -> WaldTest | NotEstimable:
    """Whether the effect of any arm depends on the predicted risk."""
    fit = risk_fit(sample, horizon)
    if isinstance(fit, NotEstimable):
        return fit
    names = [f"{name} × risk" for name in arm_columns(sample)]
    return _tested(sample, fit, names, _with_risk(sample, horizon))


def _tested(sample: TrialSample, fit: LinearFit, names: list[str], rows: BoolArray) -> WaldTest | NotEstimable:
    if sample.weights is not None:
        return NotEstimable("the patients are weighted: the test would take them to be as many as their weights")
    if sample.clustered:
        few = few_clusters(sample, rows)
        if few is not None:
            return few
    return joint_test(fit, names, clusters=clusters_in(sample, rows), robust=sample.binary)


def group_test(sample: TrialSample, group: NDArray[np.str_], horizon: float | None) -> WaldTest | NotEstimable:
    """Whether the effect of any arm differs between groups: R's ``anova(lm(y ~ arm + g), lm(y ~ arm * g))``."""
    rows = sample.observed(horizon)
    levels = np.unique(group[rows])
    if len(levels) < 2:
        return NotEstimable("the patients with an outcome are all in one group")
    dummies = {f"group {j}": (group == level).astype(np.float64) for j, level in enumerate(levels) if j}
    arms = arm_columns(sample)
    crossed = {f"{a} × {g}": arms[a] * dummies[g] for a in arms for g in dummies}
    fit = fit_rows(sample, {**arms, **dummies, **adjustment(sample), **crossed}, sample.at(horizon), rows)
    if isinstance(fit, NotEstimable):
        return fit
    return _tested(sample, fit, list(crossed), rows)


def risk_groups(sample: TrialSample, horizon: float | None) -> tuple[IntArray, int] | NotEstimable:
    """The fifth (quarter, with fewer than 250 patients) of predicted risk of each row, from 0; −1 without one."""
    if sample.risk is None:
        return NotEstimable("the protocol names no predicted risk")
    return in_groups(sample.risk, _with_risk(sample, horizon), sample.weight)


def in_groups(values: FloatArray, rows: BoolArray, weight: FloatArray) -> tuple[IntArray, int] | NotEstimable:
    """Each row's place among groups of equal size by value, none empty, and how many there are; ties stay together."""
    if not rows.any():
        return NotEstimable("nobody has an outcome and a prediction")
    wanted = 5 if float(weight[rows].sum()) >= FIFTHS_FROM else 4
    edges = weighted_quantiles(values[rows], weight[rows], [k / wanted for k in range(1, wanted)])
    cut = np.searchsorted(np.unique(edges), np.nan_to_num(values), side="left")
    found, inside = np.unique(cut[rows], return_inverse=True)
    place = np.full(len(rows), -1, dtype=np.int64)
    place[rows] = inside
    return place, len(found)


def effect_within(sample: TrialSample, rows: BoolArray, category: str, horizon: float | None, level: float) -> Result:
    """The effect of an arm among some of the patients, with its interval where there is one."""
    part = sample.where(rows)
    if not len(part):
        return NotEstimable("nobody is in this group")
    value = treatment_effect(part, category=category, horizon=horizon)
    if isinstance(value, NotEstimable):
        return value
    interval: Interval | NotEstimable = NotEstimable("the patients are weighted: there is no analytic interval")
    if part.analytic:
        interval = effect_interval(part, value, level, category=category, horizon=horizon)
    n = round(float(part.weight[compared(part, category, horizon)].sum()))
    return Estimate(value, interval, "identity", n)


def arms_in(sample: TrialSample, rows: BoolArray, category: str) -> tuple[int, int]:
    """How many patients of these rows are in the arm and in the control."""
    inside = (sample.inside(sample.position(category)), sample.inside(CONTROL))
    first, second = (round(float(sample.weight[rows & one].sum())) for one in inside)
    return first, second


BY_RISK = Measure(
    kind="trial",
    name="effect_by_risk",
    family="longitudinal",
    label="Change of the effect with predicted risk",
    compute=effect_by_risk,
    interval=by_risk_interval,
    interval_name=f"Student's t of the interaction; binary: HC2; {CLUSTERS}",
    parameters=("category", "horizon"),
    also_without_horizon=True,
    details=by_risk_details,
    counted=by_risk_counted,
    in_unit=True,
    ideal=None,
    direction="target",
    formula="b in y = … + a·arm + c·risk + b·arm·risk + d·baseline + e·covariates, risk in standard deviations",
    convention="per standard deviation of the predicted risk (or score) among those analysed; exploratory unless the "
    "protocol has a criterion on it. A binary outcome: on the scale of risk differences",
    source="Kent 2020 (PATH statement), doi:10.7326/M18-3667; Brookes 2004, doi:10.1016/j.jclinepi.2003.08.009",
)
