"""The trend of calibration-in-the-large over time: do outcomes drift away from the predictions, year by year?"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.study import Study
from cds.drift.windows import Dates
from cds.stats.intervals import t_quantile, two_sided_p, wald
from cds.stats.logistic import fit_logistic
from cds.stats.pooling import pooled_interval, rubin
from cds.stats.replicates import JACKKNIFE

TREND = "trend_per_year"
DAYS = 365.25
MEASURE = "calibration_in_the_large"


def trends(study: Study, dates: Dates, *, one_window: bool) -> Iterator[Finding]:
    """The change per year of calibration-in-the-large, overall or by category."""
    if MEASURE not in study.measures:
        return
    years = (dates - dates.min()).astype(np.float64) / DAYS
    parameters = study.measures[MEASURE].parameters
    categories = getattr(study.sample, "categories", ()) if "category" in parameters else (None,)
    for category in categories:
        result: Result
        if one_window:
            result = NotEstimable("all patients fall into one calendar window")
        elif not study.sample.shows_prevalence:
            result = NotEstimable("a case-control design fixes the share of events at every time")
        else:
            views = [_view(sample, category) for sample in study.samples]
            sites = list(study.sites.values()) if len(study.sites) > 1 else []
            found = [_clustered(view, years, sites) if sites else _slope(view, years) for view in views]
            result = _pooled(found, views[0], study.settings.level, sites=len(sites))
        yield Finding(MEASURE, "drift", result, analysis=TREND, category=category)


def _view(sample: Sample, category: str | None) -> Sample:
    return sample.one_vs_rest(category) if category and isinstance(sample, NominalSample) else sample


def _slope(sample: Sample, years: FloatArray) -> tuple[float, float] | NotEstimable:
    """The change per year and its standard error."""
    if isinstance(sample, BinarySample):
        return logistic_trend(sample, years)
    if isinstance(sample, ContinuousSample):
        return linear_trend(sample, years)
    return NotEstimable("this outcome has no trend of calibration-in-the-large")


def _clustered(sample: Sample, years: FloatArray, sites: list[BoolArray]) -> tuple[float, float] | NotEstimable:
    """The change per year, its standard error from leaving out one site at a time.

    (k − 1)/k·Σ(b₍₋ⱼ₎ − b)², as for every other number: MacKinnon, Nielsen & Webb 2023,
    doi:10.1016/j.jeconom.2022.04.001.
    """
    whole, left_out = _slope(sample, years), []
    if isinstance(whole, NotEstimable):
        return whole
    for inside in sites:
        part = _slope(sample.where(~inside), years[~inside])
        if isinstance(part, NotEstimable):
            return NotEstimable(f"without one of the sites: {part.reason}")
        left_out.append(part[0])
    k = len(sites)
    return whole[0], sqrt((k - 1) / k * float(((np.array(left_out) - whole[0]) ** 2).sum()))


def logistic_trend(sample: BinarySample, years: FloatArray) -> tuple[float, float] | NotEstimable:
    """b of logit P(y) = a + b·years + offset(logit p) with its standard error.

    The error is model-based, and where rows are weighted or patients have several a sandwich clustered by patient.
    """
    keep = sample.off_boundary & (sample.weight > 0)
    part, time = sample.where(keep), years[keep]
    if not part.has_both_classes:
        return NotEstimable("only one outcome class")
    design = np.vstack([np.ones(len(part)), time])
    fit = fit_logistic(design, part.outcome, weights=part.weights, offset=part.logit)
    if isinstance(fit, NotEstimable):
        return fit
    if part.analytic:
        return float(fit.coefficients[1]), fit.se(1)
    return float(fit.coefficients[1]), _sandwich(design, part.outcome - fit.fitted, fit.covariance, part)


def linear_trend(sample: ContinuousSample, years: FloatArray) -> tuple[float, float] | NotEstimable:
    """b of observed − predicted = a + b·years by least squares, with a sandwich error clustered by patient."""
    design, w = np.vstack([np.ones(len(sample)), years]), sample.weight
    residual = sample.observed - sample.predicted
    bread = np.asarray(np.linalg.inv((design * w) @ design.T), dtype=np.float64)
    found = bread @ (design @ (w * residual))
    return float(found[1]), _sandwich(design, residual - found @ design, bread, sample)


def _sandwich(design: FloatArray, residual: FloatArray, bread: FloatArray, sample: Sample) -> float:
    """Cluster-robust standard error of the second coefficient, patients being the clusters."""
    _, place = np.unique(sample.patient_codes, return_inverse=True)
    scores = np.stack([np.bincount(place, row * sample.weight * residual) for row in design])
    return sqrt(float((bread @ scores @ scores.T @ bread)[1, 1]))


def _pooled(found: list[tuple[float, float] | NotEstimable], sample: Sample, level: float, *, sites: int) -> Result:
    """One trend: the only one, or pooled over imputations; with sites on Student's t with sites − 1 degrees."""
    good: list[tuple[float, float]] = []
    for one in found:
        if isinstance(one, NotEstimable):
            return one
        good.append(one)
    n, events = len(sample), sample.events
    counted, told = None if events is None else round(events), _without_logit(sample)
    if len(good) == 1:
        value, se = good[0]
        interval: Interval | NotEstimable = wald(value, level, se=se)
        if sites and isinstance(interval, Interval):
            half = t_quantile(level, sites - 1) * se
            interval = Interval(value - half, value + half, level, JACKKNIFE, se, se, {"sites": sites, "df": sites - 1})
        if se > 0 and not sites:
            told["p_value"] = two_sided_p(value / se)
        return Estimate(value, interval, "identity", n, counted, told)
    independent = sites or len(np.unique(sample.patient_codes))
    merged = rubin([g[0] for g in good], [g[1] ** 2 for g in good], independent=independent)
    return Estimate(merged.mean, pooled_interval(merged, level, "identity"), "identity", n, counted, told)


def _without_logit(sample: Sample) -> dict[str, Any]:
    """What was left out or clipped because a risk of exactly 0 or 1 has no logit; nothing where none is."""
    if not isinstance(sample, BinarySample) or not sample.on_boundary:
        return {}
    if sample.clip:
        return {"clipped": sample.clipped}
    count = int(sample.on_boundary)
    told = f"{count} risks of exactly 0 or 1 have no logit and were left out, which flatters a bad model"
    return {"left_out": count, "descriptive": told}
