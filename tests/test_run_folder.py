"""A run folder appears complete or not at all."""

import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from cds import run_folder
from cds.core.errors import InputError, ResourceError
from cds.core.finding import Curve, Finding, Findings
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.protocol import ValidationProtocol
from cds.core.record import RunRecord
from cds.run_folder import refuse_occupied, results_schema, sha256_of, write_run_folder

PROTOCOL = ValidationProtocol.model_validate(
    {
        "schema": "cds.protocol/1",
        "name": "p",
        "version": "1",
        "question": "q",
        "outcome": {"kind": "binary", "column": "y"},
        "criteria": [{"measure": "auroc", "at_least": 0.6}],
    }
)
RECORD = RunRecord(
    run_id="p-1",
    created="2026-11-20T10:00:00Z",
    seed=1,
    cds_version="0.1.0",
    model_name="m",
    model_version="1",
    adapter="equation",
    model_sha256="a" * 64,
    card=None,
    rows=10,
    patients=10,
    events=3,
    data_source="t.csv",
    data_sha256="",
    protocol=PROTOCOL,
    protocol_sha256="",
    locked=False,
    readiness="inconclusive",
    findings=Findings(
        [
            Finding(
                "auroc",
                "discrimination",
                Estimate(0.7, Interval(0.5, 0.9, 0.95, "delong", se=0.1), n=10, events=3),
                criterion={"at_least": 0.6},
                verdict="inconclusive",
            ),
            Finding("ici", "calibration", NotEstimable("too few"), attribute="sex", group="f"),
            Finding("input_missing", "dataquality", None, "data_fault", code="DQ003", severity="info"),
        ]
    ),
    curves=(Curve("roc", "discrimination", "ROC", {"x": np.array([0.0, 1.0]), "y": np.array([0.0, 1.0])}),),
    versions={"numpy": "2"},
)


@pytest.fixture(autouse=True)
def quick_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report has tests of its own; here one file stands for it."""

    def write_report(record: RunRecord, folder: Path) -> None:
        (folder / "report.html").write_text(record.run_id)
        (folder / "figures").mkdir()

    monkeypatch.setattr("cds.report.validation.write_report", write_report)


def write(out: Path, record: RunRecord = RECORD, **options: Any) -> Path:
    return write_run_folder(record, out, **{"inputs": {}, **options})


def test_the_folder_holds_results_estimates_curves_report_and_manifest(tmp_path: Path) -> None:
    out = write(tmp_path / "deep" / "run")
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {"results.json", "estimates.csv", "curves/roc.csv", "report.html", "manifest.json"}
    assert [path.name for path in out.parent.iterdir()] == ["run"]


def test_results_follow_the_shipped_schema(tmp_path: Path) -> None:
    results = json.loads((write(tmp_path / "run") / "results.json").read_text())
    validator = jsonschema.Draft202012Validator(results_schema())
    validator.validate(results)
    validator.validate({k: v for k, v in results.items() if k != "notes"})  # as written before there were notes
    for spoiled in (
        {**results, "extra": 1},
        {**results, "readiness": "maybe"},
        {**results, "notes": "one"},
        {**results, "findings": [{**results["findings"][0], "verdict": "passes"}]},
        {**results, "findings": [{k: v for k, v in results["findings"][0].items() if k != "se"}]},
        {**results, "findings": [{**results["findings"][0], "estimate": None}]},
        {**results, "findings": [{**results["findings"][0], "severity": "info"}]},
        {**results, "findings": [{**results["findings"][0], "criterion": {"atleast": 1}}]},
    ):
        assert not validator.is_valid(spoiled)


def test_the_notes_of_the_report_stand_in_the_results(tmp_path: Path) -> None:
    note = "3 patients have weight 0 and count for nothing."
    results = json.loads((write(tmp_path / "run", replace(RECORD, notes=(note,))) / "results.json").read_text())
    jsonschema.Draft202012Validator(results_schema()).validate(results)
    assert results["notes"] == [note]


def test_the_manifest_has_the_hash_of_every_input_and_output(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("a\n1\n")
    out = write(tmp_path / "run", inputs={"data": data}, timings={"measure": 1.5})
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["inputs"] == {"data": {"file": "data.csv", "sha256": hashlib.sha256(b"a\n1\n").hexdigest()}}
    for name, sha256 in manifest["outputs"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == sha256
    assert set(manifest["outputs"]) == {"results.json", "estimates.csv", "curves/roc.csv", "report.html"}
    assert manifest["timings"]["measure"] == 1.5
    assert str(tmp_path) not in (out / "manifest.json").read_text()


def test_an_input_that_changed_during_the_run_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("changed")
    with pytest.raises(InputError, match=r"data\.csv changed while the run was under way"):
        write(tmp_path / "run", replace(RECORD, data_sha256="b" * 64), inputs={"data": data})
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_an_earlier_run_is_replaced_only_when_asked(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    before = (out / "results.json").read_bytes()
    with pytest.raises(InputError, match="holds a run already"):
        write(out)
    assert (out / "results.json").read_bytes() == before
    write(out, replace(RECORD, run_id="p-2"), overwrite=True)
    assert (out / "results.json").read_bytes() != before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_folder_with_somebody_elses_file_is_never_replaced(tmp_path: Path) -> None:
    out = write(tmp_path / "run")
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="files that its manifest does not list"):
        write(out, overwrite=True)
    assert (out / "thesis.txt").read_text() == "mine"


def test_a_folder_is_no_run_folder_because_it_holds_results(tmp_path: Path) -> None:
    out = tmp_path / "project"
    out.mkdir()
    (out / "results.json").write_text("{}")
    with pytest.raises(InputError, match="is no run folder"):
        write(out, overwrite=True)


def test_what_a_killed_run_left_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    dead = tmp_path / ".run.99999999-abc.partial"
    alive = tmp_path / f".run.{os.getpid()}-abc.partial"
    for left in (dead, alive):
        left.mkdir()
    write(tmp_path / "run")
    assert not dead.exists() and alive.exists()


def test_an_earlier_run_survives_when_the_new_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = write(tmp_path / "run")
    before = (out / "results.json").read_bytes()

    def broken(record: RunRecord, folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cds.report.validation.write_report", broken)
    with pytest.raises(ResourceError, match="No space left on device"):
        write(out, replace(RECORD, run_id="p-2"), overwrite=True)
    assert (out / "results.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_earlier_run_comes_back_when_the_rename_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = write(tmp_path / "run")
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(ResourceError):
        write(out, overwrite=True)
    assert (out / "results.json").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("step", ["fsync", "mkdir"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(ResourceError, match="could not be written: No space left"):
        write(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_of_two_runs_into_one_folder_the_first_to_finish_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain_report = "cds.report.validation.write_report"

    def while_another_finishes(record: RunRecord, folder: Path) -> None:
        monkeypatch.setattr(plain_report, lambda *_: None)
        write(tmp_path / "run", replace(RECORD, run_id="first"))

    monkeypatch.setattr(plain_report, while_another_finishes)
    with pytest.raises(InputError, match="holds a run already"):
        write(tmp_path / "run", replace(RECORD, run_id="second"))
    assert json.loads((tmp_path / "run" / "results.json").read_text())["run"]["id"] == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(record: RunRecord, folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cds.report.validation.write_report", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_folder_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.docx").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("file", "folder", "link"):
        with pytest.raises(InputError, match="exists and is no"):
            write(tmp_path / name, overwrite=True)
    assert (tmp_path / "folder" / "thesis.docx").read_text() == "mine"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    refuse_occupied(tmp_path / "run")
    assert (write(tmp_path / "run") / "results.json").is_file()


def test_a_folder_under_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises((InputError, ResourceError)):
        write(tmp_path / "file" / "run")


def test_a_result_that_is_not_finite_stops_the_run_and_leaves_nothing(tmp_path: Path) -> None:
    finding = Finding("input_missing", "dataquality", None, "data_fault", details={"x": float("nan")})
    with pytest.raises(Exception, match="no finite number"):
        write(tmp_path / "run", replace(RECORD, findings=Findings([finding])))
    assert list(tmp_path.iterdir()) == []


def test_a_folders_hash_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("1")
    first = sha256_of(tmp_path / "a")
    (tmp_path / "a" / "x").rename(tmp_path / "a" / "y")
    assert sha256_of(tmp_path / "a") != first
    assert run_folder.sha256_of(tmp_path / "a" / "y") == hashlib.sha256(b"1").hexdigest()
