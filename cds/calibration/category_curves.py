"""Calibration curves of outcomes with several categories: each against the rest, and up to each where ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cds.calibration.curve import calibration_curve, tenths
from cds.core.finding import Curve
from cds.core.measure import NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import NominalSample, OrdinalSample
from cds.core.study import OVERALL
from cds.stats.per_category import all_but_last, stacked

CATEGORY, UP_TO = "calibration_by_category", "cumulative_calibration"


def category_curves(sample: NominalSample, smoother: str, level: float) -> Iterator[Curve]:
    """One-vs-rest curves with tenths; for ordered categories also those of P(Y ≤ category), the last left out."""
    rest = {c: sample.one_vs_rest(c) for c in sample.categories}
    yield from _curves(CATEGORY, "Calibration of each category against the rest", rest, smoother, level)
    if isinstance(sample, OrdinalSample):
        up_to = {c: sample.up_to(c) for c in all_but_last(sample.categories)}
        yield from _curves(UP_TO, "Cumulative calibration: this category or a lower one", up_to, smoother, level)


def _curves(name: str, title: str, views: Mapping[str, BinarySample], smoother: str, level: float) -> Iterator[Curve]:
    """The curves and their tenths; a category whose curve cannot be estimated has the reason in its facts."""
    drawn, in_tenths = {}, {}
    for category, view in views.items():
        curve = calibration_curve(view, smoother, level, OVERALL)
        drawn[category] = _without_curve(view, curve.reason) if isinstance(curve, NotEstimable) else curve
        in_tenths[category] = tenths(view, level, OVERALL)
    notes = [curve.note for curve in drawn.values() if curve.note]
    note = notes[0] if notes else ""
    together = stacked(name, title, drawn, x_label="Predicted probability", y_label="Observed share", note=note)
    points = stacked(f"{name}_tenths", f"{title}, in tenths", in_tenths)
    yield from (curve for curve in (together, points) if curve is not None)


def _without_curve(view: BinarySample, reason: str) -> Curve:
    """The range of the predictions and nothing observed along it, so that the tenths still have their place."""
    ends = np.array([view.risk.min(), view.risk.max()])
    nothing = np.full(2, np.nan)
    facts = {"n": len(view), "events": int(view.outcome[view.weight > 0].sum()), "no_curve": reason}
    columns = {"risk": ends, "observed": nothing, "low": nothing, "high": nothing}
    return Curve("calibration", "calibration", "Calibration", columns, facts=facts)
