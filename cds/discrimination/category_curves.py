"""Discrimination of outcomes with several categories, drawn: the ROC curve and the predictions of each category."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Curve
from cds.core.sample_kinds import NominalSample
from cds.discrimination.roc import risk_distribution, roc_curve
from cds.stats.per_category import stacked


def category_curves(sample: NominalSample) -> Iterator[Curve]:
    """Each category against the rest by its own probability; a category that nobody or everybody has has no ROC."""
    views = {c: sample.one_vs_rest(c) for c in sample.categories}
    rocs = {c: roc_curve(view) for c, view in views.items() if view.has_both_classes}
    spread = {c: risk_distribution(view) for c, view in views.items()}
    drawn = (
        stacked(
            "distribution_by_category", "Predicted probability of each category", spread,
            x_label="Predicted probability of the category",
        ),
        stacked("roc_by_category", "Receiver operating characteristic of each category against the rest", rocs),
    )  # fmt: skip
    yield from (curve for curve in drawn if curve is not None)
