import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cds.patients import explain_batch, making
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
    assert {"file", "status", "shown", "withheld", "why", "report_hash"} <= set(told["reports"][0])
    assert not {"estimate", "prediction", "inputs"} & set(told["reports"][0])
    assert "P-1" not in outcome.summary.read_text(encoding="utf-8")


def test_a_patient_that_fails_is_noted_and_the_others_go_on(tmp_path: Path) -> None:
    frame = made.patients()
    frame.loc[2, "red_flag_trauma"] = "purple"
    outcome = explain_batch(made.model(), frame, out=tmp_path)
    assert len(outcome.written) == 5
    assert [failure.row for failure in outcome.failed] == [2]
    assert "red_flag_trauma" in outcome.failed[0].reason
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


def test_an_unforeseen_fault_costs_one_patient_its_report_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_report = making.report_of

    def sometimes(model: Any, row: pd.DataFrame, **more: Any) -> Any:
        if more["pseudonym"] == "P-1":
            raise ZeroDivisionError("secret value")
        return made_report(model, row, **more)

    monkeypatch.setattr(making, "report_of", sometimes)
    outcome = explain_batch(made.model(), made.patients(), out=tmp_path)
    assert [f.reason for f in outcome.failed] == ["a fault in cds, not in the data (ZeroDivisionError)"]
    assert outcome.written and outcome.summary.is_file()


def test_one_job_and_two_give_the_same_files_whichever_patient_fails_and_however_often_workers_are_renewed(
    tmp_path: Path,
) -> None:
    frame = made.patients()
    frame.loc[1, "red_flag_fever_or_sepsis"] = "perhaps"
    one = explain_batch(made.model(), frame, out=tmp_path / "one")
    two = explain_batch(made.model(), frame, out=tmp_path / "two", jobs=2, renew_after=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert [path.name for path in one.written] == [path.name for path in two.written]
    assert one.failed == two.failed
    assert [failure.row for failure in one.failed] == [1]


def test_ten_runs_of_one_patient_give_the_same_bytes(tmp_path: Path) -> None:
    for run in range(10):
        explain_batch(made.model(), made.patients(), patients=["P-1"], out=tmp_path / str(run))
    assert all(contents(tmp_path / str(run)) == contents(tmp_path / "0") for run in range(10))


def test_an_earlier_report_of_a_patient_who_now_fails_is_removed(tmp_path: Path) -> None:
    model, frame = made.model(), made.patients()
    first = explain_batch(model, frame, patients=["P-1"], out=tmp_path)
    (kept,) = first.written
    assert kept.exists() and kept.with_suffix(".json").exists()
    again = explain_batch(model, frame.assign(red_flag_trauma="perhaps"), patients=["P-1"], out=tmp_path)
    assert len(again.failed) == 1
    assert not kept.exists() and not kept.with_suffix(".json").exists()
