"""The patients a model is judged on or explained for: everything about them, row by row, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import product
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray, IntArray, same_length
from cds.core.outcome import Outcome
from cds.core.prediction import Prediction
from cds.core.protocol_groups import CROSS

MISSING_GROUP = "(missing)"
NOT_BY_ROW = ("groups", "orders", "crossed", "continuous", "absent", "flow", "without_arm", "source", "sha256")
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

    ``groups`` maps an attribute to each row's level as text (``"(missing)"`` where it is missing), ``orders`` the
    levels of those that are not in alphabetical order; ``crossed`` names the intersections and the groups that each
    joins. ``continuous`` holds numbers along which calibration is followed, shape (n,), NaN where one is missing;
    ``absent`` says why a declared attribute is not there. ``predictions`` are frozen predictions that came with the
    data. ``without_arm`` are those who were eligible for a trial and, without an arm, are not among its patients.
    """

    patients: NDArray[np.str_]
    features: pd.DataFrame
    outcome: Outcome | None = None
    predictions: Prediction | None = None
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    crossed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    continuous: Mapping[str, FloatArray] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    sites: NDArray[np.str_] | None = None
    visits: FloatArray | None = None
    imputations: NDArray[np.str_] | None = None
    weights: FloatArray | None = None
    dates: NDArray[np.datetime64] | None = None
    flow: tuple[FlowStep, ...] = ()
    without_arm: int = 0
    source: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in NOT_BY_ROW}
        same_length(**{name: len(part) for name, part in parts.items() if part is not None})
        same_length(patients=len(self.patients), **{name: len(level) for name, level in self.groups.items()})
        same_length(patients=len(self.patients), **{name: len(v) for name, v in self.continuous.items()})

    def __len__(self) -> int:
        return len(self.patients)

    @property
    def codes(self) -> IntArray:
        """Patient codes 0..P−1 in the names' order, so that the bootstrap does not depend on the rows' order."""
        codes, _ = pd.factorize(self.patients, sort=True)
        return codes.astype(np.int64)

    @property
    def compared(self) -> dict[str, NDArray[np.str_]]:
        """Each row's level of everything that patients are compared by: groups, then intersections."""
        crossed = {n: crossed_levels([self.groups[part] for part in parts]) for n, parts in self.crossed.items()}
        return {**self.groups, **crossed}

    @property
    def level_orders(self) -> dict[str, tuple[str, ...]]:
        """The order of levels where it is not the alphabet's: of bands, and of intersections as their parts' orders.

        An intersection's order holds the combinations that nobody has, too.
        """
        found = {name: tuple(order) for name, order in self.orders.items()}
        for name, parts in self.crossed.items():
            levels = [found.get(part, tuple(np.unique(self.groups[part]).tolist())) for part in parts]
            known = [[level for level in one if level != MISSING_GROUP] for one in levels]
            found[name] = (*(CROSS.join(each) for each in product(*known)), MISSING_GROUP)
        return found

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
            continuous={name: values[rows] for name, values in self.continuous.items()},
            sites=part(self.sites),
            visits=part(self.visits),
            imputations=part(self.imputations),
            weights=part(self.weights),
            dates=part(self.dates),
        )


def crossed_levels(parts: Sequence[NDArray[np.str_]]) -> NDArray[np.str_]:
    """The levels of an intersection, row by row: the parts' joined by ×, ``(missing)`` where any part is missing.

    One group holds all whose combination is not known: someone whose education is not known may have any.

    >>> crossed_levels([np.array(["f", "m"]), np.array(["low", "(missing)"])]).tolist()
    ['f×low', '(missing)']
    """
    coded = [np.unique(part, return_inverse=True) for part in parts]
    place = np.zeros(len(parts[0]), dtype=np.int64)
    for names, codes in coded:
        place = place * len(names) + codes
    whole = [
        MISSING_GROUP if MISSING_GROUP in each else CROSS.join(each)
        for each in product(*(names.tolist() for names, _ in coded))
    ]
    return np.array(whole, dtype=np.str_)[place]
