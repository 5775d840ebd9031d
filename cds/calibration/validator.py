"""Calibration: the family's numbers, the curve overall and by group, tenths, and the smoother's own influence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds.calibration.category_curves import category_curves
from cds.calibration.continuous_curve import curves as continuous_curves
from cds.calibration.curve import by_distinct_risk, calibration_curve, tenths
from cds.calibration.pooled_curve import pooled_curves
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, NotEstimable
from cds.core.sample_binary import BinarySample
from cds.core.sample_kinds import ContinuousSample, NominalSample
from cds.core.study import OVERALL, Study
from cds.stats.asking import OTHER_SMOOTHER
from cds.stats.per_category import of_the_first


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Findings, curves and tables of the calibration family."""
    yield from study.findings("calibration")
    settings = study.settings
    match study.sample:
        case BinarySample() as sample:
            yield from _curves(study, sample) if len(study.samples) == 1 else pooled_curves(study)
            yield from by_distinct_risk(sample)
            yield _smoothers(study)
        case NominalSample() as sample:
            curves = category_curves(sample, settings.smoother, settings.level)
            yield from (of_the_first(curve, len(study.samples)) for curve in curves)
            yield _smoothers(study)
        case ContinuousSample() as sample:
            yield from continuous_curves(study, sample)


def _curves(study: Study, sample: BinarySample) -> Iterator[Curve]:
    for subgroup, mask in {OVERALL: None, **study.groups}.items():
        part = sample if mask is None else sample.where(mask)
        if not len(part):
            continue
        curve = calibration_curve(part, study.settings.smoother, study.settings.level, subgroup)
        if not isinstance(curve, NotEstimable):
            yield curve
        if subgroup.overall:
            yield tenths(part, study.settings.level, subgroup)


def _smoothers(study: Study) -> Table:
    names = [m.name for m in study.measures.values() if "smoother" in m.parameters]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for answer in study.of_family("calibration"):
        request = answer.request
        if request.subgroup.overall and request.smoother and request.analysis in ("primary", OTHER_SMOOTHER):
            shown = f"{answer.result.value:.4f}" if isinstance(answer.result, Estimate) else answer.result.reason
            found.setdefault((request.category or "", request.smoother), {})[request.measure] = shown
    of_categories = any(category for category, _ in found)
    first = ("category, smoother",) if of_categories else ("smoother",)
    if of_categories:  # each category's smoothers one below the other
        order = list(dict.fromkeys(category for category, _ in found))
        found = dict(sorted(found.items(), key=lambda item: order.index(item[0][0])))
    rows = tuple(
        (", ".join(part for part in key if part), *(values.get(name, "") for name in names))
        for key, values in found.items()
    )
    labels = tuple(study.measures[name].label for name in names)
    note = f"The protocol's smoother is {study.settings.smoother}; the others show how much the choice matters."
    return Table("smoothers", "calibration", "Calibration distances by smoother", (*first, *labels), rows, note)
