"""What the numbers of a trial share: who is compared, what the outcome is adjusted for, and why there is no number."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_trial import CONTROL, TrialSample
from cds.stats.ancova import LinearFit, fit_linear, term_interval

INTERCEPT, BASELINE = "intercept", "baseline"
ALTMAN = "Vickers & Altman 2001, doi:10.1136/bmj.323.7321.1123"
FEWEST = 10  # patients whose outcome is known in either arm: with fewer, one arm's spread stands for both
JUDGED = f"told, but not judged, with fewer than {FEWEST} patients with an outcome in either arm"
CLUSTERS = "with clusters the sandwich CR2 with Satterthwaite's degrees of freedom"


def arm_term(k: int) -> str:
    """The name of an arm's term in a regression."""
    return f"arm {k}"


def refused(sample: TrialSample, category: str, horizon: float | None) -> NotEstimable | None:
    """Why nothing can be told of an arm at a visit; None where something can."""
    if category not in sample.categories:
        return NotEstimable(f"{category!r} is no arm beside the control")
    if horizon is not None and horizon not in sample.visits:
        return NotEstimable(f"there is no follow-up visit {horizon:g}")
    for k in (CONTROL, sample.position(category)):
        if not (sample.observed(horizon) & sample.inside(k)).any():
            return NotEstimable(f"no outcome was observed in the arm {sample.arms[k]!r}{at_visit(horizon)}")
    return None


def at_visit(horizon: float | None) -> str:
    """The visit, for a message."""
    return "" if horizon is None else f" at visit {horizon:g}"


def compared(sample: TrialSample, category: str, horizon: float | None) -> BoolArray:
    """Rows of the arm and of the control whose outcome was observed."""
    both = sample.inside(sample.position(category)) | sample.inside(CONTROL)
    return np.asarray(both & sample.observed(horizon))


def counted(sample: TrialSample, *, category: str, horizon: float | None = None) -> TrialSample:
    """The patients that a comparison rests on: both arms, outcome observed."""
    return sample.where(compared(sample, category, horizon))


def adjustment(sample: TrialSample) -> dict[str, FloatArray]:
    """Baseline and the covariates of the randomisation as columns, shape (n,) each."""
    columns: dict[str, FloatArray] = {}
    if sample.baseline_filled is not None:
        columns[BASELINE] = sample.baseline_filled
    if sample.covariates is not None:
        columns.update({f"covariate {j}": column for j, column in enumerate(sample.covariates.T)})
    return columns


def arm_columns(sample: TrialSample) -> dict[str, FloatArray]:
    """A 0/1 column for each arm other than the control."""
    return {arm_term(k): sample.inside(k).astype(np.float64) for k in range(1, len(sample.arms))}


def fit_rows(
    sample: TrialSample, columns: dict[str, FloatArray], outcome: FloatArray, rows: BoolArray
) -> LinearFit | NotEstimable:
    """Least squares of the outcome on these columns in these rows, an intercept before them."""
    part = {INTERCEPT: np.ones(int(rows.sum())), **{name: column[rows] for name, column in columns.items()}}
    return fit_linear(part, outcome[rows], None if sample.weights is None else sample.weights[rows])


def ancova(sample: TrialSample, horizon: float | None) -> LinearFit | NotEstimable:
    """The outcome at a visit on all arms, baseline and covariates, in everyone whose outcome was observed."""

    def make() -> LinearFit | NotEstimable:
        columns = {**arm_columns(sample), **adjustment(sample)}
        return fit_rows(sample, columns, sample.at(horizon), sample.observed(horizon))

    return sample.memo(("ancova", sample.column(horizon)), make)


def clusters_in(sample: TrialSample, rows: BoolArray) -> IntArray | None:
    """The clusters' codes of these rows where clusters were randomised."""
    return sample.patient_codes[rows] if sample.clustered else None


def interval_of(
    sample: TrialSample, fit: LinearFit, term: str, rows: BoolArray, level: float
) -> Interval | NotEstimable:
    """A term's interval: cluster-robust where clusters were randomised, HC2 of a binary outcome, else the usual one."""
    clusters = clusters_in(sample, rows)
    if clusters is not None:
        few = few_clusters(sample, rows)
        if few is not None:
            return few
    return term_interval(fit, term, level, clusters=clusters, robust=sample.binary)


def few_clusters(sample: TrialSample, rows: BoolArray) -> NotEstimable | None:
    """Why clusters tell too little: an arm with one of them does not show how much clusters differ."""
    for k in np.unique(sample.arm[rows]):
        if len(np.unique(sample.patient_codes[rows & sample.inside(int(k))])) < 2:
            return NotEstimable(
                f"the arm {sample.arms[int(k)]!r} has one cluster: the data do not show how much clusters differ"
            )
    return None


def only_numbers(sample: TrialSample) -> NotEstimable | None:
    """Why a measure of means does not apply to a binary outcome."""
    if sample.binary:
        return NotEstimable("the outcome is binary: treatment_effect is the difference of its risks")
    return None


def too_few(sample: TrialSample, category: str, known: BoolArray) -> dict[str, Any]:
    """A detail that keeps a verdict from an effect with few patients in an arm; ``known`` tells whose outcome is."""
    for k in (CONTROL, sample.position(category)):
        n = int((sample.inside(k) & known & (sample.weight > 0)).sum())
        if n < FEWEST:
            has = f"{n} patient{'s' if n != 1 else ''} with an outcome"
            why = f"the arm {sample.arms[k]!r} has {has}, fewer than the {FEWEST} an effect is judged on"
            return {"descriptive": why}
    return {}


def counts(sample: TrialSample, category: str, horizon: float | None) -> dict[str, Any]:
    """Randomised and without an outcome, in the arm and in the control."""
    told: dict[str, Any] = {}
    for name, k in (("arm", sample.position(category)), ("control", CONTROL)):
        inside, seen = sample.inside(k), sample.observed(horizon)
        told[f"randomised_{name}"] = round(float(sample.weight[inside].sum()))
        told[f"without_outcome_{name}"] = round(float(sample.weight[inside & ~seen].sum()))
    return told
