"""The patients a model is judged on or explained for: everything about them, row by row, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray, IntArray, same_length
from cds.core.outcome import Outcome
from cds.core.prediction import Prediction

Array = TypeVar("Array", bound=NDArray[Any])


@dataclass(frozen=True)
class FlowStep:
    """One line of the data flow: how many rows remain after a step, and why others left."""

    step: str
    rows: int
    removed: int = 0
    reason: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Cohort:
    """Patients with their raw inputs, outcome and groups, one entry per row.

    ``groups`` maps an attribute to each row's level as text (``"(missing)"`` where it is missing);
    ``predictions`` are frozen predictions that came with the data.
    """

    patients: NDArray[np.str_]
    features: pd.DataFrame
    outcome: Outcome | None = None
    predictions: Prediction | None = None
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    sites: NDArray[np.str_] | None = None
    visits: FloatArray | None = None
    imputations: NDArray[np.str_] | None = None
    weights: FloatArray | None = None
    dates: NDArray[np.datetime64] | None = None
    flow: tuple[FlowStep, ...] = ()
    source: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        parts = {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("groups", "flow", "source", "sha256")
        }
        same_length(**{name: len(part) for name, part in parts.items() if part is not None})
        same_length(patients=len(self.patients), **{name: len(level) for name, level in self.groups.items()})

    def __len__(self) -> int:
        return len(self.patients)

    @property
    def codes(self) -> IntArray:
        """Patient codes 0..P−1 in the names' order, so that the bootstrap does not depend on the rows' order."""
        codes, _ = pd.factorize(self.patients, sort=True)
        return codes.astype(np.int64)

    def take(self, rows: IntArray) -> Cohort:
        """The cohort of these rows, everything aligned."""
        rows = np.asarray(rows, dtype=np.int64)

        def part(values: Array | None) -> Array | None:
            return None if values is None else cast(Array, values[rows])

        return replace(
            self,
            patients=self.patients[rows],
            features=self.features.iloc[rows].reset_index(drop=True),
            outcome=None if self.outcome is None else self.outcome.take(rows),
            predictions=None if self.predictions is None else self.predictions.take(rows),
            groups={name: level[rows] for name, level in self.groups.items()},
            sites=part(self.sites),
            visits=part(self.visits),
            imputations=part(self.imputations),
            weights=part(self.weights),
            dates=part(self.dates),
        )
