"""The p-value of each calibration distance under perfect calibration: as often below .05 as it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.coverage.mechanisms import BINARY, SIZES, Mechanism
from benchmarks.coverage.simulate import Effort, label, rng_of
from benchmarks.coverage.tally import error_of
from cds import catalog
from cds.core.measure import Measure
from cds.core.protocol import MeasuresSection
from cds.core.study import Request
from cds.stats.resampling import Task, calibrated_null

LOESS_UP_TO = 500  # its quadratic cost


def rows(effort: Effort) -> Iterator[dict[str, object]]:
    """The share of p < .05 among calibrated cohorts, by measure and size."""
    measures = catalog.measures("binary")
    for m, mechanism in enumerate(BINARY):
        if mechanism.name.endswith("miscalibrated"):
            continue
        for n in SIZES:
            yield from _one(m, mechanism, n, measures, effort)


def _one(
    m: int, mechanism: Mechanism, n: int, measures: Mapping[str, Measure], effort: Effort
) -> Iterator[dict[str, object]]:
    settings = MeasuresSection()
    tasks = [
        Task(0, measure, Request(name, smoother=settings.smoother).parameters if measure.parameters else {})
        for name, measure in measures.items()
        if measure.is_distance and (measure.parameters or n <= LOESS_UP_TO)
    ]
    p: dict[str, list[float]] = {task.measure.name: [] for task in tasks}
    null: dict[str, list[float]] = {task.measure.name: [] for task in tasks}
    repetitions = effort.bootstrap if n < 5000 else effort.bootstrap // 4
    for r in range(repetitions):
        sample = mechanism.draw(n, rng_of(9, m, n, r))
        drawn = calibrated_null([sample], tasks, draws=effort.replicates, seed=r)
        for task, values in zip(tasks, drawn, strict=True):
            value = task.measure.compute(sample, **task.parameters)
            good = values[np.isfinite(values)]
            if isinstance(value, float) and len(good) >= 0.95 * len(values):
                p[task.measure.name].append((int((good >= value).sum()) + 1) / (len(good) + 1))
                null[task.measure.name].append(float(good.mean()))
    for name, values in p.items():
        share = float(np.mean(np.array(values) <= 0.05)) if values else float("nan")
        yield {
            "part": "distances", "mechanism": mechanism.name, "n": n, "measure": label(Request(name)),
            "method": "simulated null", "quantity": "share of p <= .05",
            "truth": round(float(np.mean(null[name])), 5) if values else "", "repetitions": repetitions,
            "not_estimable": round(1 - len(values) / repetitions, 4), "coverage": round(share, 4),
            "monte_carlo_error": round(error_of(share, len(values)), 4), "too_low": "", "too_high": "",
            "mean_width": "", "replicates": effort.replicates,
        }  # fmt: skip
