"""From intervals to verdicts, from verdicts to readiness."""

import numpy as np
import pytest

from cds import catalog
from cds.core.finding import Finding
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.protocol import ValidationProtocol
from cds.core.verdict import (
    DISTANCE,
    accept_faults,
    apply_criteria,
    bearing_analysis,
    fewest_events,
    judge,
    readiness,
    tolerance,
)

BINARY = catalog.measures("binary")
MANY = {"n": 1000, "events": 400}


def estimate(low, high, **more) -> Estimate:
    return Estimate((low + high) / 2, Interval(low, high, 0.95, "wald"), **{**MANY, **more})


def verdict(result, minimum_events=50, is_distance=False, **criterion):
    return judge(result, criterion, minimum_events=minimum_events, is_distance=is_distance)


def protocol(*criteria, groups=("sex",), **more) -> ValidationProtocol:
    return ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?",
            "outcome": {"kind": "binary", "column": "y"},
            "cohort": {"groups": groups, "references": {"sex": "m"} if groups else {}},
            "measures": {"thresholds": (0.2, 0.3)},
            "criteria": criteria, **more,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("criterion", "wanted"),
    [
        ({"at_least": 0.7}, (0.7, np.inf)),
        ({"at_most": 0.1}, (-np.inf, 0.1)),
        ({"at_least": 0.1, "at_most": 0.3}, (0.1, 0.3)),
        ({"within": (0.8, 1.2)}, (0.8, 1.2)),
        ({"difference_within": [-0.1, 0.1]}, (-0.1, 0.1)),
        ({"ratio_within": [0.8, 1.25]}, (0.8, 1.25)),
        ({"at_least": 0.0}, (0.0, np.inf)),
    ],
)
def test_the_closed_range_that_a_criterion_allows(criterion, wanted):
    assert tolerance(criterion) == wanted


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.9, 1.1, "meets"),
        (0.8, 1.2, "meets"),  # boundaries included
        (0.7, 1.1, "inconclusive"),
        (0.9, 1.3, "inconclusive"),
        (0.7, 1.3, "inconclusive"),
        (0.5, 0.79, "fails"),
        (1.21, 1.5, "fails"),
        (0.5, 0.8, "inconclusive"),  # it touches the tolerance
        (1.2, 1.5, "inconclusive"),
    ],
)
def test_the_whole_interval_is_compared(low, high, wanted):
    assert verdict(estimate(low, high), within=[0.8, 1.2]) == (wanted, None)


def test_one_sided_tolerances():
    assert verdict(estimate(0.6, 0.7), at_least=0.6) == ("meets", None)
    assert verdict(estimate(0.59, 0.7), at_least=0.6) == ("inconclusive", None)
    assert verdict(estimate(0.5, 0.59), at_least=0.6) == ("fails", None)
    assert verdict(estimate(0.01, 0.05), at_most=0.05) == ("meets", None)


def test_a_distance_never_fails():
    assert verdict(estimate(0.2, 0.3), is_distance=True, at_most=0.1) == ("inconclusive", DISTANCE)
    assert verdict(estimate(0.05, 0.3), is_distance=True, at_most=0.1) == ("inconclusive", None)
    assert verdict(estimate(0.02, 0.1), is_distance=True, at_most=0.1) == ("meets", None)


def test_without_a_number_or_an_interval_nothing_can_be_assessed():
    assert verdict(None, at_least=0.6) == ("not_assessable", "the measure was not computed")
    assert verdict(NotEstimable("no events"), at_least=0.6) == ("not_assessable", "no events")
    bare = Estimate(1.0, NotEstimable("zero variance"), **MANY)
    assert verdict(bare, at_least=0.6) == ("not_assessable", "no interval: zero variance")


def test_a_descriptive_number_cannot_be_assessed():
    found = verdict(estimate(0.9, 1.1, details={"descriptive": "3 risks of exactly 0"}), within=[0.8, 1.2])
    assert found == ("not_assessable", "3 risks of exactly 0")


@pytest.mark.parametrize(
    ("n", "events", "wanted"), [(200, 50, "meets"), (200, 49, "not_assessable"), (200, 160, "not_assessable")]
)
def test_events_and_non_events_must_reach_the_minimum(n, events, wanted):
    found, reason = verdict(estimate(0.9, 1.1, n=n, events=events), within=[0.8, 1.2])
    assert found == wanted
    if reason:
        fewest = min(events, n - events)
        assert reason == f"{fewest} events or non-events, {50 - fewest} fewer than the protocol's minimum of 50"


def test_of_a_contrast_the_smallest_group_counts():
    contrast = estimate(-0.1, 0.1, details={"fewest_events": 12})
    assert fewest_events(contrast) == 12
    assert verdict(contrast, difference_within=[-0.2, 0.2])[0] == "not_assessable"
    assert fewest_events(Estimate(1.0, NotEstimable("none"), n=10)) is None


def finding(measure="calibration_slope", result=None, **more) -> Finding:
    return Finding(measure, BINARY[measure].family, estimate(0.9, 1.1) if result is None else result, **more)


def test_a_criterion_is_put_on_the_overall_primary_finding_only():
    findings = [
        finding(),
        finding(attribute="sex", group="f"),
        finding(kind="difference", attribute="sex", group="f"),
        finding(analysis="other_smoother"),
        finding("auroc"),
    ]
    found = apply_criteria(findings, protocol({"measure": "calibration_slope", "within": (0.8, 1.2)}), BINARY)
    assert [f.verdict for f in found] == ["meets", None, None, None, None]
    assert found[0].criterion == {"within": [0.8, 1.2]}


def test_each_puts_it_on_every_group():
    findings = [
        finding(),
        finding(attribute="sex", group="f"),
        finding(attribute="sex", group="m", result=estimate(1.5, 1.9)),
        finding(attribute="sex", group="f", kind="difference"),
        finding(attribute="age", group="old"),
    ]
    asked = protocol({"measure": "calibration_slope", "within": (0.8, 1.2), "each": True, "across": "sex"})
    found = apply_criteria(findings, asked, BINARY)
    assert [f.verdict for f in found] == [None, "meets", "fails", None, None]
    assert found[1].criterion == {"within": [0.8, 1.2], "each": True, "across": "sex"}


@pytest.mark.parametrize(
    ("measure", "kind", "key", "inside"),
    [
        ("calibration_in_the_large", "difference", "difference_within", (-0.3, 0.3)),
        ("observed_expected", "ratio", "ratio_within", (0.8, 1.25)),
    ],
)
def test_contrasts_are_judged_in_every_group(measure, kind, key, inside):
    middle = sum(inside) / 2
    findings = [
        finding(measure),
        finding(measure, attribute="sex", group="f", result=estimate(middle - 0.1, middle + 0.1), kind=kind),
        finding(measure, attribute="sex", group="x", result=estimate(middle, middle + 5), kind=kind),
        finding(measure, attribute="sex", group="f"),
    ]
    found = apply_criteria(findings, protocol({"measure": measure, key: inside, "across": "sex"}), BINARY)
    assert [f.verdict for f in found] == [None, "meets", "inconclusive", None]


def test_a_gap_in_a_distance_is_no_distance_and_may_fail():
    findings = [finding("ici", kind="difference", attribute="sex", group="f", result=estimate(0.2, 0.3))]
    asked = protocol({"measure": "ici", "difference_within": (-0.1, 0.1), "across": "sex"})
    assert apply_criteria(findings, asked, BINARY)[0].verdict == "fails"


def test_thresholds_tell_criteria_of_one_measure_apart():
    findings = [finding("net_benefit_gain", threshold=t, result=estimate(-0.1, 0.1 * t)) for t in (0.2, 0.3)]
    asked = protocol({"measure": "net_benefit_gain", "threshold": 0.3, "at_least": 0.0})
    assert [f.verdict for f in apply_criteria(findings, asked, BINARY)] == [None, "inconclusive"]


def test_a_criterion_that_nothing_answers_is_not_assessable_and_never_absent():
    (found,) = apply_criteria([], protocol({"measure": "net_benefit_gain", "threshold": 0.3, "at_least": 0.0}), BINARY)
    assert (found.measure, found.family, found.threshold) == ("net_benefit_gain", "utility", 0.3)
    assert found.verdict == "not_assessable"
    assert found.record()["reason"] == "the analysis gave no net_benefit_gain for this criterion"


def test_the_protocols_minimum_of_events_is_used():
    asked = protocol({"measure": "calibration_slope", "within": (0.8, 1.2)}, groups=(), cohort={"minimum_events": 401})
    assert apply_criteria([finding()], asked, BINARY)[0].verdict == "not_assessable"


def judged(*verdicts):
    return [finding(verdict=v) for v in verdicts]


FAULT = Finding("check", "dataquality", None, "data_fault", code="DQ001", severity="blocking")


@pytest.mark.parametrize(
    ("findings", "can", "wanted"),
    [
        (judged("meets", "meets"), True, "ready"),
        (judged("meets", None), True, "ready"),
        (judged("meets"), False, "inconclusive"),
        (judged("meets", "inconclusive"), True, "inconclusive"),
        (judged("meets", "not_assessable"), True, "inconclusive"),
        (judged("fails", "inconclusive", "not_assessable"), True, "not_ready"),
        (judged("fails"), False, "not_ready"),
        (judged(None), True, "inconclusive"),
        ([], True, "inconclusive"),
        ([*judged("meets"), FAULT], True, "inconclusive"),
        ([*judged("fails"), FAULT], True, "not_ready"),
        ([*judged("meets"), Finding("c", "dataquality", None, "data_fault", severity="warning")], True, "ready"),
    ],
)
def test_readiness_counts_criteria_and_blocking_faults(findings, can, wanted):
    assert readiness(findings, can_be_ready=can) == wanted


def test_an_accepted_fault_blocks_no_more_and_carries_its_reason():
    asked = protocol(
        {"measure": "calibration_slope", "within": (0.8, 1.2)}, accept=[{"code": "DQ001", "reason": "known"}]
    )
    found = accept_faults([*judged("meets"), FAULT], asked)
    assert [f.accepted for f in found] == [None, "known"]
    assert readiness(found, can_be_ready=True) == "ready"


@pytest.mark.parametrize(
    ("design", "demanded", "analysis"),
    [
        ("external", True, "primary"),
        ("internal", None, "optimism_corrected"),
        ("internal", True, "leave_one_site_out"),
    ],
)
def test_an_internal_design_is_judged_on_refits_without_each_site_where_the_protocol_demands_them(
    design, demanded, analysis
):
    asked = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1",
            "name": "p",
            "version": "1",
            "question": "q",
            "design": design,
            "outcome": {"kind": "binary", "column": "y"},
            "refitting": {"leave_one_site_out": demanded},
            "criteria": [{"measure": "brier", "at_most": 0.2}],
        }
    )
    assert bearing_analysis(asked) == analysis


def test_patients_who_were_set_aside_are_judged_by_the_plain_numbers():
    held_out = {
        "schema": "cds.protocol/1",
        "name": "p",
        "version": "1",
        "question": "q",
        "design": "internal",
        "held_out": True,
        "outcome": {"kind": "binary", "column": "y"},
        "criteria": [{"measure": "brier", "at_most": 0.2}],
    }
    asked = ValidationProtocol.model_validate(held_out)
    assert bearing_analysis(asked) == "primary"
    assert not asked.judges_development
    assert ValidationProtocol.model_validate({**held_out, "held_out": False}).judges_development


@pytest.mark.parametrize("design", ["external", "temporal", "apparent"])
def test_held_out_says_something_of_an_internal_design_only(design):
    with pytest.raises(ValueError, match="held_out goes with design"):
        ValidationProtocol.model_validate(
            {
                "schema": "cds.protocol/1",
                "name": "p",
                "version": "1",
                "question": "q",
                "design": design,
                "held_out": True,
                "outcome": {"kind": "binary", "column": "y"},
                "criteria": [{"measure": "brier", "at_most": 0.2}],
            }
        )


def test_an_attribute_that_the_data_lack_is_not_assessable_with_the_reason():
    criteria = (
        {"measure": "auroc", "across": "sex", "difference_within": [-0.1, 0.1]},
        {"measure": "auroc", "across": "sex", "each": True, "at_least": 0.6},
        {"measure": "auroc", "at_least": 0.6},
    )
    overall = Finding("auroc", "discrimination", estimate(0.7, 0.8))
    told = "the data have no column 'sex', which the protocol names as a group"
    found = apply_criteria([overall], protocol(*criteria), BINARY, {"sex": told})
    assert [(f.attribute, f.verdict, f.verdict_reason) for f in found] == [
        (None, "meets", None), ("sex", "not_assessable", told), ("sex", "not_assessable", told),
    ]  # fmt: skip
    assert readiness(found, can_be_ready=True) == "inconclusive"
