"""The definitions of the measures that a report prints."""

from __future__ import annotations

from dataclasses import dataclass

from cds.core.record import RunRecord
from cds.report.rounding import per_cent


@dataclass(frozen=True)
class Definition:
    """Measures that share a convention and a source: each label with its formula, then what they share."""

    formulas: tuple[tuple[str, str], ...]
    convention: str
    source: str


def used_definitions(record: RunRecord) -> tuple[Definition, ...]:
    """The definitions of the measures that appear, in order of appearance."""
    used = dict.fromkeys(f.measure for f in record.findings if f.measure in record.definitions)
    shared: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for measure in (record.definitions[name] for name in used):
        told = (per_cent(measure.convention), measure.source)
        shared.setdefault(told, []).append((measure.label, per_cent(measure.formula)))
    return tuple(Definition(tuple(formulas), *told) for told, formulas in shared.items())
