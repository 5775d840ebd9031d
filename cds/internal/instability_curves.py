"""The curves of instability: predictions, calibration, decisions and net benefit of every refit beside the model's."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.finding import Curve, Table
from cds.core.measure import NotEstimable
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import NominalSample
from cds.core.study import Study
from cds.internal.instability import Instability, instabilities, instability_table, not_shown
from cds.internal.redone import Redone
from cds.stats.ends_of_risk import note_of_ends
from cds.stats.intervals import MAX_FAILED_SHARE
from cds.stats.smoothing import Smooth, smooth

FAMILY = "internal"
CELLS = 60  # of the counted grid, per axis
BANDS = 40  # of equally many patients, along the original prediction
POINTS = 61
BANDED = "averaged over bands of patients along the model’s own prediction"


def instability(study: Study, original: Sample, made: Redone) -> Iterator[Curve | Table]:
    """Table and curves of the refits beside ``original``, the sample with the model's own predictions."""
    if made.failed > MAX_FAILED_SHARE * len(made.samples):
        yield not_shown(f"{made.failed} of {len(made.samples)} refits failed (limit 5 %): {made.reasons()}")
        return
    found = instabilities(original, made)
    yield instability_table(study, original, found, made)
    for category, one in found.items():
        yield from _predictions(study, one, category)
        if isinstance(original, BinarySample | NominalSample) and study.settings.thresholds:
            yield _classification(study, one, category)
    if isinstance(original, BinarySample):
        yield from _calibration(study, original, made)
        yield from _decisions(study, original, made)


def _bands(one: Instability, small: int) -> list[IntArray]:
    """Rows in bands of equally many patients along the original prediction, none smaller than ``small``."""
    order = np.argsort(one.original, kind="stable")
    return np.array_split(order, max(1, min(BANDS, len(order) // small)))


def _by_band(study: Study, one: Instability, values: FloatArray) -> FloatArray:
    small = study.small_cell
    means = [
        np.average(values[rows], weights=one.weight[rows] if one.weight[rows].any() else None)
        for rows in _bands(one, small)
    ]
    return np.array(means, dtype=np.float64)


def _predictions(study: Study, one: Instability, category: str) -> Iterator[Curve]:
    """Where the refits' predictions lie over the original ones: a counted grid, and the 95 % range along it."""
    is_value = study.sample.kind == "continuous"
    what = f"risk of {category}" if category else "value" if is_value else "risk"
    facts = {"category": category or None, "refits": len(one.refits), "mape": one.mape}
    title = "Predictions of the refits against the model’s own" + (f": {category}" if category else "")
    low, high = _ends(one) if is_value else (0.0, _ceiling(one))
    edges = np.linspace(low, high, CELLS + 1)
    counts, _, _ = np.histogram2d(np.tile(one.original, len(one.refits)), one.refits.ravel(), bins=[edges, edges])
    x, y = np.nonzero(counts)
    middle = (edges[:-1] + edges[1:]) / 2
    labels = {"x_label": f"Predicted {what}, the model", "y_label": f"Predicted {what}, refits"}
    yield Curve(
        "prediction_instability", FAMILY, title,
        {name: _by_band(study, one, getattr(one, name)) for name in ("original", "low", "high")},
        **labels, facts={**facts, "from": low, "to": high, "cells": CELLS},
        note=f"{len(one.refits)} refits; lines: 95% of the refits’ predictions, averaged over bands of patients",
    )  # fmt: skip
    yield Curve(
        "prediction_instability_grid", FAMILY, title,
        {"original": middle[x], "refit": middle[y], "count": counts[x, y]}, **labels, facts=facts,
    )  # fmt: skip
    yield Curve(
        "absolute_prediction_error", FAMILY, "Mean absolute prediction error" + (f": {category}" if category else ""),
        {name: _by_band(study, one, v) for name, v in (("original", one.original), ("error", one.absolute_error))},
        x_label=f"Predicted {what}, the model", y_label="Mean absolute difference", facts=facts,
        note=BANDED,
    )  # fmt: skip


def _ceiling(one: Instability) -> float:
    """The next tenth above every risk, where the grid ends."""
    return min(1.0, math.ceil(10 * max(float(one.original.max()), float(one.refits.max())) - 1e-9) / 10)


def _ends(one: Instability) -> tuple[float, float]:
    low, high = min(one.original.min(), one.refits.min()), max(one.original.max(), one.refits.max())
    return float(low), float(high if high > low else low + 1)


def _classification(study: Study, one: Instability, category: str) -> Curve:
    columns = {"original": _by_band(study, one, one.original)}
    columns |= {f"{t:g}": _by_band(study, one, one.changed(t)) for t in study.settings.thresholds}
    return Curve(
        "classification_instability", FAMILY,
        "Decisions that another sample would change" + (f": {category}" if category else ""), columns,
        x_label="Predicted risk, the model", y_label="Share of refits that decide otherwise",
        note=BANDED,
        facts={"category": category or None, "refits": len(one.refits)},
    )  # fmt: skip


def _calibration(study: Study, original: BinarySample, made: Redone) -> Iterator[Curve]:
    """The calibration curve of the model and of each refit, all in the original patients."""
    own, ends = smooth(original, study.settings.smoother), ""
    if isinstance(own, NotEstimable):
        return
    if study.settings.smoother == "rcs":  # its curve has no value at risks of exactly 0 or 1
        ends = note_of_ends(original.risk, original.clip)
    low, high = np.quantile(own.sample.risk, [0.005, 0.995]).tolist()
    grid = np.linspace(low, high, POINTS)
    columns, absent = {"risk": grid, "original": own.at(grid)}, 0
    for b, sample in enumerate(made.samples):
        fitted = smooth(sample, study.settings.smoother) if isinstance(sample, BinarySample) else sample
        if isinstance(fitted, Smooth):
            risks = fitted.sample.risk
            outside = (grid < risks.min()) | (grid > risks.max())
            columns[f"refit_{b + 1}"] = np.where(outside, np.nan, fitted.at(grid))
        else:
            absent += 1
    yield Curve(
        "calibration_instability", FAMILY, "Calibration of the model and of its refits", columns,
        x_label="Predicted risk", y_label="Observed risk",
        note=f"smoother {study.settings.smoother}{f'; {absent} refits have no curve' if absent else ''}{ends}",
    )  # fmt: skip


def _decisions(study: Study, original: BinarySample, made: Redone) -> Iterator[Curve]:
    """Net benefit of the model and of each refit in the original patients, and of treating all."""
    if not study.settings.thresholds or "net_benefit" not in study.measures:
        return
    top = min(0.99, max(study.settings.thresholds) * 1.5 + 0.05)
    grid = np.linspace(0.01, top, POINTS)
    own = {"threshold": grid, "original": _net_benefit(original, grid)}
    odds = grid / (1 - grid)
    share = float(original.weight @ original.outcome / original.total)
    own["treat_all"] = share - (1 - share) * odds
    for b, sample in enumerate(made.samples):
        if isinstance(sample, BinarySample):
            own[f"refit_{b + 1}"] = _net_benefit(sample, grid)
    yield Curve(
        "decision_instability", FAMILY, "Net benefit of the model and of its refits", own,
        x_label="Decision threshold (risk)", y_label="Net benefit",
    )  # fmt: skip


def _net_benefit(sample: BinarySample, grid: FloatArray) -> FloatArray:
    """(true positives − false positives · t/(1 − t)) / n at each threshold t, positive at p ≥ t."""
    order = np.argsort(sample.risk, kind="stable")
    events = np.concatenate([[0.0], np.cumsum((sample.weight * sample.outcome)[order])])
    total = np.concatenate([[0.0], np.cumsum(sample.weight[order])])
    below = np.searchsorted(sample.risk[order], grid, side="left")
    found = events[-1] - events[below]
    flagged = total[-1] - total[below]
    benefit: FloatArray = (found - (flagged - found) * grid / (1 - grid)) / sample.total
    return benefit
