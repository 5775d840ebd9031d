"""Calibration of a continuous outcome: the mean error, and the line of observed on predicted values."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_kinds import ContinuousSample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import wald
from cds.stats.least_squares import LeastSquaresFit, fit_least_squares, flat, weighted_mean
from cds.stats.per_visit import each_visit

SOURCE = (
    "Steyerberg, Clinical Prediction Models, 2nd ed. 2019, ch. 15, doi:10.1007/978-3-030-16399-0; "
    "Archer 2021, doi:10.1002/sim.8766"
)
LINE = (
    "ordinary least squares; Student's t with n − 2 degrees of freedom and the standard error of R's lm, which takes "
    "the scatter about the line to be the same everywhere; an error without that assumption (HC3) stands in details"
)
FEWEST = 3
CERTAIN = 1 - 1e-12  # a leverage of 1: the row's own residual is 0 whatever it is


def calibration_in_the_large(sample: ContinuousSample) -> float:
    """mean(y − ŷ): above 0 the predictions are too low on average."""
    return weighted_mean(sample, sample.observed - sample.predicted)


def in_the_large_interval(sample: ContinuousSample, value: float, level: float) -> Interval | NotEstimable:
    """value ± t·sd/√n, as R's ``t.test`` of the differences."""
    n = len(sample)
    if n < 2:
        return NotEstimable("fewer than two patients")
    errors = sample.observed - sample.predicted
    return wald(value, level, se=float(np.std(errors, ddof=1)) / n**0.5, method="student t", df=n - 1)


def in_the_large_influence(sample: ContinuousSample) -> FloatArray | NotEstimable:
    """The errors about their mean, over √(n(n − 1))."""
    return of_a_mean(sample.observed - sample.predicted)


def line(sample: ContinuousSample) -> LeastSquaresFit | NotEstimable:
    """y = a + b·ŷ by least squares: coefficients (a, b)."""

    def make() -> LeastSquaresFit | NotEstimable:
        design = sample.rows_memo("line_design", lambda: np.vstack([np.ones(len(sample)), sample.predicted]))
        return flat(sample) or fit_least_squares(design, sample.observed, sample.weights)

    return sample.memo("line", make)


def calibration_slope(sample: ContinuousSample) -> float | NotEstimable:
    """b of y = a + b·ŷ."""
    return _coefficient(sample, 1)


def calibration_intercept(sample: ContinuousSample) -> float | NotEstimable:
    """a of y = a + b·ŷ."""
    return _coefficient(sample, 0)


def slope_interval(sample: ContinuousSample, value: float, level: float) -> Interval | NotEstimable:
    """b ± t·se, n − 2 degrees of freedom."""
    return _interval(sample, value, level, 1)


def intercept_interval(sample: ContinuousSample, value: float, level: float) -> Interval | NotEstimable:
    """a ± t·se, n − 2 degrees of freedom."""
    return _interval(sample, value, level, 0)


def slope_details(sample: ContinuousSample) -> dict[str, Any]:
    """The slope's standard error where the scatter may differ along the line."""
    return _robust(sample, 1)


def intercept_details(sample: ContinuousSample) -> dict[str, Any]:
    """The intercept's standard error where the scatter may differ along the line."""
    return _robust(sample, 0)


def line_terms(sample: ContinuousSample, k: int) -> FloatArray | NotEstimable:
    """(XᵀX)⁻¹xᵢeᵢ of coefficient k times √(n/(n − 2)): the squares sum to White's variance HC1, shape (n,)."""
    fit, n = line(sample), len(sample)
    if isinstance(fit, NotEstimable):
        return fit
    if n < FEWEST:
        return NotEstimable("two rows always lie on a line: no degree of freedom is left")
    design = np.vstack([np.ones(n), sample.predicted])
    bread = np.linalg.inv(design @ design.T)
    residual = sample.observed - fit.coefficients @ design
    return np.asarray((bread @ design)[k] * residual * np.sqrt(n / (n - 2)))


def _coefficient(sample: ContinuousSample, k: int) -> float | NotEstimable:
    fit = line(sample)
    return fit if isinstance(fit, NotEstimable) else float(fit.coefficients[k])


def _interval(sample: ContinuousSample, value: float, level: float, k: int) -> Interval | NotEstimable:
    fit = line(sample)
    if isinstance(fit, NotEstimable):
        return fit
    if len(sample) < FEWEST:
        return NotEstimable("two patients always lie on a line: no degree of freedom is left")
    return wald(value, level, se=fit.se(k), method="student t", df=fit.df)


def _robust(sample: ContinuousSample, k: int) -> dict[str, Any]:
    """HC3 of coefficient k. MacKinnon & White 1985, doi:10.1016/0304-4076(85)90158-7."""
    fit = line(sample)
    if isinstance(fit, NotEstimable) or not sample.analytic or len(sample) < FEWEST:
        return {}
    design = np.vstack([np.ones(len(sample)), sample.predicted])
    inverse = np.linalg.inv(design @ design.T)
    leverage = np.einsum("kn,kl,ln->n", design, inverse, design)
    if leverage.max() > CERTAIN:
        return {}
    residual = (sample.observed - fit.coefficients @ design) / (1 - leverage)
    meat = (design * residual**2) @ design.T
    return {"se_hc3": float(np.sqrt((inverse @ meat @ inverse)[k, k]))}


IN_THE_LARGE = Measure(
    kind="continuous",
    name="calibration_in_the_large",
    family="calibration",
    label="Calibration-in-the-large",
    compute=calibration_in_the_large,
    interval=in_the_large_interval,
    influence=in_the_large_influence,
    interval_name="Student's t: sd of the errors (n − 1) over √n",
    ideal=0.0,
    direction="target",
    in_unit=True,
    formula="mean(y − ŷ)",
    convention="observed − predicted: above 0 the predictions are too low on average",
    source=SOURCE,
)
SLOPE = Measure(
    kind="continuous",
    name="calibration_slope",
    family="calibration",
    label="Calibration slope",
    compute=calibration_slope,
    interval=slope_interval,
    interval_name="Student's t, n − 2 degrees of freedom",
    details=slope_details,
    ideal=1.0,
    direction="target",
    formula="b of y = a + b·ŷ",
    convention=LINE,
    source=SOURCE,
)
INTERCEPT = Measure(
    kind="continuous",
    name="calibration_intercept",
    family="calibration",
    label="Calibration intercept",
    compute=calibration_intercept,
    interval=intercept_interval,
    interval_name="Student's t, n − 2 degrees of freedom",
    details=intercept_details,
    ideal=0.0,
    direction="target",
    in_unit=True,
    formula="a of y = a + b·ŷ",
    convention=f"{LINE}. It is the line's height at a prediction of 0, often far from any patient: read it with the "
    "slope, and calibration-in-the-large for the mean",
    source=SOURCE,
)
IN_THE_LARGE_REPEATED = each_visit(IN_THE_LARGE, terms=in_the_large_influence)
SLOPE_REPEATED = each_visit(SLOPE, terms=partial(line_terms, k=1))
INTERCEPT_REPEATED = each_visit(INTERCEPT, terms=partial(line_terms, k=0))
