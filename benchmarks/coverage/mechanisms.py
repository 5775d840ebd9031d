"""Where the simulated patients come from, and the same population with every outcome weighted by its probability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample, OrdinalSample

SIZES = (100, 500, 5000)
GRID = 20_000
CLASSES = ("low", "middle", "high")


@dataclass(frozen=True, eq=False)
class Mechanism:
    """How patients arise: ``draw(n, rng)`` a cohort, ``population()`` all of it, ``threshold`` where one would act."""

    name: str
    draw: Callable[[int, np.random.Generator], Sample]
    population: Callable[[], Sample]
    threshold: float = 0.3
    settings: dict[str, Any] = field(default_factory=dict)


def expit(x: FloatArray) -> FloatArray:
    """1 / (1 + e^−x)."""
    return np.asarray(1 / (1 + np.exp(-x)))


def normal_grid(size: int = GRID) -> FloatArray:
    """The midpoints of ``size`` slices of equal probability of the standard normal distribution."""
    return np.array([NormalDist().inv_cdf((k + 0.5) / size) for k in range(size)])


def binary(name: str, *, mean: float, spread: float, shift: float, slope: float, threshold: float) -> Mechanism:
    """Risks with normal logits; outcomes follow shift + slope·logit."""

    def draw(n: int, rng: np.random.Generator) -> BinarySample:
        logit = rng.normal(mean, spread, n)
        event = rng.random(n) < expit(shift + slope * logit)
        return BinarySample(outcome=event.astype(float), risk=expit(logit))

    def population() -> BinarySample:
        logit = mean + spread * normal_grid()
        true = expit(shift + slope * logit)
        return BinarySample(
            outcome=np.repeat([1.0, 0.0], GRID), risk=np.tile(expit(logit), 2), weights=np.r_[true, 1 - true],
            design="sampling",
        )  # fmt: skip

    return Mechanism(name, draw, population, threshold)


BINARY = (
    binary("30 % events, calibrated", mean=-1.05, spread=1.1, shift=0.0, slope=1.0, threshold=0.3),
    binary("30 % events, miscalibrated", mean=-1.45, spread=1.3, shift=0.2, slope=0.7, threshold=0.3),
    binary("10 % events, calibrated", mean=-2.6, spread=1.1, shift=0.0, slope=1.0, threshold=0.1),
    binary("10 % events, miscalibrated", mean=-2.7, spread=1.3, shift=-0.5, slope=0.7, threshold=0.1),
)


def continuous(name: str, *, intercept: float, slope: float, noise: float) -> Mechanism:
    """Predicted pain scores; observed = intercept + slope·predicted + noise, intervals for noise of 2 points."""
    half = 1.959964 * 2.0

    def sample(predicted: FloatArray, error: FloatArray, **more: Any) -> ContinuousSample:
        observed = intercept + slope * predicted + noise * error
        return ContinuousSample(
            observed=observed, predicted=predicted, low=predicted - half, high=predicted + half, **more
        )

    def draw(n: int, rng: np.random.Generator) -> ContinuousSample:
        return sample(rng.normal(5, 1.5, n), rng.normal(0, 1, n))

    def population() -> ContinuousSample:
        side = normal_grid(400)
        return sample(np.repeat(5 + 1.5 * side, 400), np.tile(side, 400))

    return Mechanism(name, draw, population)


CONTINUOUS = (
    continuous("continuous, calibrated", intercept=0.0, slope=1.0, noise=2.0),
    continuous("continuous, miscalibrated", intercept=1.5, slope=0.8, noise=2.5),
)


def classes(name: str, made: type[NominalSample], *, sharpness: float) -> Mechanism:
    """Three categories; the true log-ratios are ``sharpness`` times the predicted ones."""

    def parts(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
        ratios = np.column_stack([np.zeros(len(first)), -0.3 + first, -0.8 + 0.5 * first + second])
        return softmax(ratios), softmax(sharpness * ratios)

    def draw(n: int, rng: np.random.Generator) -> NominalSample:
        predicted, true = parts(rng.normal(0, 1, n), rng.normal(0, 1, n))
        code = (rng.random(n)[:, None] >= np.cumsum(true, axis=1)[:, :-1]).sum(axis=1)
        return made(code=code, probability=predicted, categories=CLASSES)

    def population() -> NominalSample:
        side = normal_grid(60)
        predicted, true = parts(np.repeat(side, 60), np.tile(side, 60))
        return made(
            code=np.repeat(np.arange(3), len(true)), probability=np.tile(predicted, (3, 1)), categories=CLASSES,
            weights=true.T.ravel(), design="sampling",
        )  # fmt: skip

    return Mechanism(name, draw, population)


def softmax(x: FloatArray) -> FloatArray:
    """Probabilities from log-ratios, row by row."""
    raised = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


NOMINAL = (
    classes("three classes, calibrated", NominalSample, sharpness=1.0),
    classes("three classes, miscalibrated", NominalSample, sharpness=0.7),
)
ORDINAL = (classes("three ordered classes, calibrated", OrdinalSample, sharpness=1.0),)
