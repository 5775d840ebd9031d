"""The effect of a treatment from all visits at once: a mixed model for repeated measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_trial import TrialSample
from cds.longitudinal.trial_model import (
    JUDGED,
    adjustment,
    arm_columns,
    at_visit,
    few_clusters,
    only_numbers,
    too_few,
)
from cds.stats.ancova import independent, with_df
from cds.stats.intervals import wald
from cds.stats.random_intercept import MixedFit, fit_random_intercept


@dataclass(frozen=True, eq=False)
class VisitModel:
    """The fit, the names of its columns, and the patient (row of the sample) and visit of each measurement."""

    fit: MixedFit
    names: tuple[str, ...]
    design: FloatArray
    patient: IntArray
    visits: tuple[int, ...]


def visit_model(sample: TrialSample) -> VisitModel | NotEstimable:
    """y on visit, arm × visit, baseline × visit and covariates, with a random intercept per patient."""
    return sample.memo("visit_model", lambda: _fitted(sample))


def _fitted(sample: TrialSample) -> VisitModel | NotEstimable:
    seen = ~np.isnan(sample.outcome) & (sample.weight > 0)[:, None]
    visits = tuple(int(j) for j in np.flatnonzero(seen.any(axis=0)))
    if len(visits) < 2:
        return NotEstimable("there is one follow-up visit: a mixed model needs several, see treatment_effect")
    patient, visit = np.nonzero(seen)
    columns: dict[str, FloatArray] = {}
    arms, known = arm_columns(sample), adjustment(sample)
    for j in visits:
        here = (visit == j).astype(np.float64)
        columns[f"visit {j}"] = here
        columns.update({f"{name} at {j}": here * column[patient] for name, column in arms.items()})
        if "baseline" in known:
            columns[f"baseline at {j}"] = here * known["baseline"][patient]
    columns.update({name: column[patient] for name, column in known.items() if name != "baseline"})
    weights = None if sample.weights is None else sample.weights[patient]
    names = independent(columns, np.ones(len(patient)))
    design = np.column_stack([columns[name] for name in names])
    fit = fit_random_intercept(design, sample.outcome[patient, visit], patient.astype(np.int64), weights)
    if isinstance(fit, NotEstimable):
        return fit
    return VisitModel(fit, names, design, patient.astype(np.int64), visits)


def _contrast(
    sample: TrialSample, model: VisitModel, category: str, horizon: float | None
) -> FloatArray | NotEstimable:
    """The weights of the coefficients: the arm's term at one visit, or the mean of its terms over the visits."""
    if horizon is not None and horizon not in sample.visits:
        return NotEstimable(f"there is no follow-up visit {horizon:g}")
    at = list(model.visits) if horizon is None else [sample.visits.index(horizon)]
    terms = [f"arm {sample.position(category)} at {j}" for j in at]
    if not all(term in model.names for term in terms):
        return NotEstimable(f"no outcome was observed in one of the arms{at_visit(horizon)}")
    weights = np.zeros(len(model.names))
    weights[[model.names.index(term) for term in terms]] = 1 / len(terms)
    return weights


def mixed_effect(sample: TrialSample, *, category: str, horizon: float | None = None) -> float | NotEstimable:
    """The arm's effect at a visit, or its mean over all visits, every visit counting the same."""
    if category not in sample.categories:
        return NotEstimable(f"{category!r} is no arm beside the control")
    model = only_numbers(sample) or visit_model(sample)
    if isinstance(model, NotEstimable):
        return model
    weights = _contrast(sample, model, category, horizon)
    return weights if isinstance(weights, NotEstimable) else float(weights @ model.fit.coefficients)


def mixed_interval(
    sample: TrialSample, value: float, level: float, *, category: str, horizon: float | None = None
) -> Interval | NotEstimable:
    """Student's t with patients − coefficients of patients; with clusters a sandwich and clusters − 1."""
    model = visit_model(sample)
    if isinstance(model, NotEstimable):
        return model
    weights = _contrast(sample, model, category, horizon)
    if isinstance(weights, NotEstimable):
        return weights
    if sample.clustered:
        return _clustered(sample, model, weights, value, level)
    known = adjustment(sample)
    between = len(np.unique(sample.arm[model.patient])) + sum(name in model.names for name in known)
    df = model.fit.patients - between - ("baseline" in known)
    if df <= 0:
        return NotEstimable("fewer patients than the model has coefficients")
    se = float(np.sqrt(weights @ model.fit.covariance @ weights))
    return with_df(wald(value, level, se=se, df=df, method="REML, Student's t"), df)


def _clustered(
    sample: TrialSample, model: VisitModel, weights: FloatArray, value: float, level: float
) -> Interval | NotEstimable:
    """The sandwich with G/(G − 1) over the G clusters."""
    few = few_clusters(sample, np.isin(np.arange(len(sample)), model.patient))
    if few is not None:
        return few
    fit = model.fit
    ratio = fit.patient_variance / fit.residual_variance
    times = np.bincount(model.patient, minlength=len(sample))
    sums = np.bincount(model.patient, fit.residuals, minlength=len(sample))
    pulled = fit.residuals - (ratio * sums / (1 + ratio * times))[model.patient]  # V⁻¹e, times the residual variance
    _, place = np.unique(sample.patient_codes[model.patient], return_inverse=True)
    clusters = int(place.max()) + 1
    scores = np.zeros((clusters, len(model.names)))
    np.add.at(scores, place, model.design * pulled[:, None])
    bread = fit.covariance / fit.residual_variance
    covariance = bread @ (scores.T @ scores) @ bread * clusters / (clusters - 1)
    se, df = float(np.sqrt(weights @ covariance @ weights)), clusters - 1
    found = wald(value, level, se=se, df=df, method="REML, cluster-robust, Student's t")
    return with_df(found, df, clusters=clusters)


def mixed_counted(sample: TrialSample, *, category: str, horizon: float | None = None) -> TrialSample:
    """The patients of both arms who were seen at any visit."""
    seen = ~np.isnan(sample.outcome).all(axis=1) & (sample.weight > 0)
    both = sample.inside(0) | sample.inside(sample.position(category))
    return sample.where(np.asarray(seen & both))


def mixed_details(sample: TrialSample, *, category: str, horizon: float | None = None) -> dict[str, Any]:
    """The visits, the measurements, the two variances, and an arm of few patients seen (at that visit)."""
    model = visit_model(sample)
    if isinstance(model, NotEstimable):
        return {}
    seen = ~np.isnan(sample.outcome).all(axis=1) if horizon is None else sample.observed(horizon)
    few = too_few(sample, category, np.asarray(seen))
    variances = {
        "patient_variance": model.fit.patient_variance, "residual_variance": model.fit.residual_variance,
    }  # fmt: skip
    return {"visits": len(model.visits), "measurements": len(model.patient), **variances, **few}


MIXED = Measure(
    kind="trial",
    name="mixed_model_effect",
    family="longitudinal",
    label="Effect of treatment from all visits (mixed model)",
    compute=mixed_effect,
    interval=mixed_interval,
    interval_name="Student's t of REML; with clusters a sandwich over them, clusters − 1 degrees of freedom",
    parameters=("category", "horizon"),
    also_without_horizon=True,
    details=mixed_details,
    counted=mixed_counted,
    in_unit=True,
    ideal=None,
    direction="target",
    formula="b_t in y_t = a_t + b_t·arm + c_t·baseline + d·covariates + u + e; without a visit the mean of the b_t",
    convention=f"REML, random intercept per patient (nlme::lme); {JUDGED}. Everyone seen at any visit takes part: "
    "right where being missing depends only on what was observed. Degrees of freedom: patients − coefficients of "
    "patients",
    source="Laird & Ware 1982, doi:10.2307/2529876; Mallinckrodt 2008, doi:10.1177/009286150804200402",
)
