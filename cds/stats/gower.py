"""Gower's distance between people described by numbers and levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.model_card import Feature

NEIGHBOURS = 5  # to whom nearness is taken
PERCENTILES = np.linspace(0, 1, 101)


def spreads(features: Iterable[Feature], rows: pd.DataFrame) -> dict[str, float | None]:
    """The range of each number among these rows, 1 where it has none; None for inputs that are levels."""
    found: dict[str, float | None] = {}
    for feature in features:
        if feature.type not in ("number", "integer"):
            found[feature.name] = None
            continue
        values = rows[feature.name].to_numpy(dtype=np.float64)
        known = values[~np.isnan(values)]
        found[feature.name] = (float(np.ptp(known)) if len(known) else 0.0) or 1.0
    return found


def gower(rows: pd.DataFrame, others: pd.DataFrame, spread: Mapping[str, float | None]) -> FloatArray:
    """The mean over inputs of |difference| / range for numbers and of "not equal" for levels, shape (rows, others).

    An input that either has missing does not count; NaN where two share none. ``spread`` names the inputs, with the
    range of each number; a value beyond it lies further away than 1. Source: Gower 1971, doi:10.2307/2528823.
    """
    total = np.zeros((len(rows), len(others)))
    shared = np.zeros_like(total)
    for name, width in spread.items():
        here, there = rows[name], others[name]
        known = here.notna().to_numpy()[:, None] & there.notna().to_numpy()
        if width is None:
            codes = pd.factorize(pd.concat([here, there], ignore_index=True))[0]
            apart = (codes[: len(here), None] != codes[len(here) :]).astype(np.float64)
        else:
            values = (column.to_numpy(dtype=np.float64, na_value=np.nan) for column in (here, there))
            first, second = values
            apart = np.abs(first[:, None] - second) / width
        total += np.where(known, apart, 0.0)
        shared += known
    with np.errstate(invalid="ignore"):
        distance: FloatArray = total / shared
    return distance


def without_itself(distances: FloatArray) -> FloatArray:
    """Distances with one of 0 in each row left out: that of a row to itself, where the others hold it.

    >>> without_itself(np.array([[0.0, 0.2, 0.0]])).tolist()
    [[inf, 0.2, 0.0]]
    """
    kept = distances.copy()
    first = np.argmin(np.where(np.isnan(kept), np.inf, kept), axis=1)
    rows = np.arange(len(kept))
    same = kept[rows, first] == 0
    kept[rows[same], first[same]] = np.inf
    return kept


def nearness(distances: FloatArray, neighbours: int) -> FloatArray:
    """The mean distance of each row to its nearest others; unknown distances count as the farthest.

    >>> nearness(np.array([[0.1, 0.3, 0.9]]), 2).tolist()
    [0.2]
    """
    ordered = np.sort(np.where(np.isnan(distances), np.inf, distances), axis=1)[:, :neighbours]
    mean: FloatArray = ordered.mean(axis=1)
    return mean
