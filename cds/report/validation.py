"""The validation report: opens with the page that a safety officer signs, then the evidence behind it.

Compute first, draw second: ``validation_view`` turns a RunRecord into a frozen view of words, numbers and drawn
figures; the template only loops and prints.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds.core.measure import Estimate, Interval
from cds.core.record import RunRecord
from cds.report.criteria_view import CriterionRow, criterion_rows
from cds.report.data_view import (
    Fault,
    as_printed,
    blocking,
    clear,
    faults,
    flow_table,
    unchecked,
    undecided,
    whole,
)
from cds.report.definitions_view import Definition, used_definitions
from cds.report.drawing import Figure
from cds.report.figures import draw_figures
from cds.report.groups_view import committee_tables
from cds.report.html import render
from cds.report.measures_view import (
    PrintedTable,
    contrast_tables,
    distance_table,
    group_tables,
    other_analyses,
)
from cds.report.overall_view import overall_tables
from cds.report.pdf import pdf_bytes
from cds.report.rounding import number, percent
from cds.report.scope_view import Pairs, Rows, full_name, lock_state, provenance, responsibility, scope, warnings
from cds.report.wording import Sentences, sentences
from cds.resources import template_folder

CATALOGUE = "validation_en"
FONTS = (
    ("IBM Plex Sans", 400, "IBMPlexSans-Regular.ttf"),
    ("IBM Plex Sans", 600, "IBMPlexSans-SemiBold.ttf"),
    ("Noto Sans Symbols2", 400, "NotoSansSymbols2-Subset.ttf"),
)

MORE_SECTIONS = (
    "trial",
    "visits",
    "landmarks",
    "over_time",
    "precision",
    "missing",
    "sites",
    "internal",
    "instability",
    "comparison",
    "drift",
    "explanation",
)
SECTIONS = ("criteria", "data", "calibration", "decisions", "discrimination", "groups", *MORE_SECTIONS, "other")
FAMILY_SECTIONS = {
    "calibration": "calibration",
    "utility": "decisions",
    "discrimination": "discrimination",
    "fairness": "groups",
    "dataquality": "data",
    "longitudinal": "visits",
    "overall": "over_time",
}


@dataclass(frozen=True)
class VerdictView:
    """The verdict in a sign, a word and two sentences; ``named`` lists the criteria that were not met.

    ``blocking`` are the data faults that stand in the way, whatever the criteria say; ``caveat`` how far it reaches.
    """

    key: str
    symbol: str
    word: str
    meaning: str
    tally: str
    blocking: tuple[str, ...]
    caveat: str
    named: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class ValidationView:
    """Everything that the report prints."""

    title: str
    kind: str
    run_id: str
    created: str
    synthetic: bool
    verdict: VerdictView
    scope: Rows
    warnings: tuple[str, ...]
    lock: str
    deviations: tuple[str, ...]
    level: str
    criteria: tuple[CriterionRow, ...]
    settle: tuple[tuple[tuple[str, ...], str], ...]
    not_set: tuple[str, ...]
    why_no_thresholds: str
    thresholds: PrintedTable | None
    faults: tuple[Fault, ...]
    undecided: str
    remarks: tuple[Fault, ...]
    checks_ran: bool
    clear: tuple[str, ...]
    unchecked: tuple[str, ...]
    flow: PrintedTable | None
    whole: str
    responsibility: Rows
    figures: tuple[Figure, ...]
    drawn: Mapping[str, tuple[Figure, ...]]
    tables: Mapping[str, tuple[PrintedTable, ...]]
    distances: PrintedTable | None
    committee: tuple[PrintedTable, ...]
    group_tables: tuple[PrintedTable, ...]
    contrasts: tuple[PrintedTable, ...]
    overall: tuple[PrintedTable, ...]
    analyses: tuple[PrintedTable, ...]
    definitions: tuple[Definition, ...]
    provenance: Pairs
    notes: tuple[str, ...]
    more: tuple[str, ...] = ()


def write_report(record: RunRecord, folder: Path) -> None:
    """Write report.html (self-contained), report.pdf (tagged PDF/UA-1) and figures/*.svg into ``folder``.

    Raises
    ------
    ResourceError
        The PDF took too long or needed too much memory.
    """
    view = validation_view(record)
    html = validation_html(view)
    drawings = folder / "figures"
    drawings.mkdir(parents=True, exist_ok=True)
    for figure in view.figures:
        (drawings / f"{figure.name}.svg").write_text(figure.svg + "\n", encoding="utf-8")
    (folder / "report.html").write_text(self_contained(html), encoding="utf-8")
    identifier = hashlib.sha256(html.encode("utf-8")).hexdigest()[:32]
    (folder / "report.pdf").write_bytes(pdf_bytes(html, identifier=identifier))


def validation_html(view: ValidationView) -> str:
    """The report as HTML that leaves its fonts to the renderer."""
    from markupsafe import Markup

    # Drawn by our own code from escaped text, so it may pass as markup.
    drawn = {figure.name: Markup(figure.svg) for figure in view.figures}  # noqa: S704 - see above
    return render("validation.html", view=view, words=sentences(CATALOGUE), drawn=drawn)


def self_contained(html: str) -> str:
    """The same page with the fonts inside, so that it needs no other file."""
    faces = "".join(_face(*font) for font in FONTS)
    return html.replace("</head>", f"<style>{faces}</style>\n</head>", 1)


def validation_view(record: RunRecord) -> ValidationView:
    """The frozen view of a run: everything in words and numbers, figures drawn."""
    words = sentences(CATALOGUE)
    rows, trial = criterion_rows(record, words), record.protocol.trial is not None
    figures = draw_figures(record, rows, area=_area(record, words), words=words)
    return ValidationView(
        title=words("page.title_trial" if trial else "page.title", name=full_name(record, words)),
        kind=record.protocol.analysed_kind,
        run_id=record.run_id,
        created=record.created.replace("T", " "),
        synthetic=record.synthetic,
        verdict=_verdict(record, rows, words),
        scope=scope(record, words),
        warnings=warnings(record, words),
        lock=lock_state(record, words),
        deviations=record.protocol.deviations,
        level=percent(record.protocol.measures.level),
        criteria=rows,
        settle=_settled_by(rows),
        not_set=record.not_set,
        why_no_thresholds=_why_no_thresholds(record, words),
        thresholds=next((as_printed(t, words) for t in record.tables if t.name == "per_thousand"), None),
        faults=faults(record, words, "blocking", "warning"),
        undecided=undecided(record, words),
        remarks=faults(record, words, "info"),
        checks_ran=any(f.kind == "data_fault" for f in record.findings),
        clear=clear(record),
        unchecked=unchecked(record),
        flow=flow_table(record, words),
        whole=whole(record, words),
        responsibility=responsibility(record, words),
        figures=figures,
        drawn={section: tuple(f for f in figures if f.section == section) for section in SECTIONS},
        tables=_placed(record, words),
        distances=distance_table(record, words),
        committee=committee_tables(record, words),
        group_tables=group_tables(record, words),
        contrasts=contrast_tables(record, words),
        overall=overall_tables(record, words),
        analyses=other_analyses(record, words),
        definitions=used_definitions(record),
        provenance=provenance(record, words),
        notes=record.notes,
        more=MORE_SECTIONS,
    )


def _verdict(record: RunRecord, rows: tuple[CriterionRow, ...], words: Sentences) -> VerdictView:
    tally = Counter(row.verdict for row in rows)
    parts = [words(f"count.{v}", n=tally[v]) for v in ("meets", "fails", "inconclusive", "not_assessable") if tally[v]]
    total = words("count.criteria_one") if len(rows) == 1 else words("count.criteria_many", n=len(rows))
    meaning, in_the_way = f"{record.readiness}_means", blocking(record)
    if record.readiness == "inconclusive" and rows and set(tally) == {"meets"}:
        apparent = record.protocol.design == "apparent"
        meaning = f"inconclusive_{'blocked' if in_the_way else 'apparent' if apparent else 'unasked'}"
    return VerdictView(
        key=record.readiness,
        symbol={"ready": "✓", "not_ready": "✗", "inconclusive": "◐"}[record.readiness],
        word=words(f"readiness.{record.readiness}"),
        meaning=_of_kind(record, f"readiness.{meaning}", words),
        tally=f"{total}: {', '.join(parts)}.",
        blocking=in_the_way,
        caveat=_of_kind(record, f"readiness.{record.readiness}_caveat", words),
        named=tuple(
            (words(f"count.{v}_title"), tuple(row.name for row in rows if row.verdict == v))
            for v in ("fails", "inconclusive", "not_assessable")
            if tally[v]
        ),
    )


def _of_kind(record: RunRecord, key: str, words: Sentences) -> str:
    """A sentence about the verdict; of a trial its own where there is one, since no model is judged."""
    kind = record.protocol.analysed_kind
    return words.get(f"{key}_{kind}", words(key))


def _settled_by(rows: tuple[CriterionRow, ...]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """What would settle the open criteria, those with the same answer together."""
    texts = dict.fromkeys(row.settle for row in rows if row.settle)
    return tuple((tuple(row.name for row in rows if row.settle == text), text) for text in texts)


def _area(record: RunRecord, words: Sentences) -> str:
    for finding in record.findings:
        result = finding.result
        if finding.measure == "auroc" and finding.is_overall_primary and isinstance(result, Estimate):
            if not isinstance(result.interval, Interval):
                told = words("figure.auroc_plain", value=number(result.value, 2))
            else:
                ends = (number(bound, 2) for bound in (result.interval.low, result.interval.high))
                bounds = words("number.range", **dict(zip(("low", "high"), ends, strict=True)))
                told = words("figure.auroc", value=number(result.value, 2), bounds=bounds)
            flattered = record.protocol.judges_development
            return words("label.apparent", label=told) if flattered else told
    return ""


def _why_no_thresholds(record: RunRecord, words: Sentences) -> str:
    """Why there is no table per 1,000 patients; for the page where there is none."""
    if not record.protocol.measures.thresholds:
        return words("lead.no_thresholds")
    if record.protocol.landmark is not None:
        return words("lead.no_table_landmarks")
    if record.protocol.sampling == "case_control" and record.protocol.prevalence is None:
        return words("lead.no_table_case_control")
    return words("lead.no_table")


def _placed(record: RunRecord, words: Sentences) -> dict[str, tuple[PrintedTable, ...]]:
    """Tables by section; the one per 1,000 patients stands on the first pages."""
    placed: dict[str, tuple[PrintedTable, ...]] = dict.fromkeys(SECTIONS, ())
    placed["landmarks"] = group_tables(record, words, landmarks=True)
    for table in record.tables:
        if table.name != "per_thousand":
            section = table.section or _section_of(record, table.family)
            section = section if section in SECTIONS else "other"
            placed[section] = (*placed[section], as_printed(table, words))
    return placed


def _section_of(record: RunRecord, family: str) -> str:
    if family == "longitudinal" and record.protocol.trial is not None:
        return "trial"
    return FAMILY_SECTIONS.get(family, family)


def _face(family: str, weight: int, file: str) -> str:
    data = base64.b64encode((template_folder() / "fonts" / file).read_bytes()).decode("ascii")
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};'
        f'src:url("data:font/ttf;base64,{data}") format("truetype")}}\n'
    )
