"""What a measure is, and what it gives: an Estimate with its interval, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.outcome import OutcomeKind

Scale = Literal["identity", "log", "logit", "atanh"]
Family = Literal[
    "overall",
    "calibration",
    "discrimination",
    "utility",
    "survival",
    "longitudinal",
    "fairness",
    "dataquality",
    "sites",
    "internal",
    "comparison",
    "drift",
]


@dataclass(frozen=True)
class NotEstimable:
    """No value, and why. Never NaN."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("a NotEstimable needs its reason")


@dataclass(frozen=True)
class Interval:
    """Two bounds at a level and how they were made; ``se`` is on the estimate's scale, ``scale_se`` on the scale."""

    low: float
    high: float
    level: float
    method: str
    se: float | None = None
    scale_se: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"an interval needs finite bounds in order, got {self.low} and {self.high}")


@dataclass(frozen=True)
class Estimate:
    """A value with its interval (or the reason why it has none), and how many it rests on."""

    value: float
    interval: Interval | NotEstimable
    scale: Scale = "identity"
    n: int = 0
    events: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not np.isfinite(self.value):
            raise ValueError("an Estimate is finite; where there is no value, give NotEstimable")

    @property
    def se(self) -> float | None:
        """Standard error on the value's own scale, where there is one."""
        return self.interval.se if isinstance(self.interval, Interval) else None

    @property
    def method(self) -> str | None:
        """How the interval was made, where there is one."""
        return self.interval.method if isinstance(self.interval, Interval) else None


Result = Estimate | NotEstimable
Compute = Callable[..., "float | NotEstimable"]
AnalyticInterval = Callable[..., "Interval | NotEstimable"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One number about predictions and outcomes, with its formula, convention and source.

    ``compute(sample, **parameters)`` reads like the paper's formula. ``interval(sample, value, level, **parameters)``
    is the analytic interval where the literature has one; without it the resampler gives the interval.
    ``parameters`` names what the protocol supplies (``threshold``, ``smoother``, ``horizon``, ``category``).
    ``details(sample, **parameters)`` adds what a reader needs beside the number (knots, counts, a p-value).
    ``categories`` chooses among the outcome's categories those that the measure is computed for; all by default.
    ``counted(sample, **parameters)`` is the sample whose rows and events stand beside the number (a category against
    the rest); the sample itself by default.
    ``influence(sample, **parameters)`` gives one term per row whose squares sum to the value's analytic variance; the
    terms of two models on the same rows, subtracted, give the paired error of their difference.
    ``is_proportion`` marks a share of patients: its intervals that rest on a standard error, and the mean over sites,
    are formed on the logit scale, so that they stay inside 0 and 1.
    ``in_unit`` says that the value is in the outcome's unit, which a report prints beside it.
    ``also_without_horizon`` asks it once more over all of follow-up (all visits), beside each horizon (visit).
    ``needs_prevalence`` is False for the few measures that a case-control design leaves as they are.
    """

    kind: OutcomeKind
    name: str
    family: Family
    label: str
    compute: Compute
    ideal: float | None
    direction: Literal["higher", "lower", "target", "none"]
    formula: str
    source: str
    convention: str = ""
    scale: Scale = "identity"
    interval: AnalyticInterval | None = None
    interval_name: str = "percentile bootstrap over patients"
    parameters: tuple[str, ...] = ()
    also_without_horizon: bool = False
    details: Callable[..., dict[str, Any]] | None = None
    influence: Callable[..., FloatArray | NotEstimable] | None = None
    uses_logit: bool = False
    is_distance: bool = False
    bootstrap: bool = True
    needs_prevalence: bool = True
    categories: Callable[[tuple[str, ...]], tuple[str, ...]] | None = None
    counted: Callable[..., Any] | None = None
    in_unit: bool = False
    is_proportion: bool = False
    refused_as_criterion: str = ""

    def __post_init__(self) -> None:
        if not (self.formula and self.source):
            raise ValueError(f"measure {self.name!r} needs its formula and its source")
