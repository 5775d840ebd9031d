"""The calibration curve with its interval, and observed against predicted risk in tenths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.finding import Curve, Table
from cds.core.measure import Interval, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.study import Subgroup
from cds.stats.ends_of_risk import note_of_ends, off_the_ends
from cds.stats.intervals import normal_quantile, weighted_quantiles, wilson
from cds.stats.logistic import expit
from cds.stats.smoothing import FEWEST_DISTINCT, distinct_risks, smooth, spline_design

POINTS = 101
TENTHS = 10


def calibration_curve(
    sample: BinarySample, smoother: str, level: float, subgroup: Subgroup, *, grid: FloatArray | None = None
) -> Curve | NotEstimable:
    """Observed risk along the range of the risks; pointwise Wald band on the logit for ``rcs``, none for the others.

    ``grid`` are the risks to draw at, by default over their range; for ``rcs`` without a clip, those of exactly 0 or
    1, whose logit is infinite, are left out, and the note says so.
    """
    fitted = smooth(sample, smoother)
    if isinstance(fitted, NotEstimable):
        return fitted
    risks = fitted.sample.risk[fitted.sample.weight > 0]
    grid = np.linspace(risks.min(), risks.max(), POINTS) if grid is None else grid
    ends = ""
    if smoother == "rcs":
        grid, ends = off_the_ends(grid, sample.clip), note_of_ends(sample.risk[sample.weight > 0], sample.clip)
    observed = fitted.at(grid)
    events = int(sample.outcome[sample.weight > 0].sum())
    band = "pointwise Wald interval on the logit scale"
    if smoother == "rcs" and sample.analytic:
        design = spline_design(grid, fitted.details["knots_logit"], sample.clip)
        se = np.sqrt(np.einsum("kn,kl,ln->n", design, fitted.details["covariance"], design))
        linear, half = fitted.details["coefficients"] @ design, normal_quantile(level) * se
        low, high = expit(linear - half), expit(linear + half)
    else:
        band = "no interval is drawn for this smoother or weighting"
        low = high = np.full(len(grid), np.nan)
    return Curve(
        "calibration", "calibration", "Calibration",
        {"risk": grid, "observed": observed, "low": low, "high": high},
        x_label="Predicted risk", y_label="Observed risk", note=f"smoother {smoother}; {band}{ends}",
        attribute=subgroup.attribute, group=subgroup.level,
        facts={"smoother": smoother, "n": len(sample), "events": events, "level": level},
    )  # fmt: skip


def tenths(sample: BinarySample, level: float, subgroup: Subgroup) -> Curve:
    """Mean predicted and observed risk in tenths of the risk (ties kept together), with Wilson intervals."""
    edges = weighted_quantiles(sample.risk, sample.weights, np.linspace(0, 1, TENTHS + 1)[1:-1].tolist())
    place = np.searchsorted(edges, sample.risk, side="left")
    rows = [row for row in (_group(sample, np.flatnonzero(place == k), level) for k in range(TENTHS)) if row]
    names = ("mean_risk", "observed", "low", "high", "n")
    columns = {name: np.array([row[k] for row in rows]) for k, name in enumerate(names)}
    return Curve(
        "calibration_tenths", "calibration", "Observed and predicted risk in tenths of predicted risk", columns,
        x_label="Mean predicted risk", y_label="Observed share", note="Wilson intervals; tied risks stay together",
        attribute=subgroup.attribute, group=subgroup.level, facts={"level": level},
    )  # fmt: skip


def _group(sample: BinarySample, rows: IntArray, level: float) -> tuple[float, ...] | None:
    weight = sample.weight[rows]
    total = float(weight.sum())
    if total <= 0:
        return None
    events = float(weight @ sample.outcome[rows])
    interval = wilson(events, total, level)
    bounds = (interval.low, interval.high) if isinstance(interval, Interval) else (np.nan, np.nan)
    return float(weight @ sample.risk[rows]) / total, events / total, *bounds, total


def by_distinct_risk(sample: BinarySample) -> Iterator[Table]:
    """Observed over expected for each distinct risk, where there are too few for a curve."""
    if distinct_risks(sample) >= FEWEST_DISTINCT:
        return
    rows = []
    for risk in np.unique(sample.risk[sample.weight > 0]):
        weight = sample.weight[sample.risk == risk]
        events, expected = float(weight @ sample.outcome[sample.risk == risk]), float(weight.sum() * risk)
        ratio = f"{events / expected:.3f}" if expected > 0 else "not estimable: no events expected"
        rows.append((f"{risk:.4g}", f"{weight.sum():g}", f"{events:g}", f"{expected:.1f}", ratio))
    header = ("predicted risk", "patients", "events", "expected", "observed / expected")
    title = "Observed and expected events for each distinct risk"
    yield Table("distinct_risks", "calibration", title, header, tuple(rows), "fewer than six distinct risks: no curve")
