"""The Nelson–Aalen estimate of the cumulative hazard."""

from __future__ import annotations

import numpy as np

from cds.core.arrays import FloatArray


def nelson_aalen(time: FloatArray, event: FloatArray, *, entry: FloatArray | None = None) -> FloatArray:
    """The cumulative hazard at each row's own time, shape (n,): Σ over event times u ≤ t of d(u)/Y(u).

    Args:
        time: end of follow-up, shape (n,).
        event: 1 where the event ended it, 0 where it was censored, shape (n,); events come before censorings tied
            with them, which are still at risk.
        entry: start of being at risk, shape (n,), before ``time``; 0 where it is not given.

    Aalen 1978, doi:10.1214/aos/1176344247. As a covariate of an imputation model, with the event itself: White &
    Royston 2009, doi:10.1002/sim.3618.

    >>> nelson_aalen(np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0, 1.0])).round(4)
    array([0.25  , 0.5833, 0.5833, 1.5833])
    """
    when, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, weights=event, minlength=len(when))
    at_risk = len(time) - np.searchsorted(np.sort(time), when, side="left").astype(np.float64)
    if entry is not None:
        at_risk -= len(entry) - np.searchsorted(np.sort(entry), when, side="left")
    hazard = np.cumsum(np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0))
    return np.asarray(hazard[place], dtype=np.float64)
