"""Partial pooling beside the raw estimates of groups."""

import numpy as np
import pytest

from cds.core.measure import Estimate, Interval, NotEstimable
from cds.fairness.partial_pooling import validate_partial_pooling
from tests.samples import drawn, reference_sample, small
from tests.studies import answered, parts

FOUR = np.array(["a", "b", "c", "d"])[np.arange(600) % 4]
STUDY = answered(reference_sample(), groups={"g": FOUR})


def pooled(study=STUDY, measure="auroc"):
    findings, _, tables = parts(validate_partial_pooling(study, ["g"]))
    return {f.group: f for f in findings if f.measure == measure}, tables


def test_a_finding_per_group_beside_the_raw_one():
    found, _ = pooled()
    assert list(found) == ["a", "b", "c", "d"]
    for group, finding in found.items():
        assert (finding.kind, finding.analysis, finding.attribute) == ("estimate", "partially_pooled", "g")
        raw = next(a.result for r, a in STUDY.answers.items() if r.measure == "auroc" and r.subgroup.level == group)
        assert finding.result.details["raw"] == raw.value
        assert (finding.result.n, finding.result.events) == (raw.n, raw.events)
        assert 0 < finding.result.details["weight_of_own_data"] < 1


def test_with_a_known_variance_it_is_metafors_blup():
    # R 4.2.2, metafor 3.8.1, pROC 1.18.0, groups = row number modulo 4: f <- rma(qlogis(a), v / (a * (1 - a))^2,
    # control = list(threshold = 1e-14, maxiter = 10000)); plogis(blup(f)$pred); τ² is 0
    found, _ = pooled()
    for finding in found.values():
        assert finding.result.details["blup"] == pytest.approx(0.758900200026915, rel=1e-8)
        assert finding.result.details["tau2"] == 0


def test_each_lies_between_its_raw_value_and_the_mean_and_stays_inside_the_scale():
    for measure in ("auroc", "observed_expected", "calibration_slope"):
        for finding in pooled(measure=measure)[0].values():
            details = finding.result.details
            low, high = sorted([details["raw"], details["mean_of_groups"]])
            assert low - 0.01 <= finding.estimate <= high + 0.01  # the weight and the mean are averages over τ
            assert finding.low < finding.estimate < finding.high
    assert all(f.low > 0 and f.high < 1 for f in pooled()[0].values())


def test_the_smallest_group_is_drawn_the_most():
    sizes = np.repeat(["large", "middle", "small"], [400, 150, 50])
    found, _ = pooled(answered(drawn(600, 4), groups={"g": sizes}), "calibration_in_the_large")
    weights = [found[g].result.details["weight_of_own_data"] for g in ("large", "middle", "small")]
    assert weights == sorted(weights, reverse=True)
    raw = next(
        a.result.interval for r, a in answered(drawn(600, 4), groups={"g": sizes}).answers.items()
        if r.measure == "calibration_in_the_large" and r.subgroup.level == "small"
    )  # fmt: skip
    assert isinstance(raw, Interval)
    assert found["small"].high - found["small"].low < raw.high - raw.low


def test_a_group_that_has_no_estimate_keeps_its_reason():
    outcome = np.where(FOUR == "b", 0.0, STUDY.sample.outcome)
    found, tables = pooled(answered(small(outcome, STUDY.sample.risk), groups={"g": FOUR}))
    assert found["b"].result == NotEstimable("only one outcome class")
    assert isinstance(found["a"].result, Estimate)
    row = next(r for r in tables[0].rows if r[:2] == ("Area under the ROC curve", "b"))
    assert row[2:] == ("–", "–", "–")


def test_from_two_groups_nothing_is_pooled():
    assert pooled(answered(reference_sample(), groups={"g": np.where(FOUR == "a", "a", "b")})) == ({}, [])
    outcome = np.where((FOUR == "a") | (FOUR == "b"), STUDY.sample.outcome, 0.0)
    found, _ = pooled(answered(small(outcome, STUDY.sample.risk), groups={"g": FOUR}))
    assert all("fewer than three groups" in f.result.reason for f in found.values())


def test_the_table_sets_raw_and_pooled_side_by_side_and_says_what_pooling_can_hide():
    _, (table,) = pooled()
    assert all(len(row) == len(table.header) for row in table.rows)
    assert {row[1] for row in table.rows} == set("abcd")
    assert "No criterion is judged by it" in table.note and "truly unlike" in table.note
