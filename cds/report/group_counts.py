"""Which counts of groups the report prints, all of its tables and figures seen together."""

from __future__ import annotations

from cds.core.finding import Finding
from cds.core.measure import Estimate
from cds.core.protocol import LANDMARK
from cds.core.record import RunRecord
from cds.core.small_cells import Cell, hidden_crossed
from cds.report.rounding import count

HIDDEN, NONE = "×", "–"
Sizes = dict[str, dict[str, tuple[int | None, int | None]]]
Question = tuple[float | None, str | None]
UNKNOWN = (1, 1)  # a group that no number counts may be as small as can be


class GroupCounts:
    """Patients and events of the groups of a run as text, × where they are too few or would give such a count away.

    Who is in a group is told by the run's table of groups, else by the primary estimates of each attribute's groups,
    landmarks aside. Events are those by the horizon, or of the category, that a number asks for.
    """

    def __init__(self, record: RunRecord) -> None:
        self._crossed, self.limit = record.protocol.cohort.crossed, record.protocol.cohort.small_cell
        self.minimum = record.protocol.cohort.minimum_events
        self._printed = _printed(record)
        self._asked = _asked(record)
        if self._printed:
            self._few_patients = {cell for cell, told in self._printed.items() if told[0] == HIDDEN}
            self._add_uncounted()
        else:
            whole = self._asked.get((None, None), {})
            self._few_patients = hidden_crossed(_column(whole, 0), self._crossed, self.limit)
        self._few_events = {question: self._of_events(sizes) for question, sizes in self._asked.items()}

    def _add_uncounted(self) -> None:
        """Groups without a number: what the others leave would tell how many they are."""
        for sizes in self._asked.values():
            for (attribute, group), told in self._printed.items():
                if attribute in sizes and told[0] != "0":
                    sizes[attribute].setdefault(group, UNKNOWN)

    def _of_events(self, sizes: Sizes) -> set[Cell]:
        others = [
            (attribute, group)
            for attribute, groups in sizes.items()
            for group, (n, events) in groups.items()
            if n is not None and events is not None and 0 < n - events < self.limit
        ]
        few = self._few_patients | hidden_crossed(
            _column(sizes, 0), self._crossed, self.limit, anyway=self._few_patients
        )
        if all(events is None for groups in sizes.values() for _, events in groups.values()):
            return few
        return few | hidden_crossed(_column(sizes, 1), self._crossed, self.limit, also=others, anyway=few)

    def of_group(self, attribute: str, group: str) -> tuple[str, str]:
        """Patients of a group, and how many of them had the event in all of follow-up."""
        cell = (attribute, group)
        return self._printed[cell] if cell in self._printed else self._told((None, None), cell)

    def of(self, finding: Finding) -> tuple[str, str]:
        """Patients and events of a finding's group, as this finding counts them."""
        return self._told((finding.horizon, finding.category), (str(finding.attribute), str(finding.group)))

    def hides(self, finding: Finding) -> bool:
        """Whether a count that this finding rests on is not printed: of its group or of the one compared with."""
        if finding.attribute in (None, LANDMARK):
            return False
        question, groups = (finding.horizon, finding.category), (finding.group, finding.reference_group)
        return any(self.hides_group((str(finding.attribute), group), question) for group in groups if group)

    def hides_group(self, cell: Cell, question: Question = (None, None)) -> bool:
        """Whether a count of a group is not printed, its events counted by a horizon or of a category."""
        return cell in self._few_events.get(question, self._few_patients)

    def _told(self, question: Question, cell: Cell) -> tuple[str, str]:
        values = self._asked.get(question, {}).get(cell[0], {}).get(cell[1], (None, None))
        few = self._few_events.get(question, self._few_patients)
        told = [NONE if v is None else HIDDEN if v and cell in few else count(v) for v in values]
        return told[0], told[1]


def _printed(record: RunRecord) -> dict[Cell, tuple[str, str]]:
    """What the run's own table says of each group, which keeps small counts back."""
    for table in record.tables:
        if table.name == "groups":
            place = table.header.index("events") if "events" in table.header else None
            return {
                (row[0], row[1]): (_grouped(row[2]), NONE if place is None else _grouped(row[place]))
                for row in table.rows
            }
    return {}


def _asked(record: RunRecord) -> dict[Question, Sizes]:
    """Patients and events of each group, by the horizon and category that they are counted for."""
    found: dict[Question, Sizes] = {}
    for finding in record.findings:
        attribute, group, result = finding.attribute, finding.group, finding.result
        counts = finding.kind == "estimate" and finding.analysis == "primary" and isinstance(result, Estimate)
        if counts and attribute not in (None, LANDMARK) and group and isinstance(result, Estimate) and result.n:
            sizes = found.setdefault((finding.horizon, finding.category), {})
            sizes.setdefault(str(attribute), {}).setdefault(group, (result.n, result.events))
    return found


def _column(sizes: Sizes, place: int) -> dict[str, dict[str, int | None]]:
    return {a: {group: told[place] for group, told in groups.items()} for a, groups in sizes.items()}


def _grouped(text: str) -> str:
    return count(int(text)) if text.isdigit() else text
