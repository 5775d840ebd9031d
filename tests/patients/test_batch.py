import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cds.core.errors import ResourceError
from cds.patients import batch, explain_batch, report
from tests.patients import made


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_patient_gets_a_report_and_the_summary_tells_no_estimate(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    outcome = explain_batch(
        made.model(), made.patients(), out=tmp_path, progress=lambda done, total: seen.append((done, total))
    )
    assert len(outcome.written) == 6
    assert outcome.failed == ()
    assert seen[-1] == (6, 6)
    told = json.loads(outcome.summary.read_text(encoding="utf-8"))
    assert {each["status"] for each in told["reports"]} == {"AVAILABLE", "STOP", "ASK FIRST", "CAUTION"}
    assert set(told["reports"][0]) == {"file", "status", "shown", "withheld", "why", "report_hash"}
    assert "P-1" not in outcome.summary.read_text(encoding="utf-8")


def test_a_patient_that_fails_is_noted_and_the_others_go_on(tmp_path: Path) -> None:
    frame = made.patients().astype({"smoke": object})
    frame.loc[2, "smoke"] = "purple"
    outcome = explain_batch(made.model(), frame, out=tmp_path)
    assert len(outcome.written) == 5
    assert [failure.row for failure in outcome.failed] == [2]
    assert "smoke" in outcome.failed[0].reason
    assert "purple" not in outcome.failed[0].reason


def test_a_second_run_keeps_what_is_complete_and_makes_the_rest(tmp_path: Path) -> None:
    first = explain_batch(made.model(), made.patients(), out=tmp_path)
    whole = contents(tmp_path)
    first.written[0].unlink()
    first.written[1].with_suffix(".json").unlink()
    first.written[2].write_bytes(b"%PDF half")
    second = explain_batch(made.model(), made.patients(), out=tmp_path)
    assert second.written == first.written[:3]
    assert second.skipped == first.written[3:]
    assert contents(tmp_path) == whole


def test_changed_inputs_make_a_new_report(tmp_path: Path) -> None:
    explain_batch(made.model(), made.patients(), patients=["P-1"], out=tmp_path)
    changed = made.patients().assign(bmi=30.0)
    assert len(explain_batch(made.model(), changed, patients=["P-1"], out=tmp_path).written) == 1
    changed_standing = made.model(standing=None)
    assert len(explain_batch(changed_standing, changed, patients=["P-1"], out=tmp_path).written) == 1


@pytest.mark.slow
def test_a_batch_killed_half_way_leaves_nothing_half_written_and_is_resumed(tmp_path: Path) -> None:
    explain_batch(made.model(), made.patients(), out=tmp_path / "whole")
    script = (
        "import sys; from cds.patients import explain_batch; from tests.patients import made;"
        "explain_batch(made.model(), made.patients(), out=sys.argv[1])"
    )
    out = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", script, str(out)], env={**os.environ, "PYTHONPATH": os.getcwd()})
    waited = time.monotonic()
    while len(list(out.glob("*.json"))) < 2 and time.monotonic() - waited < 120:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in out.glob("*.json"):
        assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    outcome = explain_batch(made.model(), made.patients(), out=out)
    assert len(outcome.skipped) >= 2
    left = {name: data for name, data in contents(out).items() if not name.endswith(".partial")}
    assert left == contents(tmp_path / "whole")


def test_what_a_killed_run_left_long_ago_is_removed(tmp_path: Path) -> None:
    old, young = tmp_path / ".a.partial", tmp_path / ".b.partial"
    old.touch()
    young.touch()
    os.utime(old, (0, 0))
    report.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".b.partial"]


def test_a_full_disk_is_an_error_with_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report.os, "fsync", full)
    with pytest.raises(ResourceError, match="No space left on device"):
        report.write_whole(tmp_path / "a.pdf", b"content")
    assert list(tmp_path.iterdir()) == []


def test_an_unforeseen_fault_costs_one_patient_its_report_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_report = batch.report_of

    def sometimes(model: Any, row: pd.DataFrame, **more: Any) -> Any:
        if more["pseudonym"] == "P-1":
            raise ZeroDivisionError("secret value")
        return made_report(model, row, **more)

    monkeypatch.setattr(batch, "report_of", sometimes)
    outcome = explain_batch(made.model(), made.patients(), out=tmp_path)
    assert [f.reason for f in outcome.failed] == ["a fault in cds, not in the data (ZeroDivisionError)"]
    assert outcome.written and outcome.summary.is_file()
