"""Percentile intervals where patients were sampled with unequal probabilities and are weighted by their inverse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.coverage.mechanisms import BINARY, Mechanism
from benchmarks.coverage.simulate import Effort, asked_for, label, rng_of
from benchmarks.coverage.tally import Tally
from cds import catalog
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.stats.asking import requests
from cds.stats.estimation import estimate

NAMES = (
    "calibration_in_the_large", "calibration_slope", "observed_expected", "auroc", "brier", "log_loss",
    "scaled_brier", "sensitivity", "specificity", "ppv", "net_benefit",
)  # fmt: skip
N, RARE = 500, 0.2


def rows(effort: Effort) -> Iterator[dict[str, object]]:
    """Of patients below the threshold one in five is kept, of the others every one: weights of 5 and 1."""
    measures = asked_for({k: m for k, m in catalog.measures("binary").items() if k in NAMES}, effort)
    for m, mechanism in enumerate(BINARY[:2]):
        settings = MeasuresSection(thresholds=(mechanism.threshold,), replicates=effort.replicates)
        asked = list(requests(measures, (), settings))
        population = mechanism.population()
        truth = {r: float(measures[r.measure].compute(population, **r.parameters)) for r in asked}
        tallies = {
            r: Tally("weighted", mechanism.name, N, label(r), "percentile", truth[r], effort.replicates) for r in asked
        }
        for r in range(effort.bootstrap // 2):
            sample = sampled(mechanism, N, rng_of(12, m, N, r))
            given = settings.model_copy(update={"seed": r})
            for one in estimate(asked, measures, sample, {}, given):
                tallies[one.request].add(one.result)
        for tally in tallies.values():
            yield tally.row()


def sampled(mechanism: Mechanism, n: int, rng: np.random.Generator) -> BinarySample:
    """n patients of whom those at low risk were taken with probability .2."""
    drawn = mechanism.draw(8 * n, rng)
    if not isinstance(drawn, BinarySample):
        raise TypeError("the weighted part draws binary outcomes")
    probability = np.where(drawn.risk < mechanism.threshold, RARE, 1.0)
    kept = np.flatnonzero(rng.random(len(drawn)) < probability)[:n]
    return BinarySample(
        outcome=drawn.outcome[kept], risk=drawn.risk[kept], weights=1 / probability[kept], design="sampling"
    )
