"""The example of a published trial, from its one command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "prt_trial" / "run.py"
pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, shared_folder):
    out = tmp_path_factory.mktemp("prt") / "out"
    environment = {**os.environ, "CDS_SHARED": str(shared_folder)}
    command = [sys.executable, str(SCRIPT), "--out", str(out)]
    done = subprocess.run(command, check=False, cwd=out.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((out / "results.json").read_text(encoding="utf-8")), done.stdout


def found(results, measure, arm, **where):
    wanted = {"analysis": "primary", "attribute": None, "kind": "estimate", **where}
    (one,) = (
        f
        for f in results["findings"]
        if (f["measure"], f["category"]) == (measure, arm) and all(f[k] == v for k, v in wanted.items())
    )
    return one


def test_responders_are_those_of_the_paper(finished):
    results, _ = finished
    therapy = found(results, "responder_risk_difference", "pain reprocessing therapy")
    placebo = found(results, "responder_risk_difference", "placebo")
    assert [therapy["details"][f"{k}_arm"] for k in ("responders", "randomised")] == [33, 50]
    assert [placebo["details"][f"{k}_arm"] for k in ("responders", "randomised")] == [10, 51]
    assert [placebo["details"][f"{k}_control"] for k in ("responders", "randomised")] == [5, 50]


def test_the_effect_is_rs_and_judged(finished):
    # R 4.2.2: confint(lm(after ~ relevel(factor(group), "3") + before)); see tests/tabular/test_trial_columns.py
    results, said = finished
    therapy = found(results, "treatment_effect", "pain reprocessing therapy")
    assert (therapy["low"], therapy["high"]) == pytest.approx((-2.7330722, -1.70721987), rel=1e-6)
    assert therapy["verdict"] == "meets"
    assert found(results, "responder_risk_difference", "pain reprocessing therapy")["verdict"] == "meets"
    assert "the trial did not show an effect" in said


def test_a_number_needed_is_withheld_where_no_effect_is_not_excluded(finished):
    results, _ = finished
    assert found(results, "number_needed_to_treat", "pain reprocessing therapy")["estimate"] == pytest.approx(1 / 0.56)
    withheld = found(results, "number_needed_to_treat", "placebo")
    assert withheld["status"] == "not_estimable" and "does not exclude no effect" in withheld["reason"]
