"""Which other F1 a reported one may be: of the other class, macro-averaged, weighted or micro-averaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from cds.claims.confusion import TOLERANCE, Bounds, corners
from cds.claims.finding import ClaimFinding, joined
from cds.claims.reported import ClaimSet
from cds.core.arrays import FloatArray

STEPS = 101  # points looked at between two corners
NAMES = {
    "weighted": "the average of both classes weighted by their size",
    "macro": "the plain average of both classes (macro)",
    "negative": "the F1 of the patients without the outcome",
    "micro": "the micro-average, which is the accuracy",
}


def averages(known: Mapping[str, Bounds]) -> dict[str, Bounds]:
    """The lowest and highest value of each other F1 that agrees with these intervals; empty where nothing does."""
    pi, p, t = _between(corners(known)).T
    of_events, of_others = 1 + p - t, 1 + t - p
    defined = (of_events > TOLERANCE) & (of_others > TOLERANCE)
    pi, p, t = pi[defined], p[defined], t[defined]
    positive, negative = 2 * p / of_events[defined], 2 * t / of_others[defined]
    every = {
        "weighted": pi * positive + (1 - pi) * negative,
        "macro": (positive + negative) / 2,
        "negative": negative,
        "micro": p + t,
    }
    return {name: (float(v.min()), float(v.max())) for name, v in every.items() if len(v)}


def explained_by(known: Mapping[str, Bounds], f1: Bounds, *, declared: bool) -> str:
    """A sentence on which averages can reach a reported F1; empty where the paper says which class it is of."""
    if declared:
        return ""
    reached = averages(known)
    fitting = [name for name, (low, high) in reached.items() if f1[1] >= low and f1[0] <= high]
    if not fitting:
        return " No other average of F1 reaches it either."
    told = joined([f"{NAMES[name]} ({reached[name][0]:.3f} to {reached[name][1]:.3f})" for name in fitting])
    return f" It may be another F1 than that of the patients with the outcome: {told}."


def average_claims(claims: ClaimSet) -> Iterator[ClaimFinding]:
    """A macro-averaged or weighted F1 against the prevalence and the error or accuracy."""
    if claims.f1_average not in ("macro", "weighted") or "f1" not in claims.shares:
        return
    f1 = claims.shares["f1"]
    claim = f"{claims.f1_average} F1 {f1.text}"
    names = ("accuracy", "error", "sensitivity", "specificity", "ppv", "npv")
    known = {name: claims.shares[name].bounds for name in names if name in claims.shares}
    if claims.prevalence is not None:
        known["prevalence"] = claims.prevalence.bounds
    reached = averages(known).get(claims.f1_average)
    if len(known) < 2 or reached is None or claims.averaged:
        yield ClaimFinding(claim, "cannot be checked", "It needs the prevalence and another number at the threshold.")
        return
    told = f"With the other numbers reported, it lies between {reached[0]:.3f} and {reached[1]:.3f}."
    slack = 1e-3  # the extremes are looked for between the corners only
    fits = f1.high >= reached[0] - slack and f1.low <= reached[1] + slack
    yield ClaimFinding(claim, "consistent" if fits else "impossible", told)


def _between(points: FloatArray) -> FloatArray:
    """The corners and the points on every line between two of them."""
    step = np.linspace(0, 1, STEPS)[:, None]
    lines = [a + step * (b - a) for a, b in combinations(points, 2)]
    return np.concatenate([points, *lines])
