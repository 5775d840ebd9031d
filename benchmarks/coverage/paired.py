"""Differences of two models on the same patients: paired DeLong, per-patient differences, and the paired bootstrap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.coverage.combined import bare_study
from benchmarks.coverage.mechanisms import expit, normal_grid
from benchmarks.coverage.simulate import Effort, asked_for, rng_of
from benchmarks.coverage.tally import Tally
from cds import catalog
from cds.comparison.paired import compared
from cds.core.arrays import FloatArray
from cds.core.measure import Measure
from cds.core.sample_binary import BinarySample

Rows = Iterator[dict[str, object]]
NAMES = ("auroc", "brier", "net_benefit", "calibration_slope")
SIZES, THRESHOLD, GRID = (100, 500), 0.3, 160


def rows(effort: Effort) -> Rows:
    """A calibrated model on two inputs against an overconfident one on the first alone; the slope at n = 500 only."""
    every = asked_for({k: m for k, m in catalog.measures("binary").items() if k in NAMES}, effort)
    for n in SIZES:
        analytic = {k: m for k, m in every.items() if m.influence is not None}
        yield from _of_size(n, analytic, effort.analytic, 0)
    resampled = {k: m for k, m in every.items() if m.influence is None}
    yield from _of_size(500, resampled, effort.bootstrap // 2, effort.replicates)


def _of_size(n: int, measures: dict[str, Measure], repetitions: int, replicates: int) -> Rows:
    tallies: dict[str, Tally] = {}
    side = normal_grid(GRID)
    first, second = np.repeat(side, GRID), np.tile(side, GRID)
    true = _true(first, second)
    populations = [
        BinarySample(outcome=np.repeat([1.0, 0.0], len(true)), risk=np.tile(risk, 2), weights=np.r_[true, 1 - true],
                     design="sampling")
        for risk in _both(first, second)
    ]  # fmt: skip
    for r in range(repetitions if measures else 0):
        rng = rng_of(13, n, r)
        x, z = rng.normal(size=n), rng.normal(size=n)
        outcome = (rng.random(n) < _true(x, z)).astype(float)
        ours, theirs = (BinarySample(outcome=outcome, risk=risk) for risk in _both(x, z))
        study = bare_study(ours, {}, measures, THRESHOLD, replicates=replicates, seed=r)
        for one in compared(study, [ours], [theirs], "comparison"):
            told = one.request.threshold
            name = one.measure.name + ("" if told is None else f" (t = {told:g})")
            if name not in tallies:
                a, b = (float(one.measure.compute(p, **one.request.parameters)) for p in populations)
                method = "paired bootstrap" if replicates else "paired, analytic"
                truth = a / b if one.is_ratio else a - b
                tallies[name] = Tally("paired", "2 inputs v. 1", n, name, method, truth, replicates)
            tallies[name].add(one.difference)
    for tally in tallies.values():
        yield tally.row()


def _true(first: FloatArray, second: FloatArray) -> FloatArray:
    return expit(-1.05 + 0.9 * first + 0.6 * second)


def _both(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    return _true(first, second), expit(-1.05 + 1.2 * first)
