"""Keyed fingerprints of the data that a model has seen, and what comparing patients with them found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, IntArray

Seen = Literal["development", "update"]
Subset = Literal["inputs", "stable"]


@dataclass(frozen=True)
class FingerprintedColumn:
    """One column of a fingerprint: a number (rounded to ``precision``, else to six significant digits) or a text."""

    name: str
    number: bool
    precision: float | None = None


@dataclass(frozen=True, eq=False)
class FingerprintSet:
    """The fingerprints of one subset of columns: ``digests``, sorted, each once, shape (d,).

    ``rows`` counts the rows behind them, a patient's equal ones once; ``shared`` how many fingerprints 1, 2, … rows
    have, as pairs: from them follows how often chance alone makes two patients alike.
    ``scope`` keeps the same patient's fingerprints in two models apart. ``key_id`` names the key, which is not here.
    """

    key_id: str
    seen: Seen
    subset: Subset
    scope: str
    columns: tuple[FingerprintedColumn, ...]
    rows: int
    shared: tuple[tuple[int, int], ...]
    digests: NDArray[np.uint64]

    @property
    def counts(self) -> IntArray:
        """How many rows share each fingerprint, in no order, shape (d,)."""
        times, kinds = zip(*self.shared, strict=True) if self.shared else ((), ())
        return np.repeat(np.array(times, dtype=np.int64), np.array(kinds, dtype=np.int64))


Fingerprints = tuple[FingerprintSet, ...]


@dataclass(frozen=True)
class SubsetOverlap:
    """How many patients have the fingerprint of a row that the model has seen, and how many would by chance.

    ``low`` and ``high`` are the 1 % and 99 % points of the number by chance. ``by_chance`` is what each way of
    estimating it expects. ``repeats`` tells that the rows seen are so often alike among themselves that they cannot
    tell overlap from chance.
    """

    seen: Seen
    subset: Subset
    columns: tuple[str, ...]
    patients: int
    observed: int
    expected: float
    low: int
    high: int
    by_chance: Mapping[str, float] = field(default_factory=dict)
    real: bool = False
    repeats: bool = False

    @property
    def excess(self) -> float:
        """How many more patients match than by chance."""
        return self.observed - self.expected


@dataclass(frozen=True, eq=False)
class Overlap:
    """What every subset found, and the rows of the patients to leave out: none where no excess is real.

    ``not_repeated`` says why there is no analysis without them, where there is none although there should be.
    """

    subsets: tuple[SubsetOverlap, ...]
    matching: BoolArray
    patients: int
    matched: int
    not_repeated: str = ""

    @property
    def real(self) -> bool:
        """Whether any subset's excess is more than chance."""
        return any(found.real for found in self.subsets)
