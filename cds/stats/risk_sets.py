"""Who is at risk at each event time, and Efron's terms for tied events: what a Cox regression sums over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from cds.core.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Who is at risk at each distinct event time, which depends on times and events alone: made once per set of rows.

    ``last`` counts, per row, the event times up to the end of its follow-up; ``first`` those up to its entry (None
    without delayed entry): the row is at risk at the event times between them. ``rows`` are the rows with an event,
    ``place`` their event times' positions in ``times``.
    """

    times: FloatArray
    last: IntArray
    first: IntArray | None
    rows: IntArray
    place: IntArray

    @classmethod
    def of(cls, time: FloatArray, event: BoolArray | FloatArray | IntArray, entry: FloatArray | None = None) -> Self:
        """The risk sets of follow-up ``time`` (n,), ``event`` (n,) and ``entry`` (n,): at risk while entry < u ≤ time.

        Events come before censorings tied with them, which are still at risk.
        """
        rows = np.flatnonzero(event)
        times, place = np.unique(time[rows], return_inverse=True)
        last = np.searchsorted(times, time, side="right")
        first = None if entry is None else np.searchsorted(times, entry, side="right")
        return cls(times, last, first, rows, place)

    def sums(self, values: FloatArray) -> FloatArray:
        """Σ of a value (n,) over those at risk at each event time."""
        count = len(self.times) + 1
        total = np.bincount(self.last, weights=values, minlength=count)
        if self.first is not None:
            total = total - np.bincount(self.first, weights=values, minlength=count)
        return np.asarray(np.cumsum(total[::-1])[::-1][1:], dtype=np.float64)

    def of_events(self, values: FloatArray) -> FloatArray:
        """Σ of a value of the event rows over those with an event at each event time."""
        return np.bincount(self.place, weights=values, minlength=len(self.times)).astype(np.float64)

    def accumulated(self, steps: FloatArray) -> FloatArray:
        """Per row (n,), Σ of a value of the event times over those at which the row is at risk."""
        summed = np.concatenate([[0.0], np.cumsum(steps)])
        return summed[self.last] if self.first is None else summed[self.last] - summed[self.first]


@dataclass(frozen=True, eq=False)
class Ties:
    """Efron's terms: each of d tied events k = 0 … d − 1 meets a risk set less the share k/d of those d.

    ``time`` is the event time of each term, ``share`` its k/d, ``weight`` what it weighs.
    """

    time: IntArray
    share: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, sets: RiskSets, weights: FloatArray | None) -> Self:
        """The terms of the events of these risk sets; whole weights repeat their row."""
        tied = weights[sets.rows] if weights is not None else np.ones(len(sets.rows))
        total = sets.of_events(tied)
        whole = weights is None or bool((tied == np.round(tied)).all())
        counts = (total if whole else sets.of_events((tied > 0).astype(np.float64))).astype(np.int64)
        time = np.repeat(np.arange(len(counts)), counts)
        ordinal = np.arange(len(time)) - np.repeat(np.cumsum(counts) - counts, counts)
        return cls(time, ordinal / counts[time], (total / np.maximum(counts, 1))[time])

    def per_time(self, values: FloatArray, times: int) -> FloatArray:
        """Σ of a value of the terms over those at each of the event times, of which there are ``times``."""
        return np.bincount(self.time, weights=values, minlength=times).astype(np.float64)
