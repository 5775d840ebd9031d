"""Curves of a continuous outcome: observed on predicted values, errors, and the coverage of prediction intervals.

Every point stands for a bin of patients: a report that leaves the clinic shows no single one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cds.calibration.prediction_interval import covered
from cds.core.arrays import FloatArray, IntArray
from cds.core.finding import Curve
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_kinds import ContinuousSample
from cds.core.study import Study
from cds.stats.bins import bins
from cds.stats.intervals import t_quantile, weighted_quantiles, wilson
from cds.stats.least_squares import fit_least_squares
from cds.stats.smoothing import FEWEST_DISTINCT, FEWEST_KNOTS, LOESS_LIMIT, LOESS_SPAN, loess, lowess
from cds.stats.splines import five_knots, restricted_cubic

POINTS = 101
MIDDLE = (0.1, 0.9)  # of the errors of a bin: quantiles further out would be single patients
BARS = 24
AGREEMENT = 1.96
MEANS = ("predicted", "observed", "low", "high", "n")


def curves(study: Study, sample: ContinuousSample) -> Iterator[Curve]:
    """Everything that is drawn of a continuous outcome."""
    unit = getattr(study.protocol.outcome, "unit", "") if study.protocol else ""
    unit = unit or (study.card.unit if study.card else "")
    fewest = study.small_cell
    yield binned(sample, study.settings.level, fewest, unit)
    smooth = smoothed(sample, study.settings.smoother, study.settings.level, unit)
    if not isinstance(smooth, NotEstimable):
        yield smooth
    yield errors_by_prediction(sample, study.settings.level, fewest, unit)
    yield error_distribution(sample, fewest, unit)
    if sample.low is not None:
        yield coverage_by_prediction(sample, study.settings.level, fewest, unit)
    for attribute in dict.fromkeys(str(subgroup.attribute) for subgroup in study.groups):
        yield from by_group(study, sample, attribute, fewest, unit)


def smoothed(sample: ContinuousSample, smoother: str, level: float, unit: str) -> Curve | NotEstimable:
    """Mean observed value along the predictions by the protocol's smoother; least squares on a spline for ``rcs``.

    Only ``rcs`` has a band: pointwise, Student's t, the scatter taken to be the same everywhere. The line ends at
    the 1 % and 99 % quantiles of the predictions, so that it shows no single patient.
    """
    x, y = sample.predicted, sample.observed
    present = sample.weight > 0
    if len(np.unique(x[present])) < FEWEST_DISTINCT:
        return NotEstimable("too few distinct predictions for a curve")
    ends = weighted_quantiles(x, sample.weights, [0.01, 0.99])
    grid = np.linspace(ends[0], ends[1], POINTS)
    fitted = spline(sample, grid, level) if smoother == "rcs" else _local(sample, grid, smoother)
    if isinstance(fitted, NotEstimable):
        return fitted
    has_band = bool(np.isfinite(fitted[1]).any())
    band = "pointwise t interval" if has_band else "no interval is drawn for this smoother or weighting"
    return Curve(
        "value_smooth", "calibration", "Observed and predicted values, smoothed",
        {"predicted": grid, "observed": fitted[0], "low": fitted[1], "high": fitted[2]},
        x_label=_with_unit("Predicted value", unit), y_label=_with_unit("Observed value", unit),
        note=f"smoother {smoother}; {band}", facts={"n": len(y), "level": level, "unit": unit},
    )  # fmt: skip


def spline(
    sample: ContinuousSample, grid: FloatArray, level: float
) -> tuple[FloatArray, FloatArray, FloatArray] | NotEstimable:
    """Least squares on a restricted cubic spline of the prediction, with the bounds of the mean, at each of ``grid``.

    The knots are the binary smoother's: five at the .05 .275 .5 .725 .95 quantiles of the predictions.
    """
    knots = five_knots(sample.predicted, sample.weights)
    if len(knots) < FEWEST_KNOTS:
        return NotEstimable("too few distinct predictions for a spline: its knots coincide")

    def design(x: FloatArray) -> FloatArray:
        return np.vstack([np.ones(len(x)), restricted_cubic(x, knots)])

    fit = fit_least_squares(design(sample.predicted), sample.observed, sample.weights)
    if isinstance(fit, NotEstimable):
        return fit
    at = design(grid)
    observed = fit.coefficients @ at
    if not (sample.analytic and fit.df > 0):
        return observed, *_no_band(grid)
    half = t_quantile(level, fit.df) * np.sqrt(np.einsum("kn,kl,ln->n", at, fit.covariance, at))
    return observed, observed - half, observed + half


def _local(
    sample: ContinuousSample, grid: FloatArray, smoother: str
) -> tuple[FloatArray, FloatArray, FloatArray] | NotEstimable:
    if sample.weights is not None and (sample.weights != np.round(sample.weights)).any():
        return NotEstimable("local regression has no convention for fractional weights; use the smoother rcs")
    counts = sample.weight.astype(np.int64)
    order = np.argsort(sample.predicted, kind="stable")
    x, y = (np.repeat(values[order], counts[order]) for values in (sample.predicted, sample.observed))
    if smoother == "lowess":
        fitted = lowess(x, y)
        at, first = np.unique(x, return_index=True)
        means = np.add.reduceat(fitted, first) / np.diff(np.r_[first, len(x)])
        return np.interp(grid, at, means), *_no_band(grid)
    window = int(LOESS_SPAN * len(x) + 1e-5)
    if len(x) > LOESS_LIMIT or window < FEWEST_KNOTS + 1:
        return NotEstimable("loess needs between 6 and 10,000 patients")
    return loess(x, y, grid, window), *_no_band(grid)


def _no_band(grid: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.full(len(grid), np.nan), np.full(len(grid), np.nan)


def binned(sample: ContinuousSample, level: float, fewest: int, unit: str) -> Curve:
    """Mean predicted and mean observed value in tenths of the prediction, with the mean's t interval."""
    return Curve(
        "value_bins", "calibration", "Observed and predicted values",
        _columns(_means(sample, level, fewest), MEANS),
        x_label=_with_unit("Predicted value", unit), y_label=_with_unit("Observed value", unit),
        note=f"each point is the mean of at least {fewest} patients with similar predictions",
        facts={"n": len(sample), "level": level, "unit": unit},
    )  # fmt: skip


def _means(sample: ContinuousSample, level: float, fewest: int) -> list[tuple[float, ...]]:
    return [
        (_mean(sample, r, sample.predicted), *_mean_interval(sample, r, sample.observed, level), _size(sample, r))
        for r in bins(sample.predicted, sample.weights, fewest=fewest)
    ]


def by_group(study: Study, sample: ContinuousSample, attribute: str, fewest: int, unit: str) -> Iterator[Curve]:
    """The same means in each group of an attribute; a group of fewer than ``fewest`` rows is left out."""
    rows, names = [], []
    for subgroup, mask in study.groups.items():
        if subgroup.attribute == attribute and mask.sum() >= fewest:
            means = _means(sample.where(mask), study.settings.level, fewest)
            rows += means
            names += [str(subgroup.level)] * len(means)
    if rows:
        yield Curve(
            "value_bins_by_group", "fairness", f"Observed and predicted values by {attribute}",
            {"group": np.array(names), **_columns(rows, MEANS)},
            x_label=_with_unit("Predicted value", unit), y_label=_with_unit("Observed value", unit),
            note=f"each point is the mean of at least {fewest} patients with similar predictions",
            facts={"by": attribute, "level": study.settings.level, "unit": unit},
        )  # fmt: skip


def errors_by_prediction(sample: ContinuousSample, level: float, fewest: int, unit: str) -> Curve:
    """Mean error in tenths of the prediction with the middle 80 % of errors; facts hold the limits of agreement.

    Bland & Altman 1986, doi:10.1016/S0140-6736(86)90837-8; against the prediction rather than the mean of both,
    which is what a reader of a prediction has.
    """
    errors = sample.observed - sample.predicted
    rows = []
    for r in bins(sample.predicted, sample.weights, fewest=fewest):
        spread = weighted_quantiles(errors[r], None if sample.weights is None else sample.weights[r], MIDDLE)
        rows.append((_mean(sample, r, sample.predicted), *_mean_interval(sample, r, errors, level), *spread, r))
    columns = _columns([(*row[:-1], _size(sample, row[-1])) for row in rows],
                       ("predicted", "error", "low", "high", "q10", "q90", "n"))  # fmt: skip
    mean = float(sample.weight @ errors) / sample.total
    sd = float(np.sqrt(sample.weight @ (errors - mean) ** 2 / max(sample.total - 1, 1)))
    facts = {"mean": mean, "sd": sd, "agreement_low": mean - AGREEMENT * sd, "agreement_high": mean + AGREEMENT * sd}
    return Curve(
        "value_errors", "calibration", "Errors by predicted value", columns,
        x_label=_with_unit("Predicted value", unit), y_label=_with_unit("Observed − predicted", unit),
        note="limits of agreement",
        facts={**facts, "n": len(sample), "level": level, "unit": unit},
    )  # fmt: skip


def error_distribution(sample: ContinuousSample, fewest: int, unit: str) -> Curve:
    """Share of patients by size of the error, in bars that each hold enough patients."""
    errors = sample.observed - sample.predicted
    present = sample.weight > 0
    edges = np.unique(np.histogram_bin_edges(errors[present], bins=BARS))
    edges = _joined(edges, np.histogram(errors[present], edges)[0], fewest)
    weights = np.histogram(errors, edges, weights=sample.weight)[0]
    quantiles = weighted_quantiles(errors, sample.weights, [0.1, 0.25, 0.5, 0.75, 0.9])
    named = dict(zip(("q10", "q25", "median", "q75", "q90"), quantiles.tolist(), strict=True))
    return Curve(
        "value_error_distribution", "calibration", "How large the errors are",
        {"left": edges[:-1], "right": edges[1:], "share": weights / sample.total},
        x_label=_with_unit("Observed − predicted", unit), y_label="Patients",
        note=f"the area of a bar is its share of the patients; bars are joined until each holds {fewest} or more",
        facts={**named, "n": len(errors), "unit": unit},
    )  # fmt: skip


def _joined(edges: FloatArray, counts: IntArray, fewest: int) -> FloatArray:
    """The edges of bars that each hold at least ``fewest`` rows, joined from the left; what is left joins the last."""
    kept, held = [float(edges[0])], 0
    for edge, count in zip(edges[1:], counts, strict=True):
        held += int(count)
        if held >= fewest:
            kept.append(float(edge))
            held = 0
    if len(kept) == 1:
        return edges[[0, -1]]
    kept[-1] = float(edges[-1])
    return np.array(kept)


def coverage_by_prediction(sample: ContinuousSample, level: float, fewest: int, unit: str) -> Curve:
    """Share of observed values inside their prediction interval in tenths of the prediction, with Wilson intervals."""
    inside = covered(sample)
    if isinstance(inside, NotEstimable) or sample.low is None or sample.high is None:
        raise TypeError("the sample has no prediction intervals")
    width, rows = sample.high - sample.low, []
    for r in bins(sample.predicted, sample.weights, fewest=fewest):
        total, hits = _size(sample, r), float(sample.weight[r] @ inside[r])
        found = wilson(hits, total, level) if sample.analytic else None
        bounds = (found.low, found.high) if isinstance(found, Interval) else (np.nan, np.nan)
        rows.append((_mean(sample, r, sample.predicted), hits / total, *bounds, _mean(sample, r, width), total))
    return Curve(
        "interval_coverage", "calibration", "Do the prediction intervals hold what they promise?",
        _columns(rows, ("predicted", "coverage", "low", "high", "mean_width", "n")),
        x_label=_with_unit("Predicted value", unit), y_label="Share of outcomes inside",
        note="Wilson intervals" if sample.analytic else "no interval is drawn for weighted or clustered data",
        facts={"nominal": sample.interval_level, "n": len(sample), "level": level, "unit": unit},
    )  # fmt: skip


def _columns(rows: Sequence[tuple[float, ...]], names: tuple[str, ...]) -> dict[str, FloatArray]:
    return {name: np.array([row[k] for row in rows], dtype=np.float64) for k, name in enumerate(names)}


def _size(sample: ContinuousSample, rows: IntArray) -> float:
    return float(sample.weight[rows].sum())


def _mean(sample: ContinuousSample, rows: IntArray, values: FloatArray) -> float:
    return float(sample.weight[rows] @ values[rows]) / _size(sample, rows)


def _mean_interval(
    sample: ContinuousSample, rows: IntArray, values: FloatArray, level: float
) -> tuple[float, float, float]:
    """Mean and its t interval; no bounds with weights, several rows per patient, or a single row."""
    mean, n = _mean(sample, rows, values), len(rows)
    if not sample.analytic or n < 2:
        return mean, np.nan, np.nan
    half = t_quantile(level, n - 1) * float(np.std(values[rows], ddof=1)) / n**0.5
    return mean, mean - half, mean + half


def _with_unit(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label
