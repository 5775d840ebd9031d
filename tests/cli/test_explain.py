from pathlib import Path

import pytest

from cds.cli import main
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
    assert "STOP, no estimate" in told
    assert "2 written, 0 kept, 0 failed" in told
    assert "P-1" not in told
    assert main([*asked, "--out", str(tmp_path / "out")]) == 0
    assert "0 written, 2 kept, 0 failed" in capsys.readouterr().out


def test_some_failed_is_exit_code_4(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = made.patients().astype({"smoke": object})
    frame.loc[0, "smoke"] = 9
    frame.iloc[:2].to_csv(data, index=False)
    assert main(["explain", "--model", "m@1", "--data", str(data), "--all", "--out", str(tmp_path / "out")]) == 4
    assert "cds: row 0: no report" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--patient", "nobody"], "patient number 1 of those asked for is not in the data"),
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
