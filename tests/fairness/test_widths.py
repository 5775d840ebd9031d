"""Widths of the groups' intervals, beside what criteria across the groups demand."""

from dataclasses import replace

import numpy as np
import pytest

from cds.core.measure import Estimate
from cds.core.protocol import ValidationProtocol
from cds.core.sample_kinds import ContinuousSample
from cds.fairness.gap import gaps
from cds.fairness.widths import validate_widths
from tests.samples import drawn, small
from tests.studies import answered, parts

GROUPS = np.repeat(["a", "b", "c"], [300, 200, 100])


def table(*criteria, sample=None, groups=GROUPS, small_cell=11):
    sample = drawn(600, 3) if sample is None else sample
    study = answered(sample, groups={"g": groups}, references={"g": "a"})
    if criteria:
        raw = {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?",
            "outcome": {"kind": sample.kind, "column": "y"},
            "cohort": {"groups": ["g"], "references": {"g": "a"}, "small_cell": small_cell},
            "measures": {"thresholds": (0.2, 0.4), "replicates": 0},
            "criteria": [{"across": "g", **criterion} for criterion in criteria],
        }  # fmt: skip
        study = replace(study, protocol=ValidationProtocol.model_validate(raw))
    _, _, tables = parts(validate_widths(study, ["g"]))
    return (tables[0] if tables else None), study


def rows_of(found, label):
    return {row[1]: dict(zip(found.header, row, strict=True)) for row in found.rows if row[0] == label}


def result(study, measure, level) -> Estimate:
    return next(a.result for r, a in study.answers.items() if r.measure == measure and r.subgroup.level == level)


def test_every_headline_measure_has_its_width_in_every_group():
    found, study = table()
    assert found.header == ("measure", "group", "patients", "events", "short of the minimum", "width")
    for level, row in rows_of(found, "Calibration slope").items():
        interval = result(study, "calibration_slope", level).interval
        assert row["width"] == f"{interval.high - interval.low:.3f}"
    assert "No criterion looks across these groups" in found.note


def test_the_events_short_of_the_minimum_are_counted():
    found, study = table()
    events = result(study, "auroc", "c").events
    assert events < 50
    assert rows_of(found, "Area under the ROC curve")["c"]["short of the minimum"] == str(50 - events)
    assert rows_of(found, "Area under the ROC curve")["a"]["short of the minimum"] == "–"


def test_a_tolerance_with_two_ends_demands_its_own_width():
    found, study = table({"measure": "calibration_slope", "within": [0.8, 1.2], "each": True})
    rows = rows_of(found, "Calibration slope")
    one = result(study, "calibration_slope", "b")
    times = (one.interval.high - one.interval.low) / 0.4
    needed = float(rows["b"]["events needed"].removeprefix("about ").replace(",", ""))
    assert rows["b"]["tolerance"] == "0.800 to 1.200"
    assert needed == pytest.approx(one.events * times**2, rel=0.01)
    assert rows_of(found, "Area under the ROC curve")["b"]["tolerance"] == "–"


def test_a_tolerance_with_one_end_demands_that_the_interval_ends_before_it():
    found, study = table({"measure": "auroc", "at_least": 0.7, "each": True})
    rows = rows_of(found, "Area under the ROC curve")
    for level, row in rows.items():
        one = result(study, "auroc", level)
        meets = one.interval.low >= 0.7
        assert (row["events needed"] == "reached") == meets
        assert (row["events needed"] == "the estimate lies beyond it") == (one.value <= 0.7)
    assert table({"measure": "auroc", "at_least": 0.99, "each": True})[0].rows[0][-1] in ("–", "reached")


def test_a_contrast_is_a_row_of_its_own():
    found, study = table(
        {"measure": "auroc", "difference_within": [-0.05, 0.05]},
        {"measure": "observed_expected", "ratio_within": [0.8, 1.25]},
    )
    rows, ratios = rows_of(found, "Area under the ROC curve"), rows_of(found, "Observed / expected events")
    gap = next(g for g in gaps(study, "g", "a") if g.measure == "auroc" and g.group == "b")
    assert rows["b − a"]["width"] == f"{gap.high - gap.low:.3f}"
    needed = float(rows["b − a"]["events needed"].removeprefix("about ").replace(",", ""))
    assert needed == pytest.approx(gap.result.events * ((gap.high - gap.low) / 0.1) ** 2, rel=0.01)
    ratio = next(g for g in gaps(study, "g", "a") if g.measure == "observed_expected" and g.group == "c")
    needed = float(ratios["c / a"]["events needed"].removeprefix("about ").replace(",", ""))
    times = np.log(ratio.high / ratio.low) / np.log(1.25 / 0.8)
    assert needed == pytest.approx(ratio.result.events * times**2, rel=0.01)


def test_small_counts_and_what_would_give_them_away_are_kept_back():
    criterion = {"measure": "calibration_slope", "within": [0.8, 1.2], "each": True}
    found, study = table(criterion, groups=np.repeat(["a", "b", "c"], [400, 185, 15]))
    rows = rows_of(found, "Calibration slope")
    assert result(study, "auroc", "c").events < 11
    assert {rows[g]["events"] for g in "bc"} == {"×"} and rows["a"]["events"] != "×"
    assert {rows[g]["patients"] for g in "bc"} == {"×"}
    assert rows["b"]["events needed"] == "×"  # the events could be worked out from it
    assert "fewer than 11" in found.note


def test_an_outcome_that_is_a_number_needs_patients():
    rng = np.random.default_rng(1)
    predicted = rng.normal(5, 2, 600)
    sample = ContinuousSample(observed=predicted + rng.normal(0, 2, 600), predicted=predicted)
    found, study = table({"measure": "mae", "at_most": 1.7, "each": True}, sample=sample)
    assert "events" not in found.header and found.header[-1] == "patients needed"
    assert rows_of(found, study.measures["mae"].label)["a"]["patients"] == "300"


def test_where_a_group_has_no_interval_the_reason_stands_in_its_place():
    sample = drawn(600, 3)
    outcome = np.where(GROUPS == "c", 0.0, sample.outcome)
    found, _ = table({"measure": "auroc", "at_least": 0.6, "each": True}, sample=small(outcome, sample.risk))
    row = rows_of(found, "Area under the ROC curve")["c"]
    assert row["width"] == "only one outcome class" and row["events needed"] == "not known"


def test_one_group_has_nothing_to_compare():
    assert table(groups=np.repeat("a", 600))[0] is None
