"""Brier score and log loss over several categories."""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_kinds import NominalSample
from cds.stats.influence import of_a_mean
from cds.stats.intervals import wald
from cds.stats.per_category import for_both_kinds


def squared_errors(sample: NominalSample) -> FloatArray:
    """Σ_k (y_k − p_k)² of each row, shape (n,), between 0 and 2."""

    def make() -> FloatArray:
        p = sample.probability
        own: FloatArray = p[np.arange(len(sample)), sample.code]
        return np.asarray((p**2).sum(axis=1) - own**2 + (1 - own) ** 2)

    return sample.rows_memo("squared_errors", make)


def multicategory_brier(sample: NominalSample) -> float:
    """mean(Σ_k (y_k − p_k)²)."""
    return float(sample.weight @ squared_errors(sample)) / sample.total


def brier_interval(sample: NominalSample, value: float, level: float) -> Interval | NotEstimable:
    """Wald, with the standard deviation (n − 1) of the rows' squared errors over √n."""
    if len(sample) < 2:
        return NotEstimable("fewer than two patients")
    return wald(value, level, se=float(np.std(squared_errors(sample), ddof=1)) / len(sample) ** 0.5)


def brier_influence(sample: NominalSample) -> FloatArray | NotEstimable:
    """The rows' squared errors about their mean, over √(n(n − 1))."""
    return of_a_mean(squared_errors(sample))


def losses(sample: NominalSample) -> FloatArray:
    """−log p of the category that each row has, shape (n,); infinite where it was said to be impossible."""

    def make() -> FloatArray:
        own: FloatArray = sample.probability[np.arange(len(sample)), sample.code]
        with np.errstate(divide="ignore"):
            return np.asarray(-np.log(np.clip(own, *sample.clip) if sample.clip else own))

    return sample.rows_memo("losses", make)


def multicategory_log_loss(sample: NominalSample) -> float | NotEstimable:
    """−mean(log p of the observed category)."""
    each = losses(sample)
    impossible = float(sample.weight[np.isinf(each)].sum())
    if impossible:
        return NotEstimable(
            f"infinite: {impossible:g} patients have a category that was given probability 0, and the protocol "
            "declares no bounds to clip to"
        )
    present = sample.weight > 0
    return float(sample.weight[present] @ each[present]) / sample.total


def clipped_probabilities(sample: NominalSample) -> dict[str, Any]:
    """How many observed categories' probabilities were moved to the protocol's bounds, where it declares them."""
    if sample.clip is None:
        return {}
    own = sample.probability[np.arange(len(sample)), sample.code]
    moved = int(sample.weight[(own < sample.clip[0]) | (own > sample.clip[1])].sum())
    return {"clipped": moved} if moved else {}


BRIER_NOMINAL, BRIER_ORDINAL = for_both_kinds(
    Measure(
        kind="nominal",
        name="brier",
        family="overall",
        label="Brier score over all categories",
        compute=multicategory_brier,
        interval=brier_interval,
        influence=brier_influence,
        interval_name="Wald: sd of the squared errors (n − 1) over √n",
        ideal=0.0,
        direction="lower",
        formula="mean(Σ_k (y_k − p_k)²)",
        convention="the sum over the categories, between 0 and 2; with two categories it is twice the binary score",
        source="Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
    )
)
LOG_LOSS_NOMINAL, LOG_LOSS_ORDINAL = for_both_kinds(
    Measure(
        kind="nominal",
        name="log_loss",
        family="overall",
        label="Log loss",
        compute=multicategory_log_loss,
        details=clipped_probabilities,
        ideal=0.0,
        direction="lower",
        formula="−mean(log p of the observed category)",
        convention="of the predictions as given, clipped only where the protocol declares bounds; natural logarithm; "
        "infinite is not estimable",
        source="Gneiting & Raftery 2007, doi:10.1198/016214506000001437",
    )
)
