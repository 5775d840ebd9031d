"""Calibration: the family's numbers, the curve overall and by group, tenths, and the smoother's own influence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds.calibration.curve import by_distinct_risk, calibration_curve, tenths
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, NotEstimable
from cds.core.sample import BinarySample
from cds.core.study import OVERALL, Study


def validate(study: Study) -> Iterable[Finding | Curve | Table]:
    """Findings, curves and tables of the calibration family."""
    yield from study.findings("calibration")
    if isinstance(study.sample, BinarySample):
        yield from _curves(study, study.sample)
        yield from by_distinct_risk(study.sample)
        yield _smoothers(study)


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
    found: dict[str, dict[str, str]] = {}
    for answer in study.of_family("calibration"):
        request = answer.request
        if request.subgroup.overall and request.smoother:
            shown = f"{answer.result.value:.4f}" if isinstance(answer.result, Estimate) else answer.result.reason
            found.setdefault(request.smoother, {})[request.measure] = shown
    rows = tuple((smoother, *(values.get(name, "") for name in names)) for smoother, values in found.items())
    labels = tuple(study.measures[name].label for name in names)
    note = f"The protocol's smoother is {study.settings.smoother}; the others show how much the choice matters."
    return Table("smoothers", "calibration", "Calibration distances by smoother", ("smoother", *labels), rows, note)
