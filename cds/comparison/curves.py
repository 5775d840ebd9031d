"""Curves of several models on the same patients: calibration, decisions, and the differences at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cds.comparison.paired import Paired
from cds.core.finding import Curve
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.study import Study
from cds.stats.intervals import weighted_quantiles
from cds.stats.smoothing import smooth

POINTS = 101
SHORTEST = 0.05  # of the thresholds' range, where every risk is small
FAMILY = "comparison"
# Not printed, to keep the table readable; estimates.csv has them.
TO_FILE = frozenset(
    {
        "average_precision",
        "e50",
        "e90",
        "eci",
        "emax",
        "nagelkerke_r2",
        "net_benefit_gain",
        "npv",
        "ppv",
        "sensitivity",
        "specificity",
        "standardized_net_benefit",
    }
)


def model_curves(study: Study, samples: Mapping[str, Sample], told: str) -> Iterator[Curve]:
    """Calibration and decision curves of binary models by name, the first of them the one that is judged.

    ``told`` is added to the titles: what sets these models apart from those of another comparison.
    """
    binary = {name: sample for name, sample in samples.items() if isinstance(sample, BinarySample)}
    if len(binary) < len(samples) or not all(sample.shows_prevalence for sample in binary.values()):
        return  # without a prevalence no absolute risk is shown
    yield from _calibration(study, binary, told)
    if "net_benefit" in study.measures:
        yield _decisions(study, binary, told)


def _calibration(study: Study, samples: Mapping[str, BinarySample], told: str) -> Iterator[Curve]:
    smoother = study.settings.smoother
    names: list[str] = []
    risks, observed = [], []
    absent = []
    for name, sample in samples.items():
        fitted = smooth(sample, smoother)
        if isinstance(fitted, NotEstimable):
            absent.append(f"no curve for {name}: {fitted.reason}")
            continue
        present = fitted.sample.risk[fitted.sample.weight > 0]
        grid = np.linspace(present.min(), present.max(), POINTS)
        names += [name] * POINTS
        risks.append(grid)
        observed.append(fitted.at(grid))
    if names:
        yield Curve(
            "comparison_calibration", FAMILY, _title("Calibration of the models on the same patients", told),
            {"model": np.array(names), "risk": np.concatenate(risks), "observed": np.concatenate(observed)},
            x_label="Predicted risk", y_label="Observed risk",
            note="; ".join([f"smoother {smoother}", *absent, *_first_of(study)]), facts={"models": list(samples)},
        )  # fmt: skip


def _decisions(study: Study, samples: Mapping[str, BinarySample], told: str) -> Curve:
    net_benefit, treat_all = study.measures["net_benefit"], study.measures["net_benefit_treat_all"]
    thresholds = study.settings.thresholds
    highest = max(float(weighted_quantiles(s.risk, s.weights, [0.99])[0]) for s in samples.values())
    top = min(0.99, max([highest, SHORTEST, *(t + 0.1 for t in thresholds)]))
    grid = np.round(np.arange(0.01, top + 0.005, 0.01), 2)
    names: list[str] = []
    values: list[Any] = []
    first = next(iter(samples.values()))
    for name, sample in samples.items():
        own = sample.where(np.full(len(sample), True))  # what is cached per threshold goes with it
        names += [name] * len(grid)
        values += [net_benefit.compute(own, threshold=float(t)) for t in grid]
    columns = {
        "model": np.array(names),
        "threshold": np.tile(grid, len(samples)),
        "net_benefit": np.asarray(values, dtype=np.float64),
        "treat_all": np.tile([treat_all.compute(first, threshold=float(t)) for t in grid], len(samples)),
    }
    return Curve(
        "comparison_decision", FAMILY, _title("Decision curves of the models on the same patients", told), columns,
        x_label="Threshold risk at which one would act", y_label="Net benefit", note="; ".join(_first_of(study)),
        facts={"models": list(samples), "thresholds": list(thresholds)},
    )  # fmt: skip


def differences(study: Study, found: Mapping[str, Sequence[Paired]], note: str, told: str) -> Curve | None:
    """One row per rival and measure that has a difference with its interval; None where none has."""
    rows = []
    for name, pairs in found.items():
        for one in pairs:
            result = one.difference
            if one.measure.is_distance or one.measure.name in TO_FILE:
                continue
            if isinstance(result, Estimate) and isinstance(result.interval, Interval):
                bounds = (result.value, result.interval.low, result.interval.high)
                rows.append((name, label(study, one), "ratio" if one.is_ratio else "difference",
                             one.measure.direction, *bounds))  # fmt: skip
    if not rows:
        return None
    headings = ("against", "measure", "kind", "better", "estimate", "low", "high")
    columns = {head: np.array(values) for head, values in zip(headings, zip(*rows, strict=True), strict=True)}
    return Curve(
        "comparison_differences", FAMILY, _title("Differences between the models, the same patients in both", told),
        columns,
        note=note, facts={"level": study.settings.level},
    )  # fmt: skip


def label(study: Study, one: Paired) -> str:
    """The measure's label with its threshold, horizon or category."""
    told = study.measures[one.request.measure].label
    if one.request.category is not None:
        told += f", {one.request.category}"
    told += "" if one.request.horizon is None else f" by {one.request.horizon:g}"
    return told if one.request.threshold is None else f"{told} at {one.request.threshold:g}"


def _title(title: str, told: str) -> str:
    return f"{title}, {told}" if told else title


def _first_of(study: Study) -> list[str]:
    imputations = len(study.samples)
    return [f"drawn from the first of {imputations} imputations; the numbers pool all of them"] * (imputations > 1)
