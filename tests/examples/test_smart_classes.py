"""The example of three pain mechanisms, from its one command, on the public data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "smart_classes" / "run.py"


def run(out: Path, shared: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CDS_SHARED": str(shared)}
    command = [sys.executable, str(SCRIPT), "--out", str(out)]
    return subprocess.run(command, check=False, cwd=out.parent, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, shared_folder):
    out = tmp_path_factory.mktemp("smart") / "out"
    done = run(out, shared_folder)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def findings(out: Path) -> list[dict]:
    return json.loads((out / "validation" / "results.json").read_text(encoding="utf-8"))["findings"]


@pytest.mark.shared
@pytest.mark.slow
def test_the_verdict_is_printed_and_every_criterion_names_its_category(finished):
    out, said = finished
    assert "Validation: inconclusive" in said
    judged = {(f["measure"], f["category"]): f["verdict"] for f in findings(out) if f["verdict"]}
    assert judged["multinomial_recalibration_slope", "Central Neuropathic"] == "inconclusive"
    assert judged["net_benefit_gain", "Peripheral Neuropathic"] == "meets"
    assert len(judged) == 8


@pytest.mark.shared
@pytest.mark.slow
def test_three_categories_and_36_criteria_some_of_them_missing_are_validated_on_the_other_half(finished):
    out, _ = finished
    rows = [f for f in findings(out) if f["measure"] == "auroc" and f["analysis"] == "primary"]
    assert {f["category"]: f["events"] for f in rows} == {
        "Nociceptive": 126,
        "Peripheral Neuropathic": 59,
        "Central Neuropathic": 47,
    }
    assert all(f["n"] == 232 for f in rows)
    assert any(f["code"] == "DQ003" and f["severity"] for f in findings(out))


@pytest.mark.shared
@pytest.mark.slow
def test_each_category_is_drawn(finished):
    out, _ = finished
    names = {path.name for path in (out / "validation" / "figures").iterdir()}
    assert {f"{c}_by_category.svg" for c in ("calibration", "distribution", "roc", "decision")} <= names
    drawn = (out / "validation" / "figures" / "calibration_by_category.svg").read_text(encoding="utf-8")
    assert "Central Neuropathic" in drawn and "no curve" not in drawn


def test_absent_data_are_one_sentence_and_exit_code_2(tmp_path):
    done = run(tmp_path / "out", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "CDS_SHARED" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
