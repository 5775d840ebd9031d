"""What a run means for the model's page in clinic: its standing, drawn from the run's record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval
from cds.core.model import Standing
from cds.core.record import RunRecord
from cds.core.verdict import bearing_analysis

OTHER_OUTCOME = "DQ008"  # the data check of the outcome's column
TREAT_ALL = "net_benefit_treat_all"  # the same whatever the model
CITED = (
    "calibration_slope", "calibration_in_the_large", "observed_expected", "auroc", "brier",
    "hand_till_m", "ordinal_c", "mae", "r_squared",
)  # fmt: skip


def standing_of(record: RunRecord) -> Standing:
    """The standing that a physician's page cites: readiness, what is unsettled, performance, utility."""
    return Standing(
        run_id=record.run_id,
        created=record.created,
        readiness=record.readiness,
        model_sha256=record.model_sha256,
        protocol=f"{record.protocol.name} {record.protocol.version}",
        question=record.protocol.question,
        population=record.protocol.population,
        design=record.protocol.design,
        n=record.patients,
        events=record.events,
        synthetic=record.synthetic,
        for_card_outcome=not any(
            f.code == OTHER_OUTCOME and f.severity and f.accepted is None for f in record.findings
        ),
        unsettled=tuple(_unsettled(record)),
        performance=tuple(_performance(record)),
        decision=tuple(_decision(record)),
    )


def _numbers(finding: Finding) -> dict[str, Any]:
    if not isinstance(finding.result, Estimate):
        return {"estimate": None, "low": None, "high": None}
    interval = finding.result.interval
    bounds = (interval.low, interval.high, interval.level) if isinstance(interval, Interval) else (None, None, None)
    return {"estimate": finding.result.value, "low": bounds[0], "high": bounds[1], "level": bounds[2]}


def _label(record: RunRecord, finding: Finding) -> str:
    """The measure's label, with the category that it is about, or the unit of the outcome that it is in."""
    definition = record.definitions[finding.measure]
    unit = record.unit if definition.in_unit else ""
    label = f"{definition.label} ({unit})" if unit else definition.label
    return f"{label}, {finding.category}" if finding.category else label


def _unsettled(record: RunRecord) -> Iterator[dict[str, Any]]:
    for finding in record.judged:
        if finding.verdict != "meets":
            yield {
                "measure": finding.measure, "label": _label(record, finding),
                "criterion": dict(finding.criterion or {}), "verdict": finding.verdict, "kind": finding.kind,
                "attribute": finding.attribute, "group": finding.group, "threshold": finding.threshold,
                "reason": finding.verdict_reason, **_numbers(finding),
            }  # fmt: skip


def _performance(record: RunRecord) -> Iterator[dict[str, Any]]:
    """What a page may cite: the analysis that bears the verdict, so of an internal design nothing apparent."""
    analysis = bearing_analysis(record.protocol)
    for finding in record.findings:
        whole = finding.category is None  # a category's own number would stand for the model's
        if finding.measure in CITED and whole and finding.kind == "estimate" and finding.analysis == analysis:
            result = finding.result
            yield {
                "measure": finding.measure, "label": _label(record, finding),
                "attribute": finding.attribute, "group": finding.group,
                "n": result.n if isinstance(result, Estimate) else None,
                "events": result.events if isinstance(result, Estimate) else None, **_numbers(finding),
            }  # fmt: skip


def _decision(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Per threshold: net benefit of the model, of treating all, the gain, and what happens to 1,000 patients.

    Only for a binary outcome: with several categories a threshold means another decision for each.
    """
    if record.protocol.outcome.kind != "binary":
        return
    analysis = bearing_analysis(record.protocol)
    overall = [f for f in record.findings if f.attribute is None and f.kind == "estimate"]
    by_key = {(f.measure, f.threshold): f for f in overall if f.analysis == analysis}
    by_key |= {(f.measure, f.threshold): f for f in overall if f.measure == TREAT_ALL and f.analysis == "primary"}
    # The counts per 1,000 are apparent in an internal design; nothing corrects them.
    corrected = record.protocol.needs_refits
    table = next((t for t in record.tables if t.name == "per_thousand" and not corrected), None)
    for k, threshold in enumerate(record.protocol.measures.thresholds):
        found = {
            name: _numbers(by_key[name, threshold])
            for name in ("net_benefit", TREAT_ALL, "net_benefit_gain")
            if (name, threshold) in by_key
        }
        counts = dict(zip(table.header[1:5], table.rows[k][1:5], strict=True)) if table else {}
        per_thousand = {name.replace(" ", "_"): int(count) for name, count in counts.items()}
        yield {"threshold": threshold, **found, "per_thousand": per_thousand}
