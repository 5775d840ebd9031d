import json
import re
from pathlib import Path

import pandas as pd
import pytest

from cds.cli import main
from cds.core.errors import StorageError
from cds.patients import batch
from tests.patients import made


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("cds.registry.loading.load_model", lambda reference: made.model())
    path = tmp_path / "patients.csv"
    made.patients().to_csv(path, index=False)
    return path


def test_reports_are_written_and_told_without_identifiers(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["explain", "--model", "m@1", "--data", str(data), "--patient", "P-1", "--patient", "P-2"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "AVAILABLE, estimate given" in told
    assert "STOP, no estimate: a red flag is recorded as present" in told
    assert "2 written, 0 unchanged from an earlier run, 0 failed" in told
    assert "P-1" not in told
    assert main([*asked, "--out", str(tmp_path / "out")]) == 0
    assert "0 written, 2 unchanged from an earlier run, 0 failed" in capsys.readouterr().out


def test_some_failed_is_exit_code_4(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = made.patients()
    frame.loc[0, "red_flag_trauma"] = "perhaps"
    frame.iloc[:2].to_csv(data, index=False)
    assert main(["explain", "--model", "m@1", "--data", str(data), "--all", "--out", str(tmp_path / "out")]) == 4
    told = capsys.readouterr().err
    assert "cds: patients.csv row 0: no report" in told
    assert told.count("(rows counted from 0 below the header)") == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--patient", "nobody"], "patients.csv: the patient asked for is not in column 'patient' (6 patients). Is it"),
        (["--patient", "P-1", "--patient", "x"], "patient number 2 of those asked for is not in column 'patient'"),
        (["--all", "--id", "recorded_by"], "patients.csv: the data have no column 'recorded_by'"),
        (["--all", "--id", "patent"], "Did you mean 'patient'?"),
        ([], "one of the arguments --patient --all is required"),
        (["--all", "--seed", "-1"], "must be a whole number"),
    ],
)
def test_a_usage_or_input_error_is_exit_code_2(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], said: str
) -> None:
    out = tmp_path / "out"
    assert main(["explain", "--model", "m@1", "--data", str(data), "--out", str(out), *wrong]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def explained(frame: pd.DataFrame, data: Path, out: Path, *more: str) -> int:
    frame.to_csv(data, index=False)
    return main(["explain", "--model", "m@1", "--data", str(data), "--out", str(out), *more])


def test_without_a_column_of_pseudonyms_rows_are_named_as_rows(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = made.patients().drop(columns="patient").assign(id=range(100, 106))
    assert explained(frame, data, tmp_path / "out", "--patient", "0") == 0
    told = capsys.readouterr().out
    assert told.startswith("no column patient: patients are row positions, counted from 0; name another column with")
    [page] = (tmp_path / "out").glob("row-0-*.json")
    assert json.loads(page.read_text(encoding="utf-8"))["page"]["pseudonym"] == "row 0"
    assert explained(frame, data, tmp_path / "out", "--patient", "100") == 2
    assert (
        "the patient asked for is not in the row positions 0 to 5 (6 patients). Is it named in"
        in capsys.readouterr().err
    )
    assert explained(frame, data, tmp_path / "out", "--patient", "0", "--id", "patient") == 2
    assert "the data have no column 'patient'" in capsys.readouterr().err


def test_the_line_of_a_withheld_estimate_says_why(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [name for name in made.patients() if name.startswith("red_flag_")]
    assert explained(made.patients().drop(columns=flags), data, tmp_path / "out", "--patient", "P-1") == 0
    assert re.search(
        r"ASK FIRST, no estimate: \d+ emergency red flags not recorded \(columns red_flag_\w+, red_flag_\w+, "
        r"red_flag_\w+ and \d more\)",
        capsys.readouterr().out,
    )
    assert explained(made.patients(), data, tmp_path / "out", "--patient", "P-3", "--patient", "P-4") == 0
    told = capsys.readouterr().out
    assert "ASK FIRST, no estimate: 1 emergency red flag not recorded (column red_flag_bladder_bowel)" in told
    assert "no estimate: 1 required input missing (column pain)" in told


def test_other_dates_than_iso_are_refused_before_anything_is_written(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = made.patients()
    frame.loc[[1, 3], "recorded_on"] = "12/03/2026"
    assert explained(frame, data, tmp_path / "out", "--all") == 2
    told = capsys.readouterr().err
    assert "patients.csv: column 'recorded_on' holds something other than a date at rows 1, 3. Write YYYY-MM-DD" in told
    assert told.rstrip().endswith("(rows counted from 0 below the header)")
    assert "12/03" not in told
    assert not (tmp_path / "out").exists()


def test_a_column_that_the_model_needs_and_the_data_lack_is_told_once(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = made.patients().rename(columns={"bmi": "bmj"})
    assert explained(frame, data, tmp_path / "out", "--patient", "P-1", "--patient", "P-6") == 0
    told = capsys.readouterr()
    assert told.err.count("nobody gets an estimate: patients.csv: the data have no column 'bmi'. Did you mean") == 1
    assert told.out.count("no estimate: 1 required input missing (column bmi)") == 2


def test_a_full_disk_is_exit_code_4_and_says_how_to_go_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise StorageError(f"{path.parent} could not be written: No space left on device")

    monkeypatch.setattr(batch, "write_whole", full)
    assert explained(made.patients(), data, tmp_path / "out", "--patient", "P-2") == 4
    told = capsys.readouterr().err
    assert "No space left on device. Stopped: 0 of 1 reports are complete. Make room" in told
    assert "run the same command again" in told
