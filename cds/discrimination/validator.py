"""Discrimination: the family's numbers, the ROC curve, and the risks of events beside those of non-events."""

from __future__ import annotations

from collections.abc import Iterable

from cds.core.finding import Curve, Finding, Table
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import NominalSample
from cds.core.study import Study
from cds.discrimination.category_curves import category_curves
from cds.discrimination.roc import risk_distribution, roc_curve
from cds.stats.per_category import of_the_first
from cds.stats.pooled_curves import stacked


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Findings and curves of the discrimination family."""
    yield from study.findings("discrimination")
    match study.sample:
        case BinarySample() as sample:
            yield risk_distribution(stacked(study.samples))
            if sample.has_both_classes:
                yield roc_curve(sample)
        case NominalSample() as sample:
            yield from (of_the_first(curve, len(study.samples)) for curve in category_curves(sample))
