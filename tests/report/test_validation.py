"""The validation report as its readers get it: text compared as a whole, PDF by its tags, pages and text."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pikepdf
import pypdf
import pytest

from cds.core.finding import Finding, Readiness, Table
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.record import RunRecord
from cds.report import validation
from cds.report.criteria_view import criterion_rows
from cds.report.data_view import as_printed
from cds.report.pdf import pdf_bytes
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
    assert len(told) == len(validation.validation_view(written[0]).figures)
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
        "figures/criterion_by_group.svg",
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


BLOCKING = Finding(
    "input_in_another_unit",
    "dataquality",
    None,
    kind="data_fault",
    code="DQ002",
    severity="blocking",
    verdict_reason="Age: 260 of 260 values lie outside the plausible range.",
)


@pytest.mark.parametrize("readiness", ["not_ready", "inconclusive"])
def test_a_blocking_fault_stands_in_the_verdict_whatever_the_criteria_say(readiness: Readiness) -> None:
    text = text_of(html_of(made.record(readiness, [*made.findings(auroc="fails"), BLOCKING])))
    verdict = text[: text.index("| Model |")]
    assert "The data have a blocking fault: the numbers may mean nothing until it is repaired." in verdict
    assert "DQ002: Age: 260 of 260 values lie outside the plausible range." in verdict


def test_an_accepted_blocking_fault_leaves_the_verdict_box() -> None:
    listed = [*made.findings(), replace(BLOCKING, accepted="Repaired by hand.")]
    view = validation.validation_view(made.record(listed=listed))
    assert view.verdict.blocking == ()
    assert view.undecided == ""


def test_a_fault_without_a_decision_says_who_decides_and_how() -> None:
    listed = [*made.findings(), replace(BLOCKING, code="DQ003", severity="warning")]
    named = validation.validation_view(made.record(listed=listed)).undecided
    nobody = validation.validation_view(made.record(listed=listed, protocol=made.protocol(locked_by=""))).undecided
    assert named.startswith("To decide on DQ003: Dr B. Statistician, who locked the protocol, repairs the data")
    assert "in the protocol with a reason under [[accept]]" in named
    assert "whoever answers for the protocol" in nobody


@pytest.mark.parametrize("case", CASES)
def test_only_a_ready_verdict_explains_what_ready_means(case: str) -> None:
    assert ("“Ready” means" in text_of(html_of(CASES[case]()))) is (case == "ready")


def test_the_first_page_warns_of_what_makes_the_numbers_say_less() -> None:
    asked = made.protocol(design="apparent", cohort={"weight": "w", "groups": ["sex"], "references": {"sex": "female"}})
    record = made.record("inconclusive", protocol=asked, locked=False, weighted=True)
    view = validation.validation_view(record)
    assert [text.split()[0] for text in view.warnings] == ["NOT", "CANNOT", "WEIGHTED"]
    assert "by column w" in view.warnings[2]
    assert "cannot show more" in view.verdict.meaning
    text = text_of(html_of(record))
    assert text.index("CANNOT BE READY") < text.index("| Model |")


def test_what_the_run_left_out_is_printed_before_the_signatures() -> None:
    text = text_of(html_of(made.record(notes=("3 risks were clipped.",))))
    assert text.index("3 risks were clipped.") < text.index("Signatures")


def test_a_distance_without_its_null_distribution_stands_with_the_reason() -> None:
    gone = {"null_replicates": 200, "null_replicates_not_estimable": 31}
    listed = [
        replace(f, result=made.estimate(0.03, 0.02, 0.06, **gone)) if f.measure == "ici" else f for f in made.findings()
    ]
    table = validation.validation_view(made.record(listed=listed)).distances
    assert table is not None
    assert table.rows[0][3:] == ("not estimable [1]", "–")
    assert table.notes[0].startswith("[1] In 31 of 200 draws from a perfectly calibrated model")


def test_a_distance_without_an_interval_does_not_print_its_p_value_in_its_place() -> None:
    bare = Estimate(0.03, NotEstimable("370 of 1000 replicates were not estimable"), n=94, events=33, details=made.NULL)
    listed = [Finding("ici", "calibration", bare)]
    table = validation.validation_view(made.record("inconclusive", listed)).distances
    assert table is not None
    assert table.rows[0][1:3] == ("0.030", "no interval [1]")


def test_beside_a_distance_by_group_stands_what_a_calibrated_model_would_show() -> None:
    result = made.estimate(0.05, 0.03, 0.09, n=340, events=112, **made.NULL)
    listed = [*made.findings(), Finding("ici", "calibration", result, attribute="sex", group="female")]
    (table,) = validation.validation_view(made.record(listed=listed)).group_tables
    row = next(row for row in table.rows if row[0].endswith("if perfectly calibrated"))
    assert row[1:] == ("0.019 (95% below 0.031)", "–", "–")


def test_a_reason_that_fills_several_cells_stands_once_in_a_note() -> None:
    reason = "local regression has no convention for fractional weights"
    told = as_printed(Table("t", "calibration", "T", ("a", "b", "c"), (("x", reason, reason),), note="N"), WORDS)
    assert told.rows == (("x", "not estimable [1]", "not estimable [1]"),)
    assert told.notes == (f"[1] {reason}", "N")


def test_the_numbers_of_a_column_have_the_same_decimals() -> None:
    table = validation.validation_view(made.record()).overall[0]
    assert {len(row[1].split(".")[1]) for row in table.rows} == {3}


@pytest.mark.parametrize(
    ("method", "printed"),
    [
        ("wald", "Wald"),
        ("delong, logit scale", "DeLong, logit scale"),
        ("bootstrap percentile", "bootstrap percentile"),
        ("Rubin's rules, within each: wald", "pooled, Wald"),
    ],
)
def test_kinds_of_interval_are_named_as_in_print(method: str, printed: str) -> None:
    result = Estimate(0.7, Interval(0.6, 0.8, 0.95, method), n=600, events=190)
    table = validation.validation_view(made.record(listed=[Finding("auroc", "discrimination", result)])).overall[0]
    assert (table.header[-1], table.rows[0][-1]) == ("Kind of 95% interval", printed)


def row_for(result: Estimate | NotEstimable, **changes: object) -> str:
    listed = [
        Finding("calibration_slope", "calibration", result, criterion={"within": [0.8, 1.2]}, verdict="inconclusive")
    ]
    (row,) = criterion_rows(made.record("inconclusive", listed, **changes), WORDS)
    return row.settle


def test_what_would_settle_a_criterion_scales_with_the_square_of_the_width() -> None:
    # half-width .4 against a distance of .2: four times the events
    assert row_for(made.estimate(1.0, 0.6, 1.4, events=100)) == "about 400 patients with the outcome instead of 100."


def test_a_criterion_that_is_almost_settled_gets_no_number() -> None:
    assert "no useful number" in row_for(made.estimate(1.0, 0.799, 1.2, events=100))


@pytest.mark.parametrize(("low", "needed"), [(0.79, "about 120 patients"), (0.5, "about 640 patients")])
def test_the_settling_number_is_rounded_up_to_a_sensible_figure(low: float, needed: str) -> None:
    # 101 events × (0.21 / 0.2)² = 111.4 and 101 × (0.5 / 0.2)² = 631.3
    assert row_for(made.estimate(1.0, low, 1.2, events=101)).startswith(needed)


def test_an_estimate_on_the_edge_gets_no_absurd_number() -> None:
    assert "more than 20 times as many patients" in row_for(made.estimate(1.19, 1.0, 1.4))


def test_more_patients_do_not_settle_an_estimate_outside_its_tolerance() -> None:
    assert row_for(made.estimate(1.3, 1.1, 1.5)).startswith("the estimate itself lies outside")


def test_without_events_the_settling_number_counts_patients() -> None:
    result = Estimate(1.0, Interval(0.7, 1.3, 0.95, "wald"), n=200)
    assert row_for(result) == "about 450 patients instead of 200."


def test_of_a_category_the_settling_number_counts_its_patients() -> None:
    finding = Finding(
        "calibration_slope", "calibration", made.estimate(1.0, 0.6, 1.4, events=400),
        category="severe", criterion={"within": [0.8, 1.2]}, verdict="inconclusive",
    )  # fmt: skip
    (row,) = criterion_rows(made.record("inconclusive", [finding]), WORDS)
    assert row.settle == "about 1,600 patients of the category instead of 400."


def test_without_a_value_the_reason_is_pointed_to() -> None:
    assert row_for(NotEstimable("no events")).startswith("see the reason")


def test_further_analyses_stand_side_by_side_in_their_main_measures_only() -> None:
    listed = [
        Finding("auroc", "discrimination", made.estimate(0.7, 0.6, 0.8), analysis="without_overlap"),
        Finding("auroc", "discrimination", made.estimate(0.72, 0.62, 0.82), analysis="complete_case"),
        Finding("brier", "overall", made.estimate(0.2, 0.1, 0.3), analysis="complete_case"),
    ]
    (table,) = validation.validation_view(made.record(listed=listed)).analyses
    assert table.header == ("Measure", "Without development patients", "Complete cases")
    assert table.rows == (("Area under the ROC curve (AUROC)", "0.700 (0.600 to 0.800)", "0.720 (0.620 to 0.820)"),)
    assert "estimates.csv" in table.notes[-1]


def test_an_analysis_with_a_table_of_its_own_is_not_repeated() -> None:
    own = Table(
        "missing_inputs_side_by_side", "dataquality", "Side by side", ("measure", "x"), (("a", "b"),), "", "missing"
    )
    listed = [Finding("auroc", "discrimination", made.estimate(0.7, 0.6, 0.8), analysis="complete_case")]
    view = validation.validation_view(made.record(listed=listed, tables=(own,)))
    assert view.analyses == ()
    assert [table.title for table in view.tables["missing"]] == ["Side by side"]


@pytest.mark.parametrize(("prevalence", "told"), [(None, "declares no prevalence"), (0.12, "prevalence of 12%")])
def test_the_first_page_names_a_case_control_study(prevalence: float | None, told: str) -> None:
    asked = made.protocol(sampling="case_control", prevalence=prevalence)
    record = made.record("inconclusive", protocol=asked, weighted=prevalence is not None, tables=())
    (warning,) = validation.validation_view(record).warnings
    assert warning.startswith("CASE-CONTROL")
    assert told in warning
    assert ("Withheld: how many of 1,000" in text_of(html_of(record))) is (prevalence is None)


def test_widths_are_printed_with_a_target_and_without() -> None:
    widths = Table("precision", "planning", "Widths", ("measure", "width"), (("slope", "0.2"),), "", "precision")
    wanted = {"precision": [{"measure": "calibration_slope", "width": 0.4}]}
    for changes in ({}, wanted):
        record = made.record(tables=(widths,), protocol=made.protocol(**changes))
        assert "Precision: are the intervals" in text_of(html_of(record))


def test_a_value_that_is_nothing_beside_its_interval_needs_no_further_decimals() -> None:
    finding = Finding("calibration_in_the_large", "calibration", made.estimate(0.00003, -0.318, 0.318))
    table = validation.validation_view(made.record(listed=[finding])).overall[0]
    assert table.rows[0][1:3] == ("0.000", "−0.318 to 0.318")


def test_a_wide_figure_does_not_stand_in_the_row_that_is_kept_together() -> None:
    curves = tuple(curve for curve in made.curves(groups=False))
    assert '<div class="beside">' in html_of(made.record(curves=curves))
    neither = tuple(curve for curve in curves if curve.family != "discrimination")
    assert '<div class="beside">' not in html_of(made.record(curves=neither))


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


def test_a_long_group_without_a_space_stays_on_the_page() -> None:
    level = ("rehabilitationsnachsorgeeinrichtungsverbund" * 3)[:120]
    listed = [replace(f, group=level) if f.group == "male" else f for f in made.findings()]
    html = re.sub(r"<svg.*?</svg>", "", html_of(made.record(listed=listed)), flags=re.DOTALL)  # they have own axes
    starts: list[float] = []

    def seen(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            starts.append(cm[0] * tm[4] + cm[4])

    for page in pypdf.PdfReader(io.BytesIO(pdf_bytes(html, identifier="a"))).pages:
        page.extract_text(visitor_text=seen)
    right_margin, width = 57.0, 595.0  # 20 mm of A4, in points
    assert starts and max(starts) < width - right_margin
