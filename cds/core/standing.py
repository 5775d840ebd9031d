"""What a run means for the model's page in clinic: its standing, drawn from the run's record."""

from __future__ import annotations

import itertools
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
    "hand_till_m", "ordinal_c", "mae", "r_squared", "dynamic_auroc", "uno_c", "harrell_c",
)  # fmt: skip

COUNTED = ("found", "missed", "wrongly flagged", "correctly left")


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


def _when(record: RunRecord, horizon: float | None) -> dict[str, Any]:
    """The horizon with its unit; nothing where the outcome has no times, so that such records stay as they were."""
    return {} if horizon is None else {"horizon": horizon, "time_unit": record.protocol.time_unit}


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
                **_when(record, finding.horizon),
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
                "attribute": finding.attribute, "group": finding.group, **_when(record, finding.horizon),
                "n": result.n if isinstance(result, Estimate) else None,
                "events": result.events if isinstance(result, Estimate) else None, **_numbers(finding),
            }  # fmt: skip


def _decision(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Per threshold (and horizon): net benefit of the model, of treating all, the gain, and what 1,000 patients get.

    Of several categories only those whose net benefit a criterion judges at that threshold: for each category a
    threshold means another decision.
    """
    if record.protocol.outcome.kind in ("nominal", "ordinal"):
        yield from _of_categories(record)
    if record.protocol.outcome.kind not in ("binary", "survival", "competing_risks"):
        return
    analysis = bearing_analysis(record.protocol)
    overall = [f for f in record.findings if f.attribute is None and f.kind == "estimate"]
    by_key = {(f.measure, f.horizon, f.threshold): f for f in overall if f.analysis == analysis}
    by_key |= {
        (f.measure, f.horizon, f.threshold): f for f in overall if f.measure == TREAT_ALL and f.analysis == "primary"
    }
    timed = record.protocol.outcome.kind != "binary"
    horizons: tuple[float | None, ...] = record.protocol.measures.horizons if timed else (None,)
    for horizon, threshold in itertools.product(horizons, record.protocol.measures.thresholds):
        found = {
            name: _numbers(by_key[name, horizon, threshold])
            for name in ("net_benefit", TREAT_ALL, "net_benefit_gain")
            if (name, horizon, threshold) in by_key
        }
        counts = _per_thousand(record, horizon, threshold)
        yield {"threshold": threshold, **_when(record, horizon), **found, "per_thousand": counts}


def _of_categories(record: RunRecord) -> Iterator[dict[str, Any]]:
    asked = [(c.category, c.threshold) for c in record.protocol.criteria if c.measure == "net_benefit_gain"]
    for category, threshold in dict.fromkeys(asked):
        found = {
            f.measure: _numbers(f)
            for f in record.findings
            if f.measure in ("net_benefit", TREAT_ALL, "net_benefit_gain")
            and (f.category, f.threshold) == (category, threshold)
            and f.is_overall_primary
        }
        if found and category is not None:
            yield {"threshold": threshold, "category": category, **found, "per_thousand": {}}


def _per_thousand(record: RunRecord, horizon: float | None, threshold: float) -> dict[str, int]:
    """What happens to 1,000 patients, from the run's table; of an internal design it is apparent, so none there."""
    table = next((t for t in record.tables if t.name == "per_thousand" and not record.protocol.needs_refits), None)
    if table is None:
        return {}
    for cells in table.rows:
        row = dict(zip(table.header, cells, strict=True))
        if row["threshold"] == f"{threshold:g}" and (horizon is None or row.get("horizon") == f"{horizon:g}"):
            return {name.replace(" ", "_"): int(row[name]) for name in COUNTED if row.get(name, "").isdecimal()}
    return {}
