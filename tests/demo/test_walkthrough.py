"""The whole demonstration, once, in an empty folder."""

import json
from pathlib import Path

import pytest

from cds.demo import run_demo
from cds.demo.models import MODELS
from cds.demo.patients import CASES
from cds.demo.walkthrough import RUN_FOLDERS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    said: list[str] = []
    assert run_demo(out, say=said.append) == 0
    return out, said


def text_of(page: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(sheet.extract_text() for sheet in PdfReader(page).pages)


def page_of(out: Path, patient: str, model: str = "boosting") -> Path:
    (page,) = (p for p in (out / "patients" / model).rglob("*.pdf") if patient.lower() in p.name.lower())
    return page


def test_every_output_is_written(demo):
    out, _ = demo
    assert {p.name for p in out.iterdir()} == {"SYNTHETIC.txt", "data", "registry", "validation", "patients"}
    assert {p.name for p in (out / "data").iterdir()} == {"development.csv", "external.csv", "patients.csv"}
    for folder in RUN_FOLDERS.values():
        written = {p.name for p in (out / "validation" / folder).iterdir()}
        assert {"results.json", "estimates.csv", "report.html", "report.pdf", "manifest.json"} <= written
        assert any((out / "validation" / folder / "figures").glob("*.svg"))
        assert any((out / "validation" / folder / "curves").glob("*.csv"))
    assert len(list((out / "patients" / "boosting").rglob("*.pdf"))) == len(CASES)
    assert len(list((out / "patients" / "boosting").rglob("*.json"))) == len(CASES)
    assert all(path.stat().st_size > 0 for path in out.rglob("*") if path.is_file())


def test_it_prints_every_verdict_and_every_page_and_that_all_is_synthetic(demo):
    out, said = demo
    printed = "\n".join(said)
    assert said[0].startswith("SYNTHETIC")
    assert said[-1].startswith("SYNTHETIC")
    for name, model in MODELS.items():
        results = out / "validation" / RUN_FOLDERS[name] / "results.json"
        readiness = json.loads(results.read_text(encoding="utf-8"))["readiness"]
        assert f"{readiness.replace('_', ' ').upper():<13} {model.identity}" in printed
    for page in (out / "patients").rglob("*.pdf"):
        assert str(page) in printed


def test_the_shipped_draw_has_the_verdicts_that_the_guides_print(demo):
    out, _ = demo
    found = {
        folder: json.loads((out / "validation" / folder / "results.json").read_text(encoding="utf-8"))["readiness"]
        for folder in RUN_FOLDERS.values()
    }
    assert found == {"boosting": "ready", "logistic": "ready", "untamed": "not_ready"}


def test_synthetic_stands_on_every_report_and_page(demo):
    out, _ = demo
    for folder in RUN_FOLDERS.values():
        assert "SYNTHETIC" in (out / "validation" / folder / "report.html").read_text(encoding="utf-8")
    pages = [*(out / "patients").rglob("*.pdf"), *(out / "validation").rglob("*.pdf")]
    assert all("SYNTHETIC" in text_of(page) for page in pages)


@pytest.mark.parametrize(
    ("patient", "status"),
    [("P001", "AVAILABLE"), ("P002", "AVAILABLE"), ("P003", "CAUTION"), ("P004", "CAUTION"), ("P006", "STOP"),
     ("P007", "ASK FIRST")],
)  # fmt: skip
def test_each_woman_shows_what_she_was_chosen_for(demo, patient, status):
    out, _ = demo
    assert status in text_of(page_of(out, patient))


def test_a_missing_required_input_withholds_the_estimate(demo):
    out, _ = demo
    assert "No estimate" in text_of(page_of(out, "P005"))


def test_the_report_says_who_locked_the_protocol_and_that_nothing_deviates(demo):
    out, _ = demo
    for folder in RUN_FOLDERS.values():
        report = (out / "validation" / folder / "report.html").read_text(encoding="utf-8")
        assert "Locked by cds project (synthetic demonstration) on 20" in report
        assert "No deviation declared." in report


def test_the_comparator_that_is_ready_gives_its_estimate(demo):
    out, _ = demo
    assert "AVAILABLE" in text_of(page_of(out, "P002", model="logistic"))


def test_a_model_that_is_not_ready_gives_no_estimate(demo):
    out, _ = demo
    assert "AVAILABLE" not in text_of(page_of(out, "P002", model="untamed"))
    assert "No estimate" in text_of(page_of(out, "P002", model="untamed"))
