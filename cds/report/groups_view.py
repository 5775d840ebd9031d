"""What each criterion says of each group, in one table that a committee can read."""

from __future__ import annotations

from dataclasses import dataclass

from cds.core.finding import Finding
from cds.core.measure import Estimate
from cds.core.protocol import LANDMARK
from cds.core.record import RunRecord
from cds.report.criteria_view import SYMBOLS, label_of, reason_of
from cds.report.group_counts import HIDDEN, NONE, GroupCounts
from cds.report.measures_view import Notes, PrintedTable, cell
from cds.report.wording import Sentences

CRITERIA_PER_TABLE = 3


def committee_tables(record: RunRecord, words: Sentences) -> tuple[PrintedTable, ...]:
    """Per attribute: a row per group, a column per criterion across it, each with its verdict; named groups fail.

    Beside the verdicts stand patients and events; the reference of a contrast has a row that says so.
    """
    found = [f for f in record.judged if f.attribute and f.attribute != LANDMARK and f.group]
    return tuple(
        table
        for attribute in dict.fromkeys(str(f.attribute) for f in found)
        for table in _Committee(record, attribute, GroupCounts(record), words).tables(found)
    )


@dataclass(frozen=True)
class _Committee:
    record: RunRecord
    attribute: str
    counts: GroupCounts
    words: Sentences

    def tables(self, found: list[Finding]) -> list[PrintedTable]:
        """A few criteria per table, so that each fits the page."""
        mine = [f for f in found if f.attribute == self.attribute]
        columns = {self._column(f): f.reference_group for f in mine}
        groups = list(dict.fromkeys([*(str(f.group) for f in mine), *(r for r in columns.values() if r)]))
        starts = range(0, len(columns), CRITERIA_PER_TABLE)
        return [self._table(mine, groups, dict([*columns.items()][k : k + CRITERIA_PER_TABLE])) for k in starts]

    def _table(self, findings: list[Finding], groups: list[str], columns: dict[str, str | None]) -> PrintedTable:
        words, notes, rows = self.words, Notes(), []
        for group in groups:
            mine = {self._column(f): f for f in findings if f.group == group}
            told = [
                words("table.reference") if r == group else self._cell(mine.get(c), notes) for c, r in columns.items()
            ]
            rows.append((group, *self.counts.of_group(self.attribute, group), *told))
        header = (words("table.group_head"), words("table.patients"), words("table.events"), *columns)
        if all(row[2] == NONE for row in rows):  # an outcome without events
            header, rows = (*header[:2], *header[3:]), [(*row[:2], *row[3:]) for row in rows]
        if any(HIDDEN in row[1:3] for row in rows):
            notes.texts.append(words("table.suppressed", limit=self.counts.limit))
        title = words("table.committee", attribute=self.attribute)
        return PrintedTable(title, header, tuple(rows), notes.printed(), numeric=False)

    def _cell(self, finding: Finding | None, notes: Notes) -> str:
        """The verdict in a sign and a word, with the number; why a group was not assessed stands in a note."""
        told = cell(self.record, finding, notes, self.words)
        if finding is None or finding.verdict is None:
            return told
        told = f"{SYMBOLS[finding.verdict]} {self.words(f'verdict.{finding.verdict}')}: {told}"
        reason = reason_of(finding, self.counts, self.words)
        return f"{told} {notes.mark(reason)}" if reason and isinstance(finding.result, Estimate) else told

    def _column(self, finding: Finding) -> str:
        label, reference = label_of(self.record, finding, self.words), finding.reference_group
        return self.words("table.against", label=label, reference=reference) if reference else label
