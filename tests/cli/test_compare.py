"""``cds compare`` from files to an exit code."""

import json
from pathlib import Path

import pytest

from cds.cli import main
from tests.cli.test_update import folder  # noqa: F401  # the fixture

GIVEN = ["--protocol", "p.toml", "--data", "judge.csv", "--jobs", "1"]


@pytest.mark.usefixtures("folder")
def test_without_a_rival_a_regression_on_the_same_inputs_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--model", "made-up@1", "--out", "run", *GIVEN]) == 0
    told = capsys.readouterr().out
    assert told.startswith("ready: made-up@1")
    assert "difference to logistic regression on the same inputs (the same patients, both refitted)" in told
    findings = json.loads(Path("run/results.json").read_text())["findings"]
    refitted = [f for f in findings if f["analysis"] == "comparison_refitted" and f["measure"] == "auroc"]
    assert [f["kind"] for f in refitted] == ["estimate", "estimate", "difference"]
    assert {"comparison_calibration.svg", "comparison_decision.svg", "comparison_differences.svg"} <= {
        path.name for path in Path("run/figures").iterdir()
    }


@pytest.mark.usefixtures("folder")
def test_nothing_to_compare_with_is_an_input_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--model", "predictions:", "--out", "run", *GIVEN]) == 2
    assert main(["compare", "--model", "made-up@1", "--against", "made-up@1", "--out", "run", *GIVEN]) == 2
    assert "would be compared with itself" in capsys.readouterr().err
    assert not Path("run").exists()
