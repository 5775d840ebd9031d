"""What each criterion says of each group, in one table that a committee can read."""

from __future__ import annotations

from cds.core.finding import Finding
from cds.core.protocol import LANDMARK
from cds.core.record import RunRecord
from cds.report.criteria_view import SYMBOLS, label_of
from cds.report.measures_view import Notes, PrintedTable, cell
from cds.report.wording import Sentences

CRITERIA_PER_TABLE = 3


def committee_tables(record: RunRecord, words: Sentences) -> tuple[PrintedTable, ...]:
    """Per attribute: a row per group, a column per criterion across it, each with its verdict; named groups fail."""
    found = [f for f in record.judged if f.attribute and f.attribute != LANDMARK and f.group]
    tables: list[PrintedTable] = []
    for attribute in dict.fromkeys(str(f.attribute) for f in found):
        mine = [f for f in found if f.attribute == attribute]
        columns = list(dict.fromkeys(_column(record, f, words) for f in mine))
        for start in range(0, len(columns), CRITERIA_PER_TABLE):
            part = columns[start : start + CRITERIA_PER_TABLE]
            tables.append(_table(record, attribute, mine, part, words))
    return tuple(tables)


def _table(
    record: RunRecord, attribute: str, findings: list[Finding], columns: list[str], words: Sentences
) -> PrintedTable:
    notes, rows = Notes(), []
    for group in dict.fromkeys(f.group for f in findings):
        by_column = {_column(record, f, words): f for f in findings if f.group == group}
        cells = []
        for column in columns:
            finding = by_column.get(column)
            verdict = finding.verdict if finding else None
            sign = f"{SYMBOLS[verdict]} {words(f'verdict.{verdict}')}: " if verdict else ""
            cells.append(sign + cell(record, finding, notes, words))
        rows.append((str(group), *cells))
    title = words("table.committee", attribute=attribute)
    return PrintedTable(title, (words("table.group_head"), *columns), tuple(rows), notes.printed(), numeric=False)


def _column(record: RunRecord, finding: Finding, words: Sentences) -> str:
    label = label_of(record, finding, words)
    return words("table.against", label=label, reference=finding.reference_group) if finding.reference_group else label
