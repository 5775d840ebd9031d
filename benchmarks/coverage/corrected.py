"""Intervals of values corrected for optimism: do they hold the true performance of the very model at hand?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.coverage.mechanisms import expit
from benchmarks.coverage.simulate import Effort, asked_for, label, rng_of
from benchmarks.coverage.tally import Tally
from cds import catalog
from cds.core.arrays import FloatArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result
from cds.core.protocol import MeasuresSection
from cds.core.sample_binary import BinarySample
from cds.core.study import Request
from cds.internal.optimism import correct
from cds.internal.redone import times_drawn
from cds.stats.asking import requests

Rows = Iterator[dict[str, object]]
NAMES = ("auroc", "calibration_slope", "calibration_in_the_large", "observed_expected", "brier", "net_benefit")
N, REFITS, POPULATION, THRESHOLD, MEAN = 500, 100, 20_000, 0.3, -1.0
# Coefficients of six inputs that matter; six more that do not are what shrinkage is for.
EFFECTS = np.array([0.8, 0.5, 0.4, 0.3, 0.2, 0.1])


@dataclass(frozen=True, eq=False)
class Recipe:
    """How a model is developed: a logistic regression, with ``ridge`` times half the squared coefficients added."""

    name: str
    inputs: int
    ridge: float

    @property
    def effects(self) -> FloatArray:
        """The true coefficients, the intercept first."""
        return np.r_[MEAN, EFFECTS, np.zeros(self.inputs - len(EFFECTS))]

    def patients(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Inputs with the intercept's column, shape (n, 1 + inputs)."""
        return np.column_stack([np.ones(n), rng.normal(size=(n, self.inputs))])

    def fit(self, x: FloatArray, y: FloatArray, times: FloatArray) -> FloatArray:
        """Newton's method; ``times`` is how often each row was drawn."""
        beta, penalty = np.zeros(x.shape[1]), np.r_[0.0, np.full(self.inputs, self.ridge)]
        for _ in range(25):
            p = expit(x @ beta)
            step = np.linalg.solve(
                (x.T * (times * p * (1 - p))) @ x + np.diag(penalty), x.T @ (times * (y - p)) - penalty * beta
            )
            beta = beta + step
            if np.abs(step).max() < 1e-8:
                break
        return np.asarray(beta)


RECIPES = (Recipe("6 inputs", 6, 0.0), Recipe("12 inputs, shrunken", 12, 10.0))


def rows(effort: Effort) -> Rows:
    """500 patients, 100 refits; the truth is the developed model's performance in 20,000 other patients."""
    measures = asked_for({k: m for k, m in catalog.measures("binary").items() if k in NAMES}, effort)
    asked = list(requests(measures, (), MeasuresSection(thresholds=(THRESHOLD,), replicates=0)))
    for m, recipe in enumerate(RECIPES):
        others = recipe.patients(POPULATION, rng_of(10, m))
        tallies = {r: Tally("optimism", recipe.name, N, label(r), "corrected", 0.0, REFITS) for r in asked}
        for r in range(effort.bootstrap):
            _one_cohort(recipe, others, measures, tallies, rng_of(10, m, N, r))
        for tally in tallies.values():
            yield tally.row()


def _one_cohort(
    recipe: Recipe,
    others: FloatArray,
    measures: dict[str, Measure],
    tallies: dict[Request, Tally],
    rng: np.random.Generator,
) -> None:
    x, asked = recipe.patients(N, rng), list(tallies)
    y = (rng.random(N) < expit(x @ recipe.effects)).astype(float)
    beta, there, everywhere = recipe.fit(x, y, np.ones(N)), [], []
    for _ in range(REFITS):
        times = times_drawn(rng.integers(0, N, N), N)
        sample = BinarySample(outcome=y, risk=expit(x @ recipe.fit(x, y, times)))
        there.append(_values(sample.reweight(times), measures, asked))
        everywhere.append(_values(sample, measures, asked))
    true = expit(others @ recipe.effects)
    elsewhere = BinarySample(
        outcome=np.repeat([1.0, 0.0], POPULATION), risk=np.tile(expit(others @ beta), 2),
        weights=np.r_[true, 1 - true], design="sampling",
    )  # fmt: skip
    apparent = _values(BinarySample(outcome=y, risk=expit(x @ beta)), measures, asked)
    truth = _values(elsewhere, measures, asked)
    one, other = np.array(there), np.array(everywhere)
    for k, (request, tally) in enumerate(tallies.items()):
        found = correct(apparent[k], one[:, k], other[:, k], measures[request.measure], 0.95)
        tally.add(_moved(found, truth[k]))


def _values(sample: BinarySample, measures: dict[str, Measure], asked: Sequence[Request]) -> list[float]:
    found = [measures[r.measure].compute(sample, **r.parameters) for r in asked]
    return [np.nan if isinstance(value, NotEstimable) else value for value in found]


def _moved(found: Result, truth: float) -> Interval | NotEstimable:
    """Each cohort's model has its own truth: the interval is moved so that the tally's truth stays 0."""
    interval = found.interval if isinstance(found, Estimate) else found
    if isinstance(interval, NotEstimable):
        return interval
    return Interval(interval.low - truth, interval.high - truth, interval.level, interval.method)
