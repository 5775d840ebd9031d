"""``cds update`` and ``cds compare`` from files to an exit code."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import cds
from cds.cli import main
from cds.run_folder import results_schema
from tests.updating.test_updating import CARD, rows

PROTOCOL = """\
schema = "cds.protocol/1"
name = "update"
version = "1"
question = "Are these risks good enough here?"
[outcome]
kind = "binary"
column = "chronic"
[cohort]
patient = "id"
[measures]
thresholds = [0.6]
replicates = 40
[refitting]
folds = 4
[[criteria]]
measure = "calibration_slope"
within = [0.1, 5.0]
rationale = "r"
[[criteria]]
measure = "net_benefit_gain"
threshold = 0.6
at_least = -1.0
rationale = "r"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from sklearn.ensemble import RandomForestClassifier

    monkeypatch.chdir(tmp_path)
    old = rows(300, 1)
    forest = RandomForestClassifier(15, min_samples_leaf=10, random_state=0).fit(old[["age", "pain"]], old["chronic"])
    cds.registry.add(forest, CARD, background=old.head(30), root="registry")
    monkeypatch.setenv("CDS_REGISTRY", str(tmp_path / "registry"))
    rows(300, 2, 1.0).to_csv("new.csv", index=False)
    rows(300, 3, 1.0).to_csv("judge.csv", index=False)
    Path("p.toml").write_text(PROTOCOL)
    return tmp_path


def update(*more: str) -> int:
    return main(["update", "made-up@1", "--data", "new.csv", "--protocol", "p.toml", "--jobs", "1", *more])


def versions(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "registry" / "made-up").iterdir() if not path.name.startswith("."))


def test_before_and_after_stand_in_one_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = update("--method", "recalibrate", "--judge-data", "judge.csv", "--new-version", "2", "--out", "run")
    assert code == 0
    told = capsys.readouterr().out
    assert "made-up@2 registered in" in told
    assert "no patient identifier (id) is in both" in told
    assert "difference to made-up@1, before the update (the same patients)" in told
    results = json.loads((folder / "run" / "results.json").read_text())
    jsonschema.Draft202012Validator(results_schema()).validate(results)
    assert (results["model"]["version"], results["model"]["adapter"]) == ("2", "updated")
    kinds = {(f["analysis"], f["kind"]) for f in results["findings"]}
    assert {("rival", "estimate"), ("comparison", "difference"), ("comparison", "ratio")} <= kinds
    assert "before the update" in (folder / "run" / "report.html").read_text()
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    assert "against_1" in manifest["inputs"]
    assert main(["registry", "verify"]) == 0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--judge-data", "new.csv"], "300 patients to judge on share their identifier"),
        ([], "one of the arguments --judge-data --split is required"),
        (["--split", "1.2"], "must lie between 0 and 1"),
        (["--split", "0.05"], "needs at least 20 events or non-events"),
    ],
)
def test_an_update_judged_on_its_own_or_made_of_too_few_patients_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], told: str
) -> None:
    assert update("--method", "recalibrate", *more, "--out", "run") == 2
    assert told in capsys.readouterr().err
    assert versions(folder) == ["1"]
    assert not (folder / "run").exists()


def test_a_version_that_cannot_be_judged_does_not_stay(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = pd.read_csv("judge.csv")
    judge.assign(age=np.where(judge.index == 3, np.nan, judge["age"])).to_csv("gap.csv", index=False)
    assert update("--method", "intercept", "--judge-data", "gap.csv", "--out", "run") == 2
    assert "missing" in capsys.readouterr().err
    assert versions(folder) == ["1"]


def test_a_version_that_is_no_name_is_refused_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert update("--method", "intercept", "--judge-data", "judge.csv", "--new-version", "../x", "--out", "run") == 2
    assert "'../x' is no version" in capsys.readouterr().err
    assert versions(folder) == ["1"]


def test_an_update_of_an_update_is_not_judged_on_the_parents_own_patients(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert update("--method", "intercept", "--judge-data", "judge.csv", "--new-version", "2", "--out", "a") in (0, 1, 3)
    again = ["update", "made-up@2", "--data", "judge.csv", "--judge-data", "new.csv", "--protocol", "p.toml"]
    assert main([*again, "--method", "intercept", "--new-version", "3", "--jobs", "1", "--out", "b"]) == 2
    assert "those that made-up@2 was updated on" in capsys.readouterr().err
    assert versions(folder) == ["1", "2"]
    assert not Path("b").exists()
