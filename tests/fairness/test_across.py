"""Each number in all groups of an attribute, on the scale where groups may be compared."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from cds.core.protocol import ValidationProtocol
from cds.core.study import Subgroup
from cds.fairness.across import across, attributes_of_several, compares, has_long_tables, shares_patients
from tests.samples import drawn, small
from tests.studies import answered

FOUR = np.array(["a", "b", "c", "d"])[np.arange(400) % 4]
STUDY = answered(drawn(400, 3), groups={"g": FOUR, "half": np.where(np.arange(400) % 2, "x", "y")})


def of(measure, study=STUDY, attribute="g"):
    (found,) = [one for one in across(study, attribute) if one.request.measure == measure]
    return found


def test_a_concordance_stands_on_the_logit_and_a_ratio_on_the_logarithm():
    auroc, ratio, slope = of("auroc"), of("observed_expected"), of("calibration_slope")
    for one, scaled in ((auroc, lambda v: log(v / (1 - v))), (ratio, log), (slope, float)):
        assert list(one.points) == ["a", "b", "c", "d"]
        assert one.values == pytest.approx([scaled(one.estimate(group).value) for group in "abcd"])
        assert one.variances == pytest.approx([one.estimate(group).interval.scale_se ** 2 for group in "abcd"])
    assert (auroc.scale, ratio.scale, slope.scale) == ("logit", "log", "identity")


def test_a_group_without_an_estimate_is_left_out_with_its_reason():
    outcome = np.where(FOUR == "b", 0.0, STUDY.sample.outcome)
    found = of("auroc", answered(small(outcome, STUDY.sample.risk), groups={"g": FOUR}))
    assert list(found.points) == ["a", "c", "d"]
    assert found.left_out == {"b": "only one outcome class"}


def test_without_replicates_what_has_no_standard_error_asks_for_them():
    assert "ask for replicates" in of("scaled_brier").left_out["a"]


def test_distances_and_pure_tests_are_not_compared():
    names = {one.request.measure for one in across(STUDY, "g")}
    assert {"auroc", "net_benefit", "sensitivity"} <= names
    assert not {"ici", "emax", "spiegelhalter_z", "net_benefit_treat_all"} & names
    assert compares(STUDY.measures["auroc"]) and not compares(STUDY.measures["ici"])


def test_thresholds_are_numbers_of_their_own_and_headlines_are_marked():
    found = [one for one in across(STUDY, "g") if one.request.measure == "net_benefit_gain"]
    assert [one.request.threshold for one in found] == [0.2, 0.4]
    assert all(one.headline for one in found) and not of("brier").headline
    assert "0.2" in found[0].label


def test_attributes_with_three_groups_or_more():
    assert attributes_of_several(STUDY, ["g", "half"]) == ["g"]


def test_groups_that_share_patients_are_known():
    assert not shares_patients(STUDY, "g")
    codes = np.arange(400) // 2
    outcome, risk = STUDY.sample.outcome, STUDY.sample.risk
    shared = answered(small(outcome, risk, patient=codes), groups={"g": FOUR})
    assert shares_patients(shared, "g")
    assert {s for s in shared.groups} == {Subgroup("g", level) for level in "abcd"}


def test_long_tables_of_intersections_are_printed_where_a_criterion_looks_across():
    raw = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?",
        "outcome": {"kind": "binary", "column": "y"},
        "cohort": {"groups": ["g", "half"], "intersections": [["g", "half"]]},
        "criteria": [{"measure": "auroc", "at_least": 0.6, "each": True, "across": "g×half"}],
    }  # fmt: skip
    judged = ValidationProtocol.model_validate(raw)
    other = ValidationProtocol.model_validate({**raw, "criteria": [{"measure": "auroc", "at_least": 0.6}]})
    assert has_long_tables(replace(STUDY, protocol=judged), "g×half")
    assert not has_long_tables(replace(STUDY, protocol=other), "g×half")
    assert has_long_tables(replace(STUDY, protocol=other), "g") and has_long_tables(STUDY, "g")
