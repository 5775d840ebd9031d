"""Every overall result of the primary analysis: a row per measure and, where there are horizons, a column for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval
from cds.core.record import RunRecord
from cds.report.criteria_view import label_of
from cds.report.measures_view import GROUPS_PER_TABLE, Notes, PrintedTable, cell, header_of, printed
from cds.report.rounding import percent, plain
from cds.report.wording import Sentences


def overall_tables(record: RunRecord, words: Sentences) -> tuple[PrintedTable, ...]:
    """The results without a horizon, and those of each horizon beside one another."""
    found = [finding for finding in record.findings if finding.is_overall_primary]
    plain_ones = [finding for finding in found if finding.horizon is None]
    timed = [finding for finding in found if finding.horizon is not None]
    first = [_table(record, plain_ones, words)] if plain_ones else []
    horizons = sorted({f.horizon for f in timed if f.horizon is not None})
    parts = [horizons[i : i + GROUPS_PER_TABLE] for i in range(0, len(horizons), GROUPS_PER_TABLE)]
    return (*first, *(_by_horizon(record, timed, part, words) for part in parts))


def _table(record: RunRecord, findings: Sequence[Finding], words: Sentences) -> PrintedTable:
    notes, rows = Notes(), []
    for finding in findings:
        value, bounds = printed(record, finding, notes, words)
        told = (_ideal(record, finding, words), _method(record, finding, words))
        rows.append((label_of(record, finding, words), value, bounds, *told))
    header = header_of(words, "overall", level=percent(record.protocol.measures.level))
    return PrintedTable(_title(record, words), header, tuple(rows), notes.printed())


def _by_horizon(
    record: RunRecord, findings: Sequence[Finding], horizons: Sequence[float], words: Sentences
) -> PrintedTable:
    """A row per measure (and threshold or category), a column per horizon, estimates with their intervals."""
    notes, rows = Notes(), []
    kinds: dict[str, list[str]] = {}
    mine: dict[str, dict[float, Finding]] = {}
    for finding in findings:
        if finding.horizon is not None:
            label = label_of(record, replace(finding, horizon=None), words)
            mine.setdefault(label, {})[finding.horizon] = finding
    for label, by_horizon in mine.items():
        if by_horizon.keys().isdisjoint(horizons):
            continue
        cells = (cell(record, by_horizon.get(h), notes, words) for h in horizons)
        one = next(iter(by_horizon.values()))
        rows.append((label, *cells, _ideal(record, one, words)))
        for finding in by_horizon.values():
            kinds.setdefault(_method(record, finding, words), []).append(label)
    unit, ideal = record.protocol.time_unit, header_of(words, "overall", level="")[3]
    header = (words("table.measure"), *(f"{plain(h)} {unit}".rstrip() for h in horizons), ideal)
    return PrintedTable(_title(record, words), header, tuple(rows), (*notes.printed(), *_kinds(kinds, words)))


def _kinds(kinds: Mapping[str, Sequence[str]], words: Sentences) -> tuple[str, ...]:
    """Which intervals were made how, since there is no room for it beside each."""
    told = (
        words("table.kind", method=f"{method[:1].upper()}{method[1:]}", measures=", ".join(dict.fromkeys(labels)))
        for method, labels in kinds.items()
        if method != "–"
    )
    return tuple(told)


def _title(record: RunRecord, words: Sentences) -> str:
    return words("table.overall_apparent" if record.protocol.judges_development else "table.overall")


def _ideal(record: RunRecord, finding: Finding, words: Sentences) -> str:
    definition = record.definitions.get(finding.measure)
    if definition is None:
        return "–"
    if definition.ideal is not None and math.isfinite(definition.ideal):
        return f"{definition.ideal:g}"
    if isinstance(finding.result, Estimate) and "nominal_level" in finding.result.details:
        return words("ideal.level", level=percent(finding.result.details["nominal_level"]))
    return words.get(f"ideal.{definition.direction}", "–")


def _method(record: RunRecord, finding: Finding, words: Sentences) -> str:
    """How the interval was made; its level only where it is not the protocol's, which heads the column."""
    result = finding.result
    if not isinstance(result, Estimate) or not isinstance(result.interval, Interval):
        return "–"
    method = _method_name(result.interval.method, words)
    same = result.interval.level == record.protocol.measures.level
    return method if same else f"{percent(result.interval.level)} {method}"


def _method_name(method: str, words: Sentences) -> str:
    """The method in words; of a pooled interval, that of each imputation, since the scope says that all are pooled."""
    rule, _, within = method.rpartition(", within each: ")
    name = words.get(f"method.{within}", within)
    return words("method.pooled", method=name) if rule else name
