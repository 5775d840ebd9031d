"""Clinical utility: the family's numbers, the decision curve, and what happens to 1,000 patients at each threshold."""

from __future__ import annotations

from collections.abc import Iterable

from cds.core.finding import Curve, Finding, Table
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import NominalSample
from cds.core.study import Study
from cds.stats.per_category import of_the_first
from cds.stats.pooled_curves import independent, pooled_curve, stacked
from cds.utility.category_curves import category_decisions, category_table
from cds.utility.decision_curve import decision_curve, highest_risk
from cds.utility.per_thousand import per_thousand


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Findings, curve and table of the utility family; categories have curves only where thresholds are named."""
    yield from study.findings("utility")
    settings = study.settings
    match study.sample:
        case BinarySample() as sample:
            yield _decision(study, sample)
            if settings.thresholds:
                yield per_thousand(stacked(study.samples), settings.thresholds)
        case NominalSample() as sample if settings.thresholds:
            curve = category_decisions(sample, settings.thresholds, settings.level)
            yield from () if curve is None else (of_the_first(curve, len(study.samples)),)
            imputed = [s for s in study.samples if isinstance(s, NominalSample)]
            yield category_table(imputed, settings.thresholds)


def _decision(study: Study, sample: BinarySample) -> Curve:
    """The decision curve, pooled over imputations where there are several."""
    thresholds, level = study.settings.thresholds, study.settings.level
    parts = [s for s in study.samples if isinstance(s, BinarySample)]
    if len(parts) == 1:
        return decision_curve(sample, thresholds, level)
    highest = max(highest_risk(part) for part in parts)
    curves = [decision_curve(part, thresholds, level, highest=highest) for part in parts]
    return pooled_curve(curves, "model", "identity", level=level, independent=independent(study))
