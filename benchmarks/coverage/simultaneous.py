"""Gaps of two groups to one reference: how often all intervals of a measure hold at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.coverage.combined import bare_study
from benchmarks.coverage.mechanisms import BINARY
from benchmarks.coverage.simulate import Effort, asked_for, rng_of
from benchmarks.coverage.tally import Tally
from cds import catalog
from cds.core.finding import Finding
from cds.core.measure import Measure
from cds.core.sample_binary import BinarySample
from cds.fairness.gap import gaps
from cds.stats.estimation import answer

Rows = Iterator[dict[str, object]]
LEVELS, SIZES = ("reference", "miscalibrated", "same"), (100, 500)
ANALYTIC = (
    "calibration_in_the_large", "calibration_slope", "observed_expected", "auroc", "brier", "sensitivity",
    "net_benefit",
)  # fmt: skip
RESAMPLED = ("scaled_brier", "average_precision")
MECHANISM = "30 % events, 2 groups v. 1"


def rows(effort: Effort) -> Rows:
    """30 % of the patients miscalibrated, 30 % as the reference's 40 %: analytic, and by bootstrap at n = 500."""
    every = asked_for(catalog.measures("binary"), effort)
    for n in SIZES:
        analytic = {k: m for k, m in every.items() if k in ANALYTIC}
        yield from _of_size(n, analytic, effort.analytic // (2 if n == 500 else 4), 0)
    resampled = {k: m for k, m in every.items() if k in RESAMPLED}
    yield from _of_size(500, resampled, effort.bootstrap // 2, effort.replicates)


def _of_size(n: int, measures: dict[str, Measure], repetitions: int, replicates: int) -> Rows:
    kinds = dict(zip(LEVELS, (BINARY[0], BINARY[1], BINARY[0]), strict=True))
    populations = {level: kind.population() for level, kind in kinds.items()}
    group = np.repeat(LEVELS, [n - 2 * int(0.3 * n), int(0.3 * n), int(0.3 * n)])
    tallies: dict[str, Tally] = {}
    truths: dict[tuple[str, str], float] = {}

    def truth_of(found: Finding) -> float:
        given = {} if found.threshold is None else {"threshold": found.threshold}
        one, other = (float(measures[found.measure].compute(populations[level], **given))
                      for level in (str(found.group), "reference"))  # fmt: skip
        return one / other if found.kind == "ratio" else one - other

    for r in range(repetitions if measures else 0):
        rng = rng_of(11, n, r)
        parts = [kinds[level].draw(int((group == level).sum()), rng) for level in LEVELS]
        sample = BinarySample(
            outcome=np.concatenate([p.outcome for p in parts]),  # type: ignore[attr-defined]
            risk=np.concatenate([p.risk for p in parts]),  # type: ignore[attr-defined]
        )
        study = bare_study(sample, {"g": group}, measures, BINARY[0].threshold, replicates=replicates, seed=r)
        together: dict[str, list[Finding]] = {}
        for found in gaps(answer(study, jobs=1), "g", "reference"):
            name = found.measure + ("" if found.threshold is None else f" (t = {found.threshold:g})")
            together.setdefault(name, []).append(found)
        for name, several in together.items():
            for one in several:
                if (name, str(one.group)) not in truths:
                    truths[name, str(one.group)] = truth_of(one)
            method = "simultaneous, bootstrap max-t" if replicates else "simultaneous, analytic"
            made = Tally("simultaneous", MECHANISM, n, name, method, truths[name, "miscalibrated"], replicates)
            tallies.setdefault(name, made).add_all(
                [one.result for one in several], [truths[name, str(one.group)] for one in several]
            )
    for tally in tallies.values():
        yield tally.row()
