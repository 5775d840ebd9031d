"""Brier score and its scaled form: mean squared distance between risk and outcome."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import wald

SOURCE = (
    "Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; Steyerberg 2010, doi:10.1097/EDE.0b013e3181c30fb2"
)


def brier(sample: BinarySample) -> float:
    """mean((y − p)²)."""
    return float(sample.weight @ (sample.outcome - sample.risk) ** 2) / sample.total


def brier_interval(sample: BinarySample, value: float, level: float) -> Interval | NotEstimable:
    """Wald, with the standard deviation (n − 1) of the squared errors over √n."""
    if len(sample) < 2:
        return NotEstimable("fewer than two patients")
    errors = (sample.outcome - sample.risk) ** 2
    return wald(value, level, se=float(np.std(errors, ddof=1)) / len(sample) ** 0.5)


def brier_influence(sample: BinarySample) -> FloatArray | NotEstimable:
    """The squared errors about their mean, over √(n(n − 1))."""
    return of_a_mean((sample.outcome - sample.risk) ** 2)


def scaled_brier(sample: BinarySample) -> float | NotEstimable:
    """1 − brier / (ȳ(1 − ȳ)): 1 is perfect, 0 no better than the prevalence, negative worse."""
    if not sample.has_both_classes:
        return NotEstimable("only one outcome class")
    return 1 - brier(sample) / (sample.prevalence * (1 - sample.prevalence))


BRIER = Measure(
    kind="binary",
    name="brier",
    family="overall",
    label="Brier score",
    compute=brier,
    interval=brier_interval,
    influence=brier_influence,
    interval_name="Wald: sd of the squared errors (n − 1) over √n",
    ideal=0.0,
    direction="lower",
    formula="mean((y − p)²)",
    source=SOURCE,
)
SCALED_BRIER = Measure(
    kind="binary",
    name="scaled_brier",
    family="overall",
    label="Scaled Brier score",
    compute=scaled_brier,
    ideal=1.0,
    direction="higher",
    formula="1 − brier / (mean(y)(1 − mean(y)))",
    convention="the reference is the prevalence in these data",
    source=SOURCE,
)
