"""The numbers behind the criteria: overall, by group, contrasts, distances, other analyses, and their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cds.core.finding import Finding
from cds.core.headlines import HEADLINES
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.protocol import LANDMARK
from cds.core.record import RunRecord
from cds.core.small_cells import hidden
from cds.report.criteria_view import apart_of, label_of, who_of
from cds.report.group_counts import GroupCounts
from cds.report.rounding import count, decimals, estimate_decimals, number
from cds.report.wording import Sentences

GROUPS_PER_TABLE = 4
ROWS_PER_PAGE = 24
OF_SITES = ("by_site", "random_effects", "leave_one_site_out", "leave_one_site_out_random_effects")  # have a section
COMPARED = ("rival", "comparison", "comparison_refitted")  # analyses that have tables of their own


@dataclass(frozen=True)
class PrintedTable:
    """A table as printed: rows of text whose first cell heads the row, and notes beneath."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    numeric: bool = True

    @property
    def fits_a_page(self) -> bool:
        """Whether it is short enough to stand on one page whole."""
        return len(self.rows) <= ROWS_PER_PAGE


class Notes:
    """Numbered notes beneath a table; the same text has one number."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def mark(self, text: str) -> str:
        """The sign that leads to the note."""
        if text not in self.texts:
            self.texts.append(text)
        return f"[{self.texts.index(text) + 1}]"

    def printed(self) -> tuple[str, ...]:
        """All notes with their signs."""
        return tuple(f"[{i}] {text}" for i, text in enumerate(self.texts, 1))


def value_and_interval(
    result: Result | None, notes: Notes, words: Sentences, *, apart: Sequence[float] = (0.0,)
) -> tuple[str, str]:
    """A result as (value, interval), not rounded onto ``apart``; what is absent leads to a note with the reason."""
    if not isinstance(result, Estimate):
        reason = result.reason if isinstance(result, NotEstimable) else words("number.not_computed")
        return f"{words('number.not_estimable')} {notes.mark(reason)}", "–"
    interval = result.interval
    if not isinstance(interval, Interval):
        # A distance's p-value compares it with perfect calibration and has a column of its own.
        p = None if "null_replicates" in result.details else result.details.get("p_value")
        told = words("number.no_interval") if p is None else words("number.test", p=_p(p))
        return number(result.value, decimals([result.value], apart=apart)), f"{told} {notes.mark(interval.reason)}"
    digits = estimate_decimals(result.value, interval.low, interval.high, apart=apart)
    bounds = words("number.range", low=number(interval.low, digits), high=number(interval.high, digits))
    return number(result.value, digits), bounds


def printed(record: RunRecord, finding: Finding, notes: Notes, words: Sentences) -> tuple[str, str]:
    """A finding as (value, interval), not rounded onto its ideal or its criterion's bounds."""
    return value_and_interval(finding.result, notes, words, apart=apart_of(record, finding))


def group_tables(record: RunRecord, words: Sentences, *, landmarks: bool = False) -> tuple[PrintedTable, ...]:
    """Per attribute: one column per group, one row per measure, a few groups per table so that it fits the page.

    Landmarks are no groups of patients: they have tables of their own.
    """
    found = [
        f for f in _headlines(record) if f.attribute and f.kind == "estimate" and f.analysis == "primary" and f.group
    ]
    found = [f for f in found if (f.attribute == LANDMARK) == landmarks]
    tables: list[PrintedTable] = []
    printed = GroupCounts(record)
    for attribute in dict.fromkeys(f.attribute for f in found if f.attribute):
        here = [f for f in found if f.attribute == attribute]
        groups = list(dict.fromkeys(f.group for f in here if f.group))
        counts = _at_landmarks(record, here, groups) if landmarks else _of_groups(printed, attribute, groups)
        for start in range(0, len(groups), GROUPS_PER_TABLE):
            part = slice(start, start + GROUPS_PER_TABLE)
            sides = (counts[0][part], counts[1][part])
            tables.append(_group_table(record, attribute, here, groups[part], counts=sides, words=words))
    return tuple(tables)


def _of_groups(printed: GroupCounts, attribute: str, groups: Sequence[str]) -> tuple[list[str], list[str]]:
    told = [printed.of_group(attribute, group) for group in groups]
    return [patients for patients, _ in told], [events for _, events in told]


def _at_landmarks(
    record: RunRecord, findings: Sequence[Finding], landmarks: Sequence[str]
) -> tuple[list[str], list[str]]:
    sizes = [_size([f for f in findings if f.group == landmark]) for landmark in landmarks]
    small = record.protocol.cohort.small_cell
    return suppressed([n for n, _ in sizes], small), suppressed([e for _, e in sizes], small)


def _headlines(record: RunRecord) -> list[Finding]:
    """Findings of the headline measures and of those with a criterion."""
    wanted = HEADLINES | {criterion.measure for criterion in record.protocol.criteria}
    return [f for f in record.findings if f.measure in wanted and f.kind != "data_fault"]


def _group_table(
    record: RunRecord,
    attribute: str,
    findings: Sequence[Finding],
    groups: Sequence[str],
    *,
    counts: tuple[Sequence[str], Sequence[str]],
    words: Sentences,
) -> PrintedTable:
    notes = Notes()
    rows = [(words("table.patients"), *counts[0])]
    if set(counts[1]) != {"–"}:  # an outcome that is a number, or several categories, has no events
        rows.append((words("table.events"), *counts[1]))
    rows += _measure_rows(record, findings, groups, notes, words)
    if "×" in (*counts[0], *counts[1]):
        notes.texts.append(words("table.suppressed", limit=record.protocol.cohort.small_cell))
    return PrintedTable(
        words("table.group", attribute=attribute), (words("table.measure"), *groups), tuple(rows), notes.printed()
    )


def _measure_rows(
    record: RunRecord, findings: Sequence[Finding], groups: Sequence[str], notes: Notes, words: Sentences
) -> list[tuple[str, ...]]:
    rows = []
    for label in dict.fromkeys(label_of(record, f, words) for f in findings):
        mine = {f.group: f for f in findings if label_of(record, f, words) == label}
        rows.append((label, *(cell(record, mine.get(group), notes, words) for group in groups)))
        if any(is_distance(record, finding) for finding in mine.values()):
            beside = (_if_calibrated(finding, notes, words) for finding in map(mine.get, groups))
            rows.append((words("label.if_calibrated", label=label), *beside))
    return rows


def cell(record: RunRecord, finding: Finding | None, notes: Notes, words: Sentences) -> str:
    """A finding in one cell: the value with its interval in parentheses."""
    if finding is None:
        return "–"
    value, bounds = printed(record, finding, notes, words)
    return value if bounds == "–" else f"{value} ({bounds})"


def is_distance(record: RunRecord, finding: Finding) -> bool:
    """Whether it is a distance from perfect calibration, no contrast of one."""
    definition = record.definitions.get(finding.measure)
    return bool(definition and definition.is_distance) and finding.kind == "estimate"


def _if_calibrated(finding: Finding | None, notes: Notes, words: Sentences) -> str:
    """What a perfectly calibrated model would show in as many patients, or a note that says why that is not known."""
    if finding is None or not isinstance(finding.result, Estimate):
        return "–"
    told = finding.result.details
    if "expected_if_calibrated" in told:
        mean, most = told["expected_if_calibrated"], told.get("p95_if_calibrated")
        return number(mean) if most is None else words("number.mean_most", mean=number(mean), most=number(most))
    failed, drawn = told.get("null_replicates_not_estimable", 0), told.get("null_replicates", 0)
    reason = words("distance.failed", failed=count(failed), drawn=count(drawn)) if drawn else words("distance.none")
    return f"{words('number.not_estimable')} {notes.mark(reason)}"


def suppressed(counts: Sequence[int | None], limit: int) -> list[str]:
    """Counts as text, × for those below the limit and for the next smallest, so that none can be worked out.

    >>> suppressed([120, 4, 30], 11)
    ['120', '×', '×']
    """
    small = hidden(counts, limit)
    return ["–" if c is None else "×" if i in small else count(c) for i, c in enumerate(counts)]


def contrast_tables(record: RunRecord, words: Sentences) -> tuple[PrintedTable, ...]:
    """Per attribute and reference: differences and ratios, one column per group, one row per measure."""
    found = [f for f in _headlines(record) if f.kind in ("difference", "ratio") and f.group and f.reference_group]
    tables: list[PrintedTable] = []
    for attribute, reference in dict.fromkeys((f.attribute, f.reference_group) for f in found):
        here = [f for f in found if (f.attribute, f.reference_group) == (attribute, reference)]
        groups = list(dict.fromkeys(f.group for f in here if f.group))
        title = words("table.contrasts", attribute=attribute, reference=reference)
        for start in range(0, len(groups), GROUPS_PER_TABLE):
            part = groups[start : start + GROUPS_PER_TABLE]
            notes = Notes()
            rows = _measure_rows(record, here, part, notes, words)
            tables.append(PrintedTable(title, (words("table.measure"), *part), tuple(rows), notes.printed()))
    return tuple(tables)


def distance_table(record: RunRecord, words: Sentences) -> PrintedTable | None:
    """Calibration distances beside what a perfectly calibrated model would show in as many patients."""
    notes, rows = Notes(), []
    for finding in record.findings:
        if finding.is_overall_primary and is_distance(record, finding):
            value, bounds = printed(record, finding, notes, words)
            told = finding.result.details if isinstance(finding.result, Estimate) else {}
            p = _p(told.get("p_value"))
            rows.append((label_of(record, finding, words), value, bounds, _if_calibrated(finding, notes, words), p))
    return (
        PrintedTable(words("table.distances"), header_of(words, "distances"), tuple(rows), notes.printed())
        if rows
        else None
    )


def other_analyses(record: RunRecord, words: Sentences) -> tuple[PrintedTable, ...]:
    """The main measures, and those with a criterion, in each further analysis that has no table of its own.

    One row per measure, one column per analysis; all other measures stand in estimates.csv.
    """
    found = [f for f in _headlines(record) if f.analysis not in ("primary", *_told_elsewhere(record))]
    analyses = list(dict.fromkeys(f.analysis for f in found))
    tables = []
    for start in range(0, len(analyses), GROUPS_PER_TABLE):
        part, notes = analyses[start : start + GROUPS_PER_TABLE], Notes()
        cells: dict[str, dict[str, Finding]] = {}
        for finding in found:
            label, who = label_of(record, finding, words), who_of(finding, words)
            cells.setdefault(f"{label}, {who}" if who else label, {})[finding.analysis] = finding
        rows = tuple(
            (label, *(cell(record, told.get(analysis), notes, words) for analysis in part))
            for label, told in cells.items()
            if not told.keys().isdisjoint(part)
        )
        names = (words.get(f"analysis.{analysis}", analysis.replace("_", " ")) for analysis in part)
        header = (words("table.measure"), *(name[:1].upper() + name[1:] for name in names))
        printed = (*notes.printed(), words("table.analyses_rest"))
        tables.append(PrintedTable(words("table.analyses"), header, rows, printed))
    return tuple(tables)


def _told_elsewhere(record: RunRecord) -> set[str]:
    """Analyses that have a section, a table or a note of their own in the report."""
    tables = {table.name for table in record.tables}
    elsewhere = {"by_window", "trend_per_year", "heterogeneity", "partially_pooled", *OF_SITES, *COMPARED}
    if "smoothers" in tables:
        elsewhere.add("other_smoother")
    if "trial_conclusions" in tables:
        elsewhere |= {"interaction", "by_predicted_risk"}
    if "calibration_along" in tables:
        elsewhere.add("along")
    if "dropout_odds" in tables:
        elsewhere.add("dropout")
    if "internal_validation" in tables:
        elsewhere |= {"optimism_corrected", "bootstrap_632_plus", "cross_validated"}
    if "missing_inputs_side_by_side" in tables:
        elsewhere |= {"complete_case", "model_rule", "imputed"}
    return elsewhere


def header_of(words: Sentences, table: str, **values: str) -> tuple[str, ...]:
    """The header of a table, cell by cell."""
    return tuple(words(f"header.{table}", **values).split(" | "))


def _size(findings: Sequence[Finding]) -> tuple[int | None, int | None]:
    # a category's events are not everyone's, nor are those by a horizon all events
    for finding in sorted(findings, key=lambda f: (f.category is not None, f.horizon is not None)):
        if isinstance(finding.result, Estimate) and finding.result.n:
            return finding.result.n, None if finding.category else finding.result.events
    return None, None


def _p(value: object) -> str:
    if not isinstance(value, (int, float)):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
