import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from cds.core.errors import DataError, InputError, PredictionError
from cds.patients import explain
from tests.patients import made


def text_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_a_patient_gets_two_pages_and_a_json_with_everything_printed(tmp_path: Path) -> None:
    report = explain(made.model(), made.patients(), patient="P-1")
    path = report.save(tmp_path)
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"p-1-[0-9a-f]{8}\.pdf", path.name)
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.with_suffix(".json").name, path.name]
    assert told["schema"] == "cds.patient/1"
    assert told["page"]["estimate"]["headline"].startswith("Of 100 women with similar recorded characteristics, about")
    assert told["technical"]["estimate"]["form"] == "point"
    assert {each["space"] for each in told["technical"]["explanations"]} == {"probability", "log_odds"}
    assert all(abs(each["residual"]) < 1e-9 for each in told["technical"]["explanations"])
    assert 0 <= told["technical"]["lime"]["r_squared"] <= 1
    assert told["technical"]["agreement"]["same_sign"] >= 0
    assert told["technical"]["model"]["sha256"] == made.SHA
    assert told["technical"]["inputs"]["bmi"] == 27.4


def test_the_pdf_names_the_patient_on_the_page_and_nowhere_else() -> None:
    report = explain(made.model(), made.patients(), patient="P-1")
    reader = pypdf.PdfReader(io.BytesIO(report.pdf))
    assert "P-1" in text_of(report.pdf)
    assert "P-1" not in json.dumps({str(k): str(v) for k, v in (reader.metadata or {}).items()})
    assert b"P-1" not in reader.trailer["/Root"]["/Metadata"].get_data()


@pytest.mark.parametrize(("patient", "code"), [("P-2", "flag_present"), ("P-3", "flag_unrecorded"), ("P-4", "missing")])
def test_a_withheld_estimate_is_neither_in_the_pdf_nor_in_the_json(patient: str, code: str) -> None:
    report = explain(made.model(), made.patients(), patient=patient)
    technical = json.loads(report.to_json())["technical"]
    assert report.view.withheld == (code,)
    assert technical["estimate"] == {"form": "none", "withheld": [code], "fault": "", "no_interval": ""}
    assert technical["explanations"] == []
    assert technical["lime"] is None
    assert "Of 100" not in text_of(report.pdf)
    # logistic(−4.2 + 2.1 + 1.37 + 0.44) = 0.428, which would be printed as 43 of 100
    for told in ("0.42", "43 "):
        assert told not in report.to_json()


def test_outside_the_development_range_the_point_is_nowhere() -> None:
    report = explain(made.model(), made.patients(), patient="P-5")
    told = json.loads(report.to_json())
    # logistic(−4.2 + 2.1 + 0.05 × 47.2 + 0.44) = 0.668 as given, 0.6 with BMI drawn in to 41.3
    assert "between 55 and 70 have low back pain" in report.view.estimate.headline
    assert "prediction" not in told["technical"]["estimate"]
    assert told["technical"]["explanations"] == []
    assert "0.668" not in report.to_json()


def test_an_imputed_input_tells_its_effect() -> None:
    report = explain(made.model(), made.patients(), patient="P-6")
    assert any("Kinesiophobia was not recorded" in line and "(25–48)" in line for line in report.view.applies)


def test_a_model_without_standing_is_withheld_unless_asked_for() -> None:
    model = made.model(standing=None)
    assert explain(model, made.patients(), patient="P-1").view.withheld == ("absent",)
    asked = explain(model, made.patients(), patient="P-1", allow_unvalidated=True)
    assert asked.view.form == "point"
    assert text_of(asked.pdf).count("NOT VALIDATED – NOT FOR CARE") == 4


def test_without_a_background_the_explanation_says_so_and_the_estimate_stays() -> None:
    report = explain(made.model(background=None), made.patients(), patient="P-1")
    assert report.view.form == "point"
    assert "No explanation is available: no background sample" in report.view.why.absent


def test_a_patient_in_not_for_gets_no_estimate() -> None:
    assert explain(made.model(), made.patients().assign(not_for="yes"), patient="P-1").view.withheld == ("not_for",)


def test_without_an_id_column_the_row_position_names_the_patient() -> None:
    report = explain(made.model(), made.patients().drop(columns="patient"), patient="4")
    assert report.view.form == "range"


def test_the_same_inputs_give_the_same_bytes_in_another_process_locale_and_time_zone(tmp_path: Path) -> None:
    report = explain(made.model(), made.patients(), patient="P-1")
    script = (
        "import hashlib; from cds.patients import explain; from tests.patients import made;"
        "r = explain(made.model(), made.patients(), patient='P-1');"
        "print(hashlib.sha256(r.pdf).hexdigest(), hashlib.sha256(r.to_json().encode()).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONPATH": os.getcwd()},
    )
    import hashlib

    expected = [hashlib.sha256(part).hexdigest() for part in (report.pdf, report.to_json().encode())]
    assert other.stdout.split() == expected


def test_an_unknown_patient_is_refused_without_quoting_anybody() -> None:
    with pytest.raises(DataError, match="the patient asked for is not in column 'patient'") as refusal:
        explain(made.model(), made.patients(), patient="P-77")
    assert "P-" not in str(refusal.value)
    assert "(6 patients)" in str(refusal.value)


def test_a_patient_with_two_rows_is_refused_by_position() -> None:
    frame = made.patients()
    frame.loc[3, "patient"] = "P-1"
    with pytest.raises(DataError, match="one patient has several rows: rows 0, 3"):
        explain(made.model(), frame, patient="P-1")


def test_data_without_any_column_that_the_model_needs_are_refused() -> None:
    needed = [feature.name for feature in made.card().inputs if feature.required]
    with pytest.raises(PredictionError, match="no column 'bmi'"):
        explain(made.model(), made.patients().drop(columns=needed), patient="P-1")


def test_a_column_that_the_data_lack_is_a_page_that_says_which_input_is_needed() -> None:
    report = explain(made.model(), made.patients().drop(columns="bmi"), patient="P-1")
    assert report.view.withheld == ("missing",)
    label = made.card().feature("bmi").title
    assert any("No estimate" in reason and label in reason for reason in report.view.status.reasons)
    assert json.loads(report.to_json())["technical"]["explanations"] == []


@pytest.mark.parametrize(("name", "value"), [("smoke", "purple"), ("pain", "much"), ("bmi", "27,4 kg")])
def test_a_value_that_the_card_does_not_allow_is_a_page_without_estimate_that_names_the_input(
    name: str, value: str
) -> None:
    frame = made.patients().astype({name: object})
    frame.loc[0, name] = value
    report = explain(made.model(), frame, patient="P-1")
    assert report.view.withheld == ("implausible",)
    title = made.model().card.feature(name).title
    assert any(title in reason for reason in report.view.status.reasons)
    told = " ".join(report.view.applies)
    assert f"{title}: what is recorded is none of the values" in told and "All values lie" not in told
    assert value not in report.view.html()
    assert not any("missing" in reason for reason in report.view.status.reasons)
    assert report.pdf.startswith(b"%PDF")


def test_a_red_flag_that_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(InputError, match="red_flag_trauma"):
        explain(made.model(), made.patients().assign(red_flag_trauma="perhaps"), patient="P-1")


def test_an_identifier_that_is_a_path_stays_in_the_folder(tmp_path: Path) -> None:
    frame = made.patients().assign(patient=["../../etc/x", "b", "c", "d", "e", "f"])
    path = explain(made.model(), frame, patient="../../etc/x").save(tmp_path / "out")
    assert path.parent == tmp_path / "out"
    assert path.name.startswith("etc-x-")


@pytest.mark.parametrize("column", ["not_for ", "Not_For", "not for"])
def test_not_for_under_a_slightly_other_name_is_refused_not_overlooked(column: str) -> None:
    with pytest.raises(InputError, match="would not be read"):
        explain(made.model(), made.patients().assign(**{column: "yes"}), patient="P-1")


def test_a_blank_pseudonym_is_refused() -> None:
    with pytest.raises(InputError, match="no identifier at rows 0, 1"):
        explain(made.model(), made.patients().assign(patient="  "), patient="P-1")
