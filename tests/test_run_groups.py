"""Groups from a file to the report: intersections, bands, numbers to follow along, a target, and what the data lack."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cds
from cds.core.protocol import ValidationProtocol
from cds.report.validation import validation_view
from cds.run import Run
from tests.samples import drawn

CRITERIA: list[dict[str, Any]] = [
    {"measure": "calibration_slope", "within": [0.1, 9.0]},
    {"measure": "net_benefit_gain", "threshold": 0.3, "at_least": -1.0},
    {"measure": "calibration_in_the_large", "across": "sex×age", "difference_within": [-9.0, 9.0]},
    {"measure": "calibration_in_the_large", "across": "age", "each": True, "within": [-9.0, 9.0]},
]
LACKING: dict[str, Any] = {"measure": "auroc", "across": "educaton", "difference_within": [-0.5, 0.5]}


def file(folder: Path) -> Path:
    sample, rng = drawn(900, 3), np.random.default_rng(4)
    age = rng.uniform(18, 90, 900).round()
    age[:40] = np.nan
    columns = {
        "patient": np.arange(900), "y": sample.outcome.astype(int), "risk": sample.risk, "age": age,
        "sex": rng.choice(["f", "m"], 900), "education": rng.choice(["low", "high"], 900),
    }  # fmt: skip
    pd.DataFrame(columns).to_csv(folder / "d.csv", index=False)
    return folder / "d.csv"


def run(folder: Path, *criteria: dict[str, Any], **cohort: Any) -> Run:
    rules = {
        "schema": "cds.protocol/1", "name": "tried", "version": "2", "question": "Is it ready?",
        "outcome": {"kind": "binary", "column": "y"}, "predictions": {"risk": "risk"},
        "cohort": {
            "groups": ["sex", "age"], "references": {"sex": "f", "age": "30 to under 60"}, "bands": {"age": [30, 60]},
            "intersections": [["sex", "age"]], "minimum_events": 10, **cohort,
        },
        "target_population": {"source": "Census", "sex": {"f": 0.9, "m": 0.1}},
        "measures": {"thresholds": [0.3], "replicates": 0}, "criteria": [*CRITERIA, *criteria],
    }  # fmt: skip
    return cds.validate(None, file(folder), ValidationProtocol.model_validate(rules), jobs=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("groups"))


def test_a_criterion_across_an_intersection_is_answered_for_each_group(made: Run) -> None:
    judged = [f for f in made.findings if f.criterion and f.attribute == "sex×age"]
    assert [f.group for f in judged] == [
        "f×under 30", "f×60 and over", "m×under 30", "m×30 to under 60", "m×60 and over", "(missing)",
    ]  # fmt: skip
    assert {f.reference_group for f in judged} == {"f×30 to under 60"}
    assert {f.verdict for f in judged} == {"meets"}
    assert made.readiness == "ready"


def test_bands_stand_from_the_youngest_to_the_oldest(made: Run) -> None:
    judged = [f.group for f in made.findings if f.criterion and f.attribute == "age"]
    assert judged == ["under 30", "30 to under 60", "60 and over", "(missing)"]


def test_the_report_draws_the_curve_and_prints_the_shares(made: Run) -> None:
    view = validation_view(made.record)
    assert "Calibration along age" in [figure.title for figure in view.drawn["groups"]]
    titles = [table.title for table in view.tables["groups"]]
    assert "The cohort beside the population it is meant for" in titles
    assert "Calibration along continuous attributes" in titles
    assert not view.analyses  # the test of the curve has its table
    assert any("differ from the target population in sex" in note for note in made.record.notes)


def test_an_attribute_that_the_data_lack_is_judged_and_never_skipped(tmp_path: Path) -> None:
    groups = {"groups": ["sex", "age", "educaton"], "references": {"sex": "f", "age": "under 30", "educaton": "low"}}
    found = run(tmp_path, LACKING, **groups)
    told = "the data have no column 'educaton', which the protocol names as a group (did you mean 'education'?)"
    (judged,) = [f for f in found.findings if f.attribute == "educaton" and f.criterion]
    assert (judged.measure, judged.verdict, judged.verdict_reason) == ("auroc", "not_assessable", told)
    (said,) = [f for f in found.findings if f.measure == "group_membership"]
    assert said.record()["reason"] == told
    assert found.readiness == "inconclusive"
    assert f"Nothing is said across educaton: {told}." in found.record.notes
    rows = validation_view(found.record).criteria
    assert any("no column 'educaton'" in str(row) for row in rows)


def test_without_the_criterion_it_is_noted_and_the_verdict_stands(tmp_path: Path) -> None:
    found = run(tmp_path, groups=["sex", "age", "district"])
    assert [f.attribute for f in found.findings if f.measure == "group_membership"] == ["district"]
    assert found.readiness == "ready"
