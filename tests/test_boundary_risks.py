"""A model with a quarter of its risks at exactly 0 is never flattered in silence, wherever it is measured."""

import json

import numpy as np
import pytest

import cds
from cds.cli import main
from cds.core.measure import Estimate, NotEstimable
from cds.core.study import Study
from cds.stats.estimation import answer
from tests.samples import drawn, small
from tests.studies import answered

N = 320
BASE = drawn(N, 21)
QUARTER = np.arange(N) % 4 == 0
RISK = np.where(QUARTER, 0.0, BASE.risk)
ON_LOGIT = ("calibration_slope", "calibration_in_the_large", "ici", "e50", "e90", "emax")
assert BASE.outcome[QUARTER].any()  # some of those with risk 0 have the event


def check(record):
    """One finding: the log loss is refused as infinite, logit-based values say what was left out."""
    if record["measure"] in ("log_loss", "nagelkerke_r2"):
        assert record["estimate"] is None and "infinite" in record["reason"]
        return True
    smoother = record["parameters"].get("smoother", "rcs")
    if record["measure"] in ON_LOGIT and smoother == "rcs" and record["status"] == "estimated":
        assert "risks of exactly 0 or 1 have no logit and were left out" in record["details"]["descriptive"]
        assert record["verdict"] in (None, "not_assessable")
        return True
    return False


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weights": np.tile([1.0, 2.0], N // 2)},
        {"weights": np.tile([0.5, 1.5, 1.0, 1.2], N // 4)},
        {"site": np.arange(N) % 5},
        {"groups": {"sex": np.where(np.arange(N) % 3 == 0, "f", "m")}, "references": {"sex": "m"}},
        {"patient": np.arange(N) // 2},
        {"replicates": 20},
        {"replicates": 20, "interval": "bca"},
    ],
    ids=["plain", "whole weights", "sampling weights", "sites", "groups", "clusters", "bootstrap", "bca"],
)
def test_on_arrays(options):
    found = cds.evaluate.binary(BASE.outcome, RISK, thresholds=(0.3,), **{"replicates": 0, **options})
    records = [f.record() for f in found if f.kind == "estimate"]
    assert sum(check(r) for r in records) >= 8


def test_in_each_group_and_in_the_gap():
    sex = np.where(np.arange(N) % 8 < 4, "f", "m")
    found = cds.evaluate.binary(BASE.outcome, RISK, replicates=0, groups={"sex": sex}, references={"sex": "m"})
    gap = found.get("calibration_slope", kind="difference", attribute="sex", group="f")
    assert "flatters a bad model" in gap.record()["details"]["descriptive"]
    refused = found.get("log_loss", kind="difference", attribute="sex", group="f").result
    assert isinstance(refused, NotEstimable) and "infinite" in refused.reason


def test_pooled_over_imputations():
    one = answered(small(BASE.outcome, RISK), thresholds=())
    slightly = np.where(QUARTER, 0.0, np.clip(BASE.risk * 1.02, 0, 0.99))
    values = {name: getattr(one, name) for name in ("cohort", "measures", "settings")}
    study = answer(Study(samples=(small(BASE.outcome, RISK), small(BASE.outcome, slightly)), **values), jobs=1)
    by_name = {a.request.measure: a.result for a in study.answers.values() if a.request.analysis == "primary"}
    assert isinstance(by_name["log_loss"], NotEstimable) and "infinite" in by_name["log_loss"].reason
    for name in ON_LOGIT:
        result = by_name[name]
        assert isinstance(result, Estimate) and "flatters" in result.details["descriptive"]


PROTOCOL = """
schema = "cds.protocol/1"
name = "zeros"
version = "1"
question = "Is a model that says never too often flattered?"
[outcome]
kind = "binary"
column = "y"
[predictions]
risk = "risk"
[measures]
thresholds = [0.3]
replicates = 20
{clip}
[[criteria]]
measure = "calibration_slope"
within = [-9.0, 9.0]
[[criteria]]
measure = "ici"
at_most = 1.0
[[criteria]]
measure = "log_loss"
at_most = 99.0
"""


@pytest.mark.parametrize("clip", ["", "clip = [0.001, 0.999]"])
def test_on_the_command_line(tmp_path, clip):
    rows = "\n".join(f"{int(y)},{p:.6f}" for y, p in zip(BASE.outcome, RISK, strict=True))
    (tmp_path / "d.csv").write_text(f"y,risk\n{rows}\n", encoding="utf-8")
    (tmp_path / "p.toml").write_text(PROTOCOL.format(clip=clip), encoding="utf-8")
    given = ["validate", "--protocol", str(tmp_path / "p.toml"), "--model", "predictions:"]
    code = main([*given, "--data", str(tmp_path / "d.csv"), "--out", str(tmp_path / "run"), "--jobs", "1"])
    results = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    verdicts = {f["measure"]: f["verdict"] for f in results["findings"] if f["verdict"]}
    assert code == 3
    if clip:  # declared beforehand, it is judged, and the report counts what was clipped
        clipped = [f["details"]["clipped"] for f in results["findings"] if f["measure"] == "calibration_slope"]
        assert verdicts["calibration_slope"] == "meets" and clipped[0] == N // 4
    else:
        assert set(verdicts.values()) == {"not_assessable"}
        assert sum(check(f) for f in results["findings"]) >= 8
