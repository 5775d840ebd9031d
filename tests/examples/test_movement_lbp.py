"""The movement example, from its one command, on the public survey."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "movement_lbp" / "run.py"


def run(out: Path, shared: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CDS_SHARED": str(shared)}
    command = [sys.executable, str(SCRIPT), "--out", str(out)]
    return subprocess.run(command, check=False, cwd=out.parent, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, shared_folder):
    out = tmp_path_factory.mktemp("movement") / "out"
    done = run(out, shared_folder)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


@pytest.mark.shared
@pytest.mark.slow
def test_the_verdict_is_printed_and_is_that_of_the_run(finished):
    out, said = finished
    readiness = json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))["readiness"]
    assert f"Validation: {readiness.replace('_', ' ')}" in said


@pytest.mark.shared
@pytest.mark.slow
def test_the_validation_half_is_the_other_half_of_the_survey(finished, shared_folder):
    out, _ = finished
    survey = pd.read_csv(shared_folder / "data" / "lbp_movement" / "bpd.csv")
    results = json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))
    assert results["data"]["rows"] == len(survey) - len(survey) // 2


@pytest.mark.shared
@pytest.mark.slow
def test_sex_education_status_and_the_crossing_of_two_are_reported(finished):
    out, _ = finished
    findings = json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))["findings"]
    groups = {(f["attribute"], f["group"]) for f in findings if f["measure"] == "calibration_in_the_large"}
    assert {
        ("sex", "1_female"),
        ("sex", "2_male"),
        ("education", "1_lower"),
        ("education", "2_higher"),
        ("ses", "1_lower"),
        ("ses", "2_middle"),
        ("ses", "3_higher"),
        ("sex×education", "2_male×1_lower"),
    } <= groups


@pytest.mark.shared
@pytest.mark.slow
def test_the_risks_are_too_high_for_people_of_lower_status_than_for_the_middle(finished):
    out, _ = finished
    findings = json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))["findings"]
    (gap,) = [
        f
        for f in findings
        if f["measure"] == "calibration_in_the_large"
        and f["kind"] == "difference"
        and f["group"] == "1_lower"
        and f["attribute"] == "ses"
    ]
    assert gap["reference_group"] == "2_middle" and gap["high"] < 0


@pytest.mark.shared
@pytest.mark.slow
def test_three_people_have_pages_without_an_estimate_because_no_flag_was_asked(finished):
    from pypdf import PdfReader

    out, _ = finished
    pages = list((out / "people").rglob("*.pdf"))
    assert len(pages) == 3
    assert all("ASK FIRST" in PdfReader(page).pages[0].extract_text() for page in pages)


def test_an_absent_survey_is_one_sentence_and_exit_code_2(tmp_path):
    done = run(tmp_path / "out", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "CDS_SHARED" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.shared
def test_a_folder_in_the_way_is_left_alone(tmp_path, shared_folder):
    (tmp_path / "mine.txt").touch()
    done = run(tmp_path, shared_folder)
    assert done.returncode == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
