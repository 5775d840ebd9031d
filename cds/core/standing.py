"""What a run means for the model's page in clinic: its standing, drawn from the run's record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval
from cds.core.model import Standing
from cds.core.record import RunRecord

OTHER_OUTCOME = "DQ008"  # the data check of the outcome's column
CITED = ("calibration_slope", "calibration_in_the_large", "observed_expected", "auroc", "brier")


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


def _unsettled(record: RunRecord) -> Iterator[dict[str, Any]]:
    for finding in record.judged:
        if finding.verdict != "meets":
            yield {
                "measure": finding.measure, "label": record.definitions[finding.measure].label,
                "criterion": dict(finding.criterion or {}), "verdict": finding.verdict, "kind": finding.kind,
                "attribute": finding.attribute, "group": finding.group, "threshold": finding.threshold,
                "reason": finding.verdict_reason, **_numbers(finding),
            }  # fmt: skip


def _performance(record: RunRecord) -> Iterator[dict[str, Any]]:
    for finding in record.findings:
        if finding.measure in CITED and finding.kind == "estimate" and finding.analysis == "primary":
            result = finding.result
            yield {
                "measure": finding.measure, "label": record.definitions[finding.measure].label,
                "attribute": finding.attribute, "group": finding.group,
                "n": result.n if isinstance(result, Estimate) else None,
                "events": result.events if isinstance(result, Estimate) else None, **_numbers(finding),
            }  # fmt: skip


def _decision(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Per threshold: net benefit of the model, of treating all, the gain, and what happens to 1,000 patients."""
    by_key = {(f.measure, f.threshold): f for f in record.findings if f.is_overall_primary}
    table = next((t for t in record.tables if t.name == "per_thousand"), None)
    for k, threshold in enumerate(record.protocol.measures.thresholds):
        found = {
            name: _numbers(by_key[name, threshold])
            for name in ("net_benefit", "net_benefit_treat_all", "net_benefit_gain")
            if (name, threshold) in by_key
        }
        counts = dict(zip(table.header[1:5], table.rows[k][1:5], strict=True)) if table else {}
        per_thousand = {name.replace(" ", "_"): int(count) for name, count in counts.items()}
        yield {"threshold": threshold, **found, "per_thousand": per_thousand}
