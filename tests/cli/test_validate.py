"""``cds validate`` from files to an exit code, on the reference case."""

import json
import shutil
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from cds.cli import main
from cds.core.prediction import Prediction
from cds.run_folder import results_schema
from cds.stats.inputs import prepare_inputs, refuse_missing

CASE = Path(__file__).parents[1] / "reference" / "cases" / "binary.csv"
PROTOCOL = """\
schema = "cds.protocol/1"
name = "reference"
version = "1"
question = "Are these risks good enough?"
[outcome]
kind = "binary"
column = "outcome"
[cohort]
groups = ["sex"]
references = {sex = "male"}
[predictions]
risk = "risk"
[measures]
thresholds = [0.2, 0.3]
replicates = 100
[[criteria]]
measure = "calibration_slope"
within = [SLOPE]
rationale = "r"
[[criteria]]
measure = "net_benefit_gain"
threshold = 0.2
at_least = 0.0
rationale = "r"
"""
# expected.json of the reference cases (R 4.2.2): slope 1.04, 95 % interval .83 to 1.26.
READY, NOT_READY, INCONCLUSIVE = "0.7, 1.4", "1.5, 2.0", "0.9, 1.4"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(CASE, tmp_path / "data.csv")
    protocol(tmp_path, INCONCLUSIVE)
    return tmp_path


def protocol(folder: Path, slope: str, *, old: str = "", new: str = "") -> None:
    text = PROTOCOL.replace("SLOPE", slope)
    assert old in text
    (folder / "p.toml").write_text(text.replace(old, new, 1) if old else text)


def validate(*more: str) -> int:
    given = ["--protocol", "p.toml", "--model", "predictions:", "--data", "data.csv", "--jobs", "1"]
    return main(["validate", *given, *more])


@pytest.mark.parametrize(
    ("slope", "code", "verdict"),
    [(READY, 0, "ready"), (NOT_READY, 1, "not_ready"), (INCONCLUSIVE, 3, "inconclusive")],
)
def test_each_readiness_has_its_exit_code_and_line(
    folder: Path, capsys: pytest.CaptureFixture[str], slope: str, code: int, verdict: str
) -> None:
    protocol(folder, slope)
    assert validate("--out", "run") == code
    told = capsys.readouterr()
    assert told.out.startswith(f"{verdict.replace('_', ' ')}: ")
    assert "calibration_slope: 1.044 (0.828 to 1.260), wanted within" in told.out
    assert "net_benefit_gain (at 0.2):" in told.out
    results = json.loads((folder / "run" / "results.json").read_text())
    assert results["readiness"] == verdict
    jsonschema.Draft202012Validator(results_schema()).validate(results)
    assert {"report.pdf", "report.html", "manifest.json"} <= {file.name for file in (folder / "run").iterdir()}


def test_gaps_between_groups_are_judged_and_follow_the_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    protocol(folder, READY)
    gaps = (
        '[[criteria]]\nmeasure = "auroc"\ndifference_within = [-0.3, 0.3]\nacross = "sex"\n'
        '[[criteria]]\nmeasure = "observed_expected"\nratio_within = [0.5, 2.0]\nacross = "sex"\n'
        '[[criteria]]\nmeasure = "auroc"\nat_least = 0.5\neach = true\nacross = "sex"\n'
    )
    with Path("p.toml").open("a") as file:
        file.write(gaps)
    assert validate("--out", "run") == 0
    told = capsys.readouterr().out
    assert "wanted difference within −0.3 to 0.3" in told
    assert "wanted ratio within 0.5 to 2" in told
    jsonschema.Draft202012Validator(results_schema()).validate(json.loads(Path("run/results.json").read_text()))


def refused(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert validate("--out", "run", *more) == 2
    assert not Path("run").exists()
    told = capsys.readouterr().err
    assert "Traceback" not in told
    return told


def test_an_unknown_key_measure_or_column_names_the_nearest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    protocol(folder, READY, old="replicates", new="replicate")
    assert "Did you mean 'replicates'?" in refused(capsys)
    protocol(folder, READY, old='"calibration_slope"', new='"calibration_slop"')
    assert "Did you mean 'calibration_slope'?" in refused(capsys)
    protocol(folder, READY, old='column = "outcome"', new='column = "outcom"')
    assert "Did you mean 'outcome'?" in refused(capsys)
    protocol(folder, READY, old='risk = "risk"', new='risk = "rsk"')
    assert "Did you mean 'risk'?" in refused(capsys)


def spoil(folder: Path, **changes: object) -> None:
    frame = pd.read_csv(CASE).astype(object)
    for column, value in changes.items():
        frame.loc[5, column] = value
    frame.to_csv(folder / "data.csv", index=False)


def test_bad_data_is_refused_by_position_and_never_quoted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for column, value in (("outcome", "CANARY"), ("risk", "CANARY"), ("outcome", None), ("risk", None)):
        spoil(folder, **{column: value})
        told = refused(capsys)
        assert "row 5" in told
        assert "CANARY" not in told
    spoil(folder, patient=1)
    assert "must name each patient once" in refused(capsys)
    (folder / "data.csv").write_text("patient,outcome,risk,sex\n")
    assert "no rows" in refused(capsys)
    (folder / "data.csv").write_bytes(b"PAR1....PAR1")
    assert "holds Parquet" in refused(capsys)


def test_missing_outcomes_are_excluded_and_counted_where_the_protocol_says_so(folder: Path) -> None:
    spoil(folder, outcome=None)
    protocol(folder, READY, old="[cohort]", new='missing = "exclude"\n[cohort]')
    assert validate("--out", "run") == 0
    assert json.loads(Path("run/results.json").read_text())["data"]["rows"] == 599


def test_what_is_not_analysed_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    protocol(folder, READY, old="[cohort]", new='[cohort]\nvisit = "site"')
    assert "cohort.visit: this version of cds does not analyse" in refused(capsys)


def test_an_occupied_folder_is_refused_before_the_work_begins(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "run").mkdir()
    (folder / "run" / "mine.txt").write_text("mine")
    for more in ([], ["--overwrite"]):
        assert validate("--out", "run", *more) == 2
        told = capsys.readouterr().err
        assert "exists and is no run folder" in told
        assert "resampling" not in told


def test_an_earlier_run_is_replaced_with_overwrite_only(folder: Path) -> None:
    protocol(folder, READY)
    assert validate("--out", "run") == 0
    assert validate("--out", "run") == 2
    assert validate("--out", "run", "--overwrite") == 0


def test_the_default_folder_is_named_after_protocol_and_time(folder: Path) -> None:
    validate()
    [run] = (folder / "reports").iterdir()
    assert run.name.startswith("reference-20")


def test_a_locked_protocol_is_told_as_such_and_a_changed_one_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["protocol", "lock", "p.toml", "--by", "A"]) == 0
    assert validate("--out", "run") == 3
    assert "reference 1, locked" in capsys.readouterr().out
    assert json.loads(Path("run/results.json").read_text())["protocol"]["locked"] is True
    protocol(folder, READY)
    assert validate("--out", "other") == 2
    assert "was changed after A locked it" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--jobs", "0"), ("--jobs", "two"), ("--seed", "-1")])
def test_numbers_on_the_command_line_are_checked(folder: Path, option: tuple[str, str]) -> None:
    assert validate("--out", "run", *option) == 2


def test_the_same_seed_gives_the_same_estimates_for_any_number_of_jobs(folder: Path) -> None:
    validate("--out", "one")
    validate("--out", "two", "--jobs", "2")
    assert Path("one/estimates.csv").read_bytes() == Path("two/estimates.csv").read_bytes()


def test_a_folder_that_cannot_be_written_is_exit_4(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cds.run_folder.os.fsync", full)
    assert validate("--out", "run") == 4
    assert sorted(file.name for file in folder.iterdir()) == ["data.csv", "p.toml"]


def test_warnings_about_the_data_are_told_and_accepted_ones_are_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder, risk=1.0)
    protocol(folder, READY, old="[measures]", new="[measures]\nclip = [0.001, 0.999]")
    validate("--out", "run")
    assert "  warning: DQ005 Of 600 predicted risks, 0 are exactly 0 and 1 exactly 1." in capsys.readouterr().out
    with Path("p.toml").open("a") as file:
        file.write('[[accept]]\ncode = "DQ005"\nreason = "known"\n')
    validate("--out", "other")
    assert "DQ005" not in capsys.readouterr().out


def test_every_fault_of_the_data_names_the_file_and_how_rows_are_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder, outcome=None, risk=2.0)
    told = refused(capsys).splitlines()
    assert told[0].startswith("cds: data.csv: outcome column 'outcome' is missing in 1 of 600 rows, at row 5")
    assert told[1].startswith("data.csv: column 'risk' must lie in [0, 1]; it does not at row 5")
    assert told[2:] == ["(rows counted from 0 below the header)"]


def test_a_missing_required_input_names_the_file_and_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.patients import made

    class Strict(made.Logistic):
        def predict(self, features: pd.DataFrame, *, horizons: object = None) -> Prediction:
            refuse_missing(self.card, prepare_inputs(self.card, features))
            raise AssertionError("it was not refused")

    monkeypatch.setattr("cds.registry.load_model", lambda reference: made.model(model=Strict(made.card())))
    made.patients().assign(outcome=[0, 1] * 3, sex="male").to_csv("data.csv", index=False)
    given = ["--protocol", "p.toml", "--model", "m@1", "--data", "data.csv", "--jobs", "1", "--out", "run"]
    assert main(["validate", *given]) == 2
    told = capsys.readouterr().err
    assert "data.csv: required input 'pain' is missing at row 3. Complete them; or write method" in told


def test_predictions_that_the_protocol_does_not_name_are_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    protocol(folder, READY, old='[predictions]\nrisk = "risk"\n', new="")
    assert "p.toml: the protocol has no [predictions] section" in refused(capsys)
    given = ["--protocol", "p.toml", "--model", "predictions", "--data", "data.csv", "--out", "run"]
    assert main(["validate", *given]) == 2
    assert "Did you mean 'predictions:'?" in capsys.readouterr().err
