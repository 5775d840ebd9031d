"""Performance in each calendar window: the headline measures, as for any other group of patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from cds.core.arrays import BoolArray
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.study import Answer, Study, Subgroup
from cds.drift.windows import Window
from cds.stats.along import along_columns, label_along, too_few
from cds.stats.asking import requests
from cds.stats.estimation import estimate
from cds.stats.pooling import pooled

BY_WINDOW = "by_window"
HEADLINES = (
    "calibration_in_the_large", "calibration_slope", "observed_expected", "auroc", "hand_till_m", "ordinal_c", "brier",
    "net_benefit_gain", "mae", "calibration_intercept", "uno_c",
)  # fmt: skip


def answers_by_window(study: Study, column: str, parts: list[Window]) -> list[Answer]:
    """Every headline measure in every window, pooled over imputations, cluster-robust where sites are declared.

    Of several horizons only the last is followed over calendar time. A window of fewer patients than the protocol's
    smallest cell is not computed: it says so.
    """
    chosen = {name: study.measures[name] for name in HEADLINES if name in study.measures}
    groups = {Subgroup(column, w.label): w.rows for w in parts}
    categories = getattr(study.sample, "categories", ())
    settings = study.settings.model_copy(update={"horizons": study.settings.horizons[-1:]})
    asked = [replace(r, analysis=BY_WINDOW) for r in requests(chosen, groups, settings, categories, overall=False)]
    told = {Subgroup(column, w.label): suppressed(study, w) for w in parts}
    open_requests = [r for r in asked if told[r.subgroup] is None]
    kept = {s: rows for s, rows in groups.items() if told[s] is None}
    each = [
        estimate(open_requests, chosen, sample, kept, study.settings, sites=study.sites, jobs=study.jobs)
        for sample in study.samples
    ]
    found = each[0] if len(each) == 1 else [_pooled(study, kept, parts) for parts in zip(*each, strict=True)]
    by_request = {a.request: a for a in found}
    return [by_request.get(r) or Answer(r, told[r.subgroup] or NotEstimable("not computed")) for r in asked]


def _pooled(study: Study, windows: Mapping[Subgroup, BoolArray], parts: Sequence[Answer]) -> Answer:
    """One answer over imputations; its independent units are the sites with patients in the window, or its patients."""
    present = parts[0].present
    inside = windows[parts[0].request.subgroup]
    units = len(np.unique(study.sample.patient_codes[inside])) if present is None else int(present.sum())
    return pooled(parts, level=study.settings.level, independent=units)


def suppressed(study: Study, window: Window) -> NotEstimable | None:
    """Why a window's numbers are not shown; None where they are."""
    if not window.patients:
        return NotEstimable("no patients in the window")
    least = smallest_cell(study)
    if window.patients < least:
        return NotEstimable(f"fewer than {least} patients in the window: not shown")
    return None


def smallest_cell(study: Study) -> int:
    """The fewest patients whose numbers may be shown."""
    return 1 if study.protocol is None else study.protocol.cohort.small_cell


def findings(study: Study, answers: list[Answer]) -> Iterator[Finding]:
    """Each answer as a finding; windows with fewer events than the protocol's minimum are marked."""
    for answer in answers:
        finding = study.finding(answer)
        if too_few(study, answer) and isinstance(finding.result, Estimate):
            details = {**finding.result.details, "below_minimum_events": study.minimum_events}
            finding = replace(finding, result=replace(finding.result, details=details))
        yield finding


def curve(study: Study, parts: list[Window], answers: list[Answer]) -> Curve:
    """Estimates and intervals as a long table: measure by window, NaN where there is none."""
    columns = along_columns(study, answers, {w.label: k for k, w in enumerate(parts)})
    return Curve(
        "by_window", "drift", "Performance by calendar window", columns, x_label="Calendar window",
        note="points with intervals, hollow below the minimum of events",
        facts={"windows": [w.label for w in parts], "level": study.settings.level},
    )  # fmt: skip


def table(study: Study, parts: list[Window], answers: list[Answer], *, note: str) -> Table:
    """Patients, events and the headline measures, one line per window."""
    first = [a for a in answers if str(a.request.subgroup.level) == parts[0].label]
    asked = [replace(a.request, subgroup=Subgroup()) for a in first]
    labels = [label_along(study, a) for a in first]
    found = {(replace(a.request, subgroup=Subgroup()), str(a.request.subgroup.level)): a for a in answers}
    rows = []
    for w in parts:
        hidden = suppressed(study, w)
        size = f"{w.patients}" if hidden is None or not w.patients else f"under {smallest_cell(study)}"
        rows.append((w.label.replace("-", " "), size, *(_shown(study, found[r, w.label]) for r in asked)))
    return Table(
        "drift_windows", "drift", "Performance by calendar window", ("window", "patients", *labels), tuple(rows), note
    )


def _shown(study: Study, answer: Answer) -> str:
    result = answer.result
    if isinstance(result, NotEstimable):
        return "–"
    mark = " *" if too_few(study, answer) else ""
    mark += " †" if result.details.get("descriptive") else ""
    told = f"{result.value:z.2f}"
    if isinstance(result.interval, Interval):
        told += f" ({result.interval.low:z.2f} to {result.interval.high:z.2f})"
    return told.replace("-", "−") + mark
