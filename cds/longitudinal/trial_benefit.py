"""Calibration for benefit: does a treatment help those most whom a model says it will? Secondary."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_trial import CONTROL, TrialSample
from cds.longitudinal.trial_model import (
    CLUSTERS,
    adjustment,
    arm_columns,
    arm_term,
    compared,
    fit_rows,
    interval_of,
    refused,
)
from cds.stats.ancova import LinearFit

BENEFIT = "benefit"
SECONDARY = (
    "calibration for benefit is secondary: nobody's own benefit is ever observed, and it rests on an interaction, "
    "which needs many more patients than the effect itself; judge treatment_effect"
)
SOURCE = (
    "Efthimiou 2023, doi:10.1002/sim.9665; van Klaveren 2018, doi:10.1016/j.jclinepi.2017.10.021; Maas 2023, "
    "doi:10.1186/s12874-023-01974-w"
)


def predicted(sample: TrialSample, category: str) -> FloatArray | NotEstimable:
    """The benefit predicted from the arm instead of the control, shape (n,), NaN where missing."""
    if sample.benefit is None:
        return NotEstimable("the protocol names no predicted benefit")
    column = sample.benefit[:, sample.position(category) - 1]
    if np.isnan(column).all():
        return NotEstimable("the protocol names no predicted benefit of this arm")
    return np.asarray(column)


def with_benefit(sample: TrialSample, category: str, horizon: float | None) -> BoolArray | NotEstimable:
    """Rows of both arms with an outcome and a predicted benefit."""
    why = refused(sample, category, horizon)
    found = predicted(sample, category) if why is None else why
    if isinstance(found, NotEstimable):
        return found
    rows = compared(sample, category, horizon) & ~np.isnan(found)
    for k in (CONTROL, sample.position(category)):
        if not (rows & sample.inside(k)).any():
            return NotEstimable(f"nobody in the arm {sample.arms[k]!r} has an outcome and a predicted benefit")
    return np.asarray(rows)


def slope_fit(sample: TrialSample, category: str, horizon: float | None) -> LinearFit | NotEstimable:
    """s·y on arm, predicted benefit, arm × predicted benefit, baseline and covariates; s = 1 where higher is better."""
    rows = with_benefit(sample, category, horizon)
    benefit = predicted(sample, category) if not isinstance(rows, NotEstimable) else rows
    if isinstance(rows, NotEstimable) or isinstance(benefit, NotEstimable):
        return rows if isinstance(rows, NotEstimable) else NotEstimable("no predicted benefit")
    known = np.nan_to_num(benefit)
    term = arm_term(sample.position(category))
    arm = arm_columns(sample)[term]
    columns = {term: arm, BENEFIT: known, f"{term} × benefit": arm * known, **adjustment(sample)}
    return fit_rows(sample, columns, sample.sign * sample.at(horizon), rows)


def large_fit(sample: TrialSample, category: str, horizon: float | None) -> LinearFit | NotEstimable:
    """s·y less the predicted benefit of those treated, on arm, baseline and covariates."""
    rows = with_benefit(sample, category, horizon)
    benefit = predicted(sample, category) if not isinstance(rows, NotEstimable) else rows
    if isinstance(rows, NotEstimable) or isinstance(benefit, NotEstimable):
        return rows if isinstance(rows, NotEstimable) else NotEstimable("no predicted benefit")
    term = arm_term(sample.position(category))
    arm = arm_columns(sample)[term]
    outcome = sample.sign * sample.at(horizon) - arm * np.nan_to_num(benefit)
    return fit_rows(sample, {term: arm, **adjustment(sample)}, outcome, rows)


def benefit_slope(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """b of arm × predicted benefit: 1 where a predicted point of benefit is a point."""
    fit = slope_fit(sample, category, horizon)
    return fit if isinstance(fit, NotEstimable) else fit.value(f"{arm_term(sample.position(category))} × benefit")


def benefit_large(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """Mean observed less mean predicted benefit: the arm's effect on s·y − arm·predicted benefit."""
    fit = large_fit(sample, category, horizon)
    return fit if isinstance(fit, NotEstimable) else fit.value(arm_term(sample.position(category)))


def slope_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Of the interaction."""
    fit, rows = slope_fit(sample, category, horizon), with_benefit(sample, category, horizon)
    if isinstance(fit, NotEstimable) or isinstance(rows, NotEstimable):
        return fit if isinstance(fit, NotEstimable) else NotEstimable("no predicted benefit")
    return interval_of(sample, fit, f"{arm_term(sample.position(category))} × benefit", rows, level)


def large_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Of the arm's term."""
    fit, rows = large_fit(sample, category, horizon), with_benefit(sample, category, horizon)
    if isinstance(fit, NotEstimable) or isinstance(rows, NotEstimable):
        return fit if isinstance(fit, NotEstimable) else NotEstimable("no predicted benefit")
    return interval_of(sample, fit, arm_term(sample.position(category)), rows, level)


def benefit_counted(sample: TrialSample, *, category: str, horizon: float | None = None) -> TrialSample:
    """Both arms' patients with an outcome and a predicted benefit."""
    rows = with_benefit(sample, category, horizon)
    if isinstance(rows, NotEstimable):
        raise TypeError(rows.reason)
    return sample.where(rows)


def _measure(name: str, label: str, **more: Any) -> Measure:
    shared: dict[str, Any] = {
        "kind": "trial", "family": "longitudinal", "parameters": ("category", "horizon"), "direction": "target",
        "also_without_horizon": True, "counted": benefit_counted, "refused_as_criterion": SECONDARY, "source": SOURCE,
        "interval_name": f"Student's t of least squares; binary: HC2; {CLUSTERS}",
    }  # fmt: skip
    return Measure(name=name, label=label, **shared, **more)


SLOPE = _measure(
    "benefit_calibration_slope",
    "Calibration for benefit: slope",
    compute=benefit_slope,
    interval=slope_interval,
    ideal=1.0,
    formula="b in s·y = … + a·arm + c·B + b·arm·B + d·baseline, B the predicted benefit, s = −1 where lower is better",
    convention="arm against control; by regression, without matching patients into pairs",
)
IN_THE_LARGE = _measure(
    "benefit_calibration_in_the_large",
    "Calibration for benefit in the large",
    compute=benefit_large,
    interval=large_interval,
    ideal=0.0,
    in_unit=True,
    formula="a in s·y − arm·B = … + a·arm + d·baseline, B the predicted benefit: observed less predicted",
    convention="arm against control; above 0: the benefit was larger than predicted",
)
