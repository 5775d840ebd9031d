"""Score totals that are not the sum of the items that the card names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.finding import Finding
from cds.core.model_card import Feature
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import counted, listed, of_rows
from cds.stats.recorded import recorded

ROUNDING = 1e-6
SAME = 0.95  # of the rows that differ, by which one cause is named
MANY = 0.05
TOTALS = DataCheck(
    code="DQ012",
    name="total_other_than_its_items",
    what="A score that its card declares to be the total of other columns (total_of) and that is not their sum: by how "
    "much, in how many rows, and the likely cause (blocking above 5 % of the rows, else a warning); a total given "
    "where an item is missing and that counts it as 0 (warning); items that the data lack (info).",
    source="Kahn et al., eGEMs 2016, computational conformance, doi:10.13063/2327-9214.1244",
)


@dataclass(frozen=True, eq=False)
class _Score:
    """A declared total beside the sum of its items, per row with a total; the sum is NaN where an item is missing."""

    total: FloatArray
    complete: FloatArray
    given: FloatArray
    items: int

    @property
    def checked(self) -> BoolArray:
        """The rows with every item."""
        return ~np.isnan(self.complete)

    @property
    def excess(self) -> FloatArray:
        """Total − sum of the items, in the rows with every item."""
        return self.total[self.checked] - self.complete[self.checked]


def totals(study: Study) -> Iterator[Finding]:
    """A fault per total that is not its items' sum, a clear row where there is none or none is declared."""
    if study.card is None:
        yield TOTALS.not_run(NO_CARD)
        return
    declared = [f for f in study.card.inputs if f.total_of and f.name in study.cohort.features]
    found = [fault for feature in declared for fault in _faults(study, feature)]
    yield from found or [TOTALS.clear({"totals": len(declared)})]


def _faults(study: Study, feature: Feature) -> Iterator[Finding]:
    features = study.cohort.features
    absent = [item for item in feature.total_of if item not in features]
    if absent:
        sentence = (
            f"{feature.title}: cannot be checked against its items, the data lack {len(absent)} of "
            f"{len(feature.total_of)} ({listed(absent)})."
        )
        yield TOTALS.fault("info", sentence, {"items_absent": len(absent)}, about=feature.name)
        return
    score = _score(study, feature)
    wrong = np.abs(score.excess) > ROUNDING * np.maximum(1, np.abs(score.complete[score.checked]))
    if wrong.any():
        yield _unequal(study, feature, score, wrong)
    yield from _prorated(study, feature, score)


def _score(study: Study, feature: Feature) -> _Score:
    features, inputs = study.cohort.features, {} if study.card is None else {f.name: f for f in study.card.inputs}
    total = _numbers(recorded(feature, features[feature.name]))
    items = np.column_stack(
        [_numbers(recorded(inputs[i], features[i]) if i in inputs else features[i]) for i in feature.total_of]
    )
    rows = ~np.isnan(total)
    return _Score(total[rows], items[rows].sum(axis=1), np.nansum(items[rows], axis=1), items.shape[1])


def _numbers(column: pd.Series) -> FloatArray:
    values: FloatArray = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=np.float64)
    return values


def _unequal(study: Study, feature: Feature, score: _Score, wrong: BoolArray) -> Finding:
    small, count, rows = study.small_cell, int(wrong.sum()), int(score.checked.sum())
    excess = score.excess[wrong]
    told, cause = "", "Likely cause: another version of the score, items that it counts backwards, or a wrong column."
    details: dict[str, object] = {"rows": rows, "unequal": counted(count, small)}
    if count >= small:
        shift = float(np.median(excess))
        same = float(np.mean(np.abs(excess - shift) <= ROUNDING * max(1, abs(shift))))
        factor = _factor(score, wrong)
        details["median_difference"] = shift
        if same >= SAME:
            everyone = "everyone" if count == rows else "these rows"
            told = f": {abs(shift):g} points too {'high' if shift > 0 else 'low'} for {everyone}"
            cause = _constant(shift, score.items)
        elif factor is not None:
            told = f": it is {factor:.4g} times their sum"
            mean = abs(factor * score.items - 1) < ROUNDING
            cause = f"Likely cause: {'the mean of the items' if mean else 'another scale (a percentage, say)'}."
        else:
            told = f": by {shift:+g} points in the median, and not by the same everywhere".replace("-", "−")
    sentence = (
        f"{feature.title}: differs from the sum of its {score.items} items in {of_rows(count, rows, small)}{told}. "
        f"{cause} Score it again from the items as the model's developers did."
    )
    return TOTALS.fault("blocking" if count > MANY * rows else "warning", sentence, details, about=feature.name)


def _constant(shift: float, items: int) -> str:
    if abs(shift) == items:
        return "Likely cause: the items were counted from 1 instead of 0, or the reverse."
    return "Likely cause: a constant added or an item counted twice or left out in scoring, or another version."


def _factor(score: _Score, wrong: BoolArray) -> float | None:
    """The one factor between total and sum, where there is one."""
    total, items = score.total[score.checked][wrong], score.complete[score.checked][wrong]
    if (items == 0).all():
        return None
    factors = total[items != 0] / items[items != 0]
    middle = float(np.median(factors))
    return middle if np.mean(np.abs(factors - middle) <= ROUNDING * max(abs(middle), 1)) >= SAME else None


def _prorated(study: Study, feature: Feature, score: _Score) -> Iterator[Finding]:
    """Totals of rows that lack an item: whether they are the sum of the others, so that it counts as 0."""
    lacking, small = ~score.checked, study.small_cell
    if lacking.sum() < small:
        return
    as_zero = np.abs(score.total[lacking] - score.given[lacking]) <= ROUNDING * np.maximum(1, score.given[lacking])
    if as_zero.mean() < SAME:
        return
    sentence = (
        f"{feature.title}: given in {of_rows(int(lacking.sum()), len(lacking), small)} although an item is missing, "
        "and is there the sum of the others: a missing item counts as 0. Leave the total empty, or score it as the "
        "model's developers did."
    )
    yield TOTALS.fault("warning", sentence, {"items_missing": int(lacking.sum())}, about=feature.name)
