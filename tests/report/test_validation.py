"""The validation report as its readers get it: text compared as a whole, PDF by its tags, pages and text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pikepdf
import pypdf
import pytest

from cds.core.finding import Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.record import RunRecord
from cds.report import validation
from cds.report.criteria_view import criterion_rows
from cds.report.wording import sentences
from tests.report import validation_record as made

WORDS = sentences("validation_en")
EXPECTED = Path(__file__).parent / "expected"
CASES = {"ready": made.record, "not_ready": made.not_ready, "inconclusive": made.inconclusive}


class Text(HTMLParser):
    """What a reader sees of an HTML page, a line per block; drawings are left out."""

    BLOCKS = frozenset({"p", "h1", "h2", "h3", "li", "tr", "caption", "figcaption", "section", "figure"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in ("style", "svg", "head")
        self.parts.append("\n" if tag in self.BLOCKS else " | " if tag in ("td", "th") else " ")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "svg", "head")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data.replace("\n", " "))


def text_of(html: str) -> str:
    parser = Text()
    parser.feed(html)
    lines = (re.sub(r"\s+", " ", line).strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


def html_of(record: RunRecord) -> str:
    return validation.validation_html(validation.validation_view(record))


@pytest.fixture(scope="module", params=CASES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunRecord, Path]:
    folder = tmp_path_factory.mktemp("report")
    record = CASES[request.param]()
    validation.write_report(record, folder)
    return record, folder


@pytest.mark.parametrize("case", CASES)
def test_the_report_reads_as_it_was_reviewed(case: str) -> None:
    expected = (EXPECTED / f"validation_{case}.txt").read_text(encoding="utf-8")
    assert text_of(html_of(CASES[case]())) == expected


def test_the_html_needs_no_other_file(written: tuple[RunRecord, Path]) -> None:
    html = (written[1] / "report.html").read_text(encoding="utf-8")
    addresses = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)|url\(["']?([^"')]*)""", html)
    assert all(a.startswith("data:font/") for pair in addresses for a in pair if a)
    assert not re.search(r"(https?|file)://", html.replace("http://www.w3.org/2000/svg", ""))
    assert html.count("@font-face") == 3


def test_the_pdf_is_tagged_and_says_its_language_title_and_pages(written: tuple[RunRecord, Path]) -> None:
    with pikepdf.open(written[1] / "report.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert str(pdf.docinfo["/Title"]) == "Validation of chronic-lbp, version 1"
        assert 4 <= len(pdf.pages) <= 9
        with pdf.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"


def test_every_page_carries_its_number_and_the_run(written: tuple[RunRecord, Path]) -> None:
    pages = pypdf.PdfReader(written[1] / "report.pdf").pages
    for i, page in enumerate(pages, 1):
        text = page.extract_text()
        assert f"{i} of {len(pages)}" in text
        assert "Run chronic-lbp-1_20261120" in text


def test_every_figure_has_a_text_that_says_its_numbers(written: tuple[RunRecord, Path]) -> None:
    with pikepdf.open(written[1] / "report.pdf") as pdf:
        told = [str(e["/Alt"]) for e in below(pdf.Root.StructTreeRoot) if e["/S"] == "/Figure"]
    assert len(told) == 6
    assert all(re.search(r"\d\.\d", text) for text in told)
    assert any("at 0.2, 0.24 (0.22 to 0.26)" in text for text in told)


def test_every_table_has_headers(written: tuple[RunRecord, Path]) -> None:
    with pikepdf.open(written[1] / "report.pdf") as pdf:
        tables = [e for e in below(pdf.Root.StructTreeRoot) if e["/S"] == "/Table"]
        assert len(tables) >= 10
        for table in tables:
            assert any(e["/S"] == "/TH" for e in below(table))


def below(element: pikepdf.Object) -> list[pikepdf.Object]:
    kids = element.get("/K", [])
    kids = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    found = []
    for kid in kids:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found += [kid, *below(kid)]
    return found


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        validation.write_report(made.record(), tmp_path / folder)
    names = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert [str(n) for n in names] == [
        "figures/calibration.svg",
        "figures/calibration_sex.svg",
        "figures/criteria.svg",
        "figures/decision.svg",
        "figures/risk_distribution.svg",
        "figures/roc.svg",
        "report.html",
        "report.pdf",
    ]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


HOSTILE = "<script>alert(1)</script>{{ 7*7 }}{0.__class__}\u202eevil"


def test_hostile_text_is_printed_literally() -> None:
    listed = [replace(f, group=HOSTILE) if f.group == "male" else f for f in made.findings()]
    curves = [replace(c, title=HOSTILE, group=c.group and HOSTILE) for c in made.curves()]
    record = made.record(
        listed=listed,
        curves=tuple(curves),
        card=made.card(intended_use=HOSTILE, not_for=(HOSTILE,)),
        not_set=(HOSTILE,),
        protocol=made.protocol(question=HOSTILE, deviations=[HOSTILE]),
        notes=(HOSTILE,),
        tables=(Table("t", "utility", HOSTILE, (HOSTILE, "b"), ((HOSTILE, HOSTILE),)),),
    )
    html = html_of(record)
    assert "<script" not in html
    assert "\u202e" not in html
    assert text_of(html).count("<script>alert(1)</script>{{ 7*7 }}{0.__class__}evil") >= 10
    assert "<script" not in "".join(f.svg for f in validation.validation_view(record).figures)


def test_a_number_that_could_not_be_estimated_prints_its_reason() -> None:
    listed = [
        replace(f, result=NotEstimable("one class only"), verdict="not_assessable")
        if f.measure == "auroc" and f.verdict
        else f
        for f in made.findings()
    ]
    text = text_of(html_of(made.record("inconclusive", listed)))
    assert "| Area under the ROC curve (AUROC) | at least 0.65 | no value | ○ not assessed one class only" in text
    assert "[1] one class only" in text


def test_predictions_without_a_card_say_that_nothing_is_declared() -> None:
    text = text_of(html_of(made.record(card=None, flow=(), curves=(), tables=(), definitions={})))
    assert "| Not for | not declared" in text
    assert "| Intended use | not declared" in text
    assert "The protocol names no decision threshold" not in text
    assert "No table per 1,000 patients" in text


def test_all_criteria_met_but_not_ready_names_the_cause() -> None:
    fault = Finding(
        "overlap",
        "dataquality",
        NotEstimable("12 rows are development patients"),
        kind="data_fault",
        code="DQ002",
        severity="blocking",
    )
    asked = validation.validation_view(made.record("inconclusive", not_set=("No net benefit criterion.",)))
    blocked = validation.validation_view(made.record("inconclusive", [*made.findings(), fault]))
    assert "does not ask all that being ready requires" in asked.verdict.meaning
    assert "a fault in the data stands in the way" in blocked.verdict.meaning


def row_for(result: Estimate | NotEstimable, **changes: object) -> str:
    listed = [
        Finding("calibration_slope", "calibration", result, criterion={"within": [0.8, 1.2]}, verdict="inconclusive")
    ]
    (row,) = criterion_rows(made.record("inconclusive", listed, **changes), WORDS)
    return row.settle


def test_what_would_settle_a_criterion_scales_with_the_square_of_the_width() -> None:
    # half-width .4 against a distance of .2: four times the events
    assert row_for(made.estimate(1.0, 0.6, 1.4, events=100)) == "about 400 patients with the outcome instead of 100."


def test_an_estimate_on_the_edge_gets_no_absurd_number() -> None:
    assert "more than 20 times as many patients" in row_for(made.estimate(1.19, 1.0, 1.4))


def test_more_patients_do_not_settle_an_estimate_outside_its_tolerance() -> None:
    assert row_for(made.estimate(1.3, 1.1, 1.5)).startswith("the estimate itself lies outside")


def test_without_events_the_settling_number_counts_patients() -> None:
    result = Estimate(1.0, Interval(0.7, 1.3, 0.95, "wald"), n=200)
    assert row_for(result) == "about 450 patients instead of 200."


def test_rounding_never_hides_a_crossed_bound() -> None:
    listed = [
        Finding(
            "calibration_slope",
            "calibration",
            made.estimate(1.0, 0.7996, 1.2),
            criterion={"within": [0.8, 1.2]},
            verdict="inconclusive",
        )
    ]
    (row,) = criterion_rows(made.record("inconclusive", listed), WORDS)
    assert row.interval == "0.7996 to 1.2000"


def test_small_counts_are_not_printed_by_group() -> None:
    listed = [f for f in made.findings() if f.attribute is None]
    for group, n, events in (("a", 400, 100), ("b", 190, 83), ("c", 10, 7)):
        listed.append(
            Finding(
                "auroc",
                "discrimination",
                made.estimate(0.7, 0.6, 0.8, n=n, events=events),
                attribute="sex",
                group=group,
            )
        )
    (table,) = validation.validation_view(made.record(listed=listed)).group_tables
    assert table.rows[:2] == (("Patients", "400", "×", "×"), ("Events", "100", "×", "×"))
    assert "Counts below 11" in table.notes[-1]
