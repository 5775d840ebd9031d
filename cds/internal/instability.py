"""Instability: how far predictions move when the model is developed anew in resampled patients.

Riley & Collins 2023, doi:10.1002/bimj.202200302: the refits' predictions of the original patients beside the model's
own, patient by patient; their calibration and decision curves; and how often a decision would change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cds.core.arrays import FloatArray, frozen
from cds.core.finding import Table
from cds.core.measure import NotEstimable
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import NominalSample
from cds.core.study import Study
from cds.internal.redone import Redone, predicted_numbers

RANGE = (0.025, 0.975)
UNSETTLED = 0.1  # of the refits that decide otherwise


@dataclass(frozen=True, eq=False)
class Instability:
    """Predictions of one output: the model's own, shape (n,), and the refits', shape (refits, n); weights of rows."""

    original: FloatArray
    refits: FloatArray
    weight: FloatArray

    @cached_property
    def low(self) -> FloatArray:
        """2.5 % quantile of each patient's predictions over the refits."""
        return frozen(np.quantile(self.refits, RANGE[0], axis=0))

    @cached_property
    def high(self) -> FloatArray:
        """97.5 % quantile of each patient's predictions over the refits."""
        return frozen(np.quantile(self.refits, RANGE[1], axis=0))

    @cached_property
    def absolute_error(self) -> FloatArray:
        """Mean absolute prediction error of each patient: mean over refits of |refit − original| (equation 3)."""
        return frozen(np.abs(self.refits - self.original).mean(axis=0))

    @property
    def mape(self) -> float:
        """The mean over patients of their mean absolute prediction errors."""
        return float(np.average(self.absolute_error, weights=self.weight))

    def changed(self, threshold: float) -> FloatArray:
        """Classification instability index: the share of refits on the threshold's other side, per patient."""
        return frozen(((self.refits >= threshold) != (self.original >= threshold)).mean(axis=0))


SPREAD: Mapping[str, Callable[[Instability], float]] = {
    "Mean absolute prediction error (MAPE)": lambda one: one.mape,
    "the same, exceeded by 5 in 100 patients": lambda one: float(np.quantile(one.absolute_error, 0.95)),
    "Mean width of the patients’ 95% ranges": lambda one: float(np.average(one.high - one.low, weights=one.weight)),
}


def instabilities(original: Sample, made: Redone) -> dict[str, Instability]:
    """One for each output: the categories of a categorical outcome, otherwise one without a name."""
    good = [predicted_numbers(sample) for sample in made.samples if not isinstance(sample, NotEstimable)]
    own, names = predicted_numbers(original), getattr(original, "categories", ("",))
    return {
        name: Instability(own[:, k], np.array([one[:, k] for one in good]), original.weight)
        for k, name in enumerate(names)
    }


def not_shown(reason: str) -> Table:
    """What stands in the report where instability was asked for and cannot be shown."""
    return Table(
        "instability", "internal", "Instability", ("what", "result"), (("Refits", f"not estimable: {reason}"),),
        section="instability",
    )  # fmt: skip


def instability_table(study: Study, original: Sample, found: dict[str, Instability], made: Redone) -> Table:
    """What the refits' spread amounts to, one column per output."""
    header = ("what", *(category or "result" for category in found))
    refits = f"{len(made.samples)}, of which {made.failed} failed"
    rows = [("Refits on bootstrap samples of patients", *([refits] * len(found)))]
    for label, of in SPREAD.items():
        rows.append((label, *(f"{of(one):.3f}" for one in found.values())))
    if isinstance(original, BinarySample | NominalSample):
        for threshold in study.settings.thresholds:
            changed = [one.changed(threshold) for one in found.values()]
            mean = [f"{np.average(c, weights=original.weight):.3f}" for c in changed]
            often = [f"{100 * np.average(c > UNSETTLED, weights=original.weight):.0f}%" for c in changed]
            rows.append((f"Decisions that change at {threshold:g} (mean index)", *mean))
            rows.append((f"Patients whose decision at {threshold:g} changes in over 10% of refits", *often))
    note = (
        "Each refit redoes every modelling step in a bootstrap sample and predicts the same patients. A patient’s 95% "
        "range holds 95% of the refits’ predictions; it tells of the sample’s size, not of the truth of the model."
    )
    warned = {name: n for name, n in made.counts.items() if name.startswith("refits_with_")}
    note += "".join(f" {n} refits gave a {name.removeprefix('refits_with_')}." for name, n in warned.items())
    return Table("instability", "internal", "Instability of the predictions", header, tuple(rows), note, "instability")
