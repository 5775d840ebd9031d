"""Reports in German, and by a clinic's own red-flag rules."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pypdf
import pytest

from cds.core.errors import InputError
from cds.patients import explain, explain_batch
from cds.patients.report import PatientReport
from cds.patients.technical import input_hash
from cds.report.patient import patient_view
from cds.safety.rules import SHIPPED
from tests.patients import made
from tests.report import patient_cases

RED_FLAG = made.patients().iloc[[1]].reset_index(drop=True)


def own_rules(folder: Path, *changes: tuple[str, str]) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "clinic.toml"
    file.write_text(text, encoding="utf-8")
    return file


SIGNED = ('approved_by = ""\napproved_on = ""', 'approved_by = "Dr. A. Beispiel"\napproved_on = "2026-11-20"')


def test_a_german_report_says_so_in_pdf_and_json_and_has_the_same_bytes_again() -> None:
    report, again = (explain(made.model(), RED_FLAG, patient="P-2", language="de") for _ in range(2))
    told = json.loads(report.to_json())
    assert told["language"] == told["page"]["language"] == "de"
    assert str(pypdf.PdfReader(io.BytesIO(report.pdf)).root_object["/Lang"]) == "de"
    assert report.pdf == again.pdf
    assert report.to_json() == again.to_json()
    assert told["page"]["status"]["headline"] == "Sofort als Notfall einweisen."
    english = json.loads(explain(made.model(), RED_FLAG, patient="P-2").to_json())
    assert english["language"] == "en"
    assert english["input_sha256"] != told["input_sha256"]
    assert english["technical"]["rules"]["flags"] == told["technical"]["rules"]["flags"]


def test_the_input_hash_holds_the_catalogue_that_was_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cds.resources import template_folder

    for name in ("patient.html", "patient.css", "sentences/de.toml", "sentences/en.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((template_folder() / name).read_bytes())
    monkeypatch.setattr("cds.patients.technical.template_folder", lambda: tmp_path)
    before = {code: input_hash(made.model(), RED_FLAG, language=code) for code in ("de", "en")}
    with (tmp_path / "sentences/de.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    after = {code: input_hash(made.model(), RED_FLAG, language=code) for code in ("de", "en")}
    assert before["en"] == after["en"]
    assert before["de"] != after["de"]


def test_an_unknown_language_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for attempt in (
        lambda: explain(made.model(), RED_FLAG, patient="P-2", language="fr"),
        lambda: explain_batch(made.model(), RED_FLAG, out=tmp_path / "out", language="../en"),
    ):
        with pytest.raises(InputError, match="There are: de, en"):
            attempt()
    assert not (tmp_path / "out").exists()


def test_own_rules_are_screened_by_named_and_signed(tmp_path: Path) -> None:
    rules = own_rules(
        tmp_path, SIGNED, ('name = "lbp-red-flags"', 'name = "klinik-nord"'), ('id = "trauma"', 'id = "fall"')
    )
    fallen = RED_FLAG.drop(columns="red_flag_trauma").assign(red_flag_fall="yes", red_flag_saddle_numbness="no")
    told = json.loads(explain(made.model(), fallen, patient="P-2", rules=rules).to_json())
    assert told["page"]["safety"]["rules"].startswith(
        f"Rules approved by Dr. A. Beispiel on 20 November 2026 (klinik-nord 2, file "
        f"{told['technical']['rules']['sha256'][:12]})."
    )
    assert told["technical"]["rules"]["approved_by"] == "Dr. A. Beispiel"
    assert told["technical"]["rules"]["flags"]["fall"] == "present"
    assert told["technical"]["rules"]["urgency"] == "same_day"
    with pytest.raises(InputError, match="no red-flag rule reads column 'red_flag_trauma'"):
        explain(made.model(), RED_FLAG, patient="P-2", rules=rules)


def test_unsigned_rules_and_emergencies_left_out_are_printed(tmp_path: Path) -> None:
    rules = own_rules(tmp_path, ("emergency = true\naction", "emergency = false\naction"))
    view = explain(made.model(), RED_FLAG, patient="P-2", rules=rules).view
    assert view.safety.rules.startswith(
        "Rules not clinically approved; act on a flag all the same (lbp-red-flags 2, file "
    )
    assert view.safety.rules.endswith(
        "Unlike the shipped rules, these do not hold for emergencies: Bladder or bowel change."
    )
    assert not view.safety.approved


def test_rules_without_german_are_printed_as_they_are_and_the_page_says_so(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    start = text.index("\n[flags.in.de]")
    file = own_rules(tmp_path, (text[start : text.index("\n[[flags]]", start)], ""))
    view = explain(made.model(), RED_FLAG, patient="P-2", rules=file, language="de").view
    assert "Nur auf Englisch abgefasst: Bladder or bowel change." in view.safety.rules
    assert "Bladder or bowel change" in [row.flag for row in view.safety.rows]


def test_symptoms_after_birth_are_told_only_by_rules_with_a_postpartum_set(tmp_path: Path) -> None:
    general = own_rules(tmp_path, *[('set = "postpartum"\nurgency', "urgency")] * 3)
    assert "birth" in explain(made.model(), RED_FLAG, patient="P-2").view.safety.symptoms
    assert explain(made.model(), RED_FLAG, patient="P-2", rules=general).view.safety.symptoms == (
        "Asked as new or worsening."
    )


def test_the_summary_tells_flags_urgency_and_who_approved_the_rules_per_patient(tmp_path: Path) -> None:
    data = pd.concat([RED_FLAG, made.patients().iloc[[2]]], ignore_index=True)
    outcome = explain_batch(made.model(), data, out=tmp_path / "out", rules=own_rules(tmp_path, SIGNED), language="de")
    told = json.loads(outcome.summary.read_text(encoding="utf-8"))["reports"]
    flagged, blank = sorted(told, key=lambda each: each["file"])
    assert (flagged["red_flags"], flagged["urgency"]) == (["saddle_numbness"], "now")
    assert (blank["red_flags"], blank["urgency"]) == ([], None)
    assert {each["rules"]["approved_by"] for each in told} == {"Dr. A. Beispiel"}
    assert {each["rules"]["approved_on"] for each in told} == {"2026-11-20"}
    assert flagged["status"] == "STOPP"
    assert blank["why"] == ["1 Notfall-Warnzeichen nicht erfasst (Spalte red_flag_bladder_bowel)"]


def test_other_rules_make_another_report_of_the_same_patient(tmp_path: Path) -> None:
    explain_batch(made.model(), RED_FLAG, out=tmp_path / "out")
    again = explain_batch(made.model(), RED_FLAG, out=tmp_path / "out")
    assert len(again.skipped) == 1
    signed = explain_batch(made.model(), RED_FLAG, out=tmp_path / "out", rules=own_rules(tmp_path, SIGNED))
    assert len(signed.written) == 1


EIGHT = (
    "normal", "red_flag", "unrecorded", "missing", "outside", "explanation_withheld", "inconclusive", "not_ready",
)  # fmt: skip


@pytest.mark.parametrize("name", EIGHT)
def test_a_german_page_needs_two_sheets_and_shortens_nothing(name: str) -> None:
    view = patient_view(patient_cases.CASES[name], language="de")
    pages = pypdf.PdfReader(io.BytesIO(PatientReport(view, name, {}).pdf)).pages
    told = " ".join(page.extract_text() for page in pages)
    assert len(pages) == 2
    assert "gekürzt" not in told
    assert view.status.word in told
    assert view.safety.rules[:60] in " ".join(told.split())
