"""Decisions about one category at a time: its decision curve, and what happens to 1,000 patients."""

from __future__ import annotations

from collections.abc import Sequence

from cds.core.finding import Curve, Table
from cds.core.sample_kinds import NominalSample
from cds.stats.per_category import stacked
from cds.stats.pooled_curves import stacked as rows_of_all
from cds.utility.decision_curve import decision_curve
from cds.utility.per_thousand import per_thousand


def category_decisions(sample: NominalSample, thresholds: tuple[float, ...], level: float) -> Curve | None:
    """The decision curve of acting on each category's probability, against acting in everyone and in no one."""
    curves = {c: decision_curve(sample.one_vs_rest(c), thresholds, level) for c in sample.categories}
    return stacked(
        "decision_by_category", "Decision curve of each category", curves,
        x_label="Threshold probability of the category at which one would act",
    )  # fmt: skip


def category_table(samples: Sequence[NominalSample], thresholds: tuple[float, ...]) -> Table:
    """Per category and threshold: found, missed, wrongly flagged and rightly left of 1,000 patients.

    ``samples`` holds one sample per imputation; their counts are averaged.
    """
    categories = samples[0].categories
    tables = {c: per_thousand(rows_of_all([s.one_vs_rest(c) for s in samples]), thresholds) for c in categories}
    first = next(iter(tables.values()))
    rows = tuple((f"{c}, {row[0]}", *row[1:]) for c, table in tables.items() for row in table.rows)
    note = f"{first.note} Each category is a decision of its own: acting on its probability or not."
    return Table(first.name, first.family, first.title, ("category, threshold", *first.header[1:]), rows, note)
