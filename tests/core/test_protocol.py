"""The protocol's own rules: unknown keys refused, one tolerance per criterion, thresholds and groups declared."""

import pytest
from pydantic import ValidationError

from cds.core.protocol import CriterionSection, MeasuresSection, ValidationProtocol

SLOPE = {"measure": "calibration_slope", "within": [0.8, 1.2], "rationale": "why"}


def made(**more) -> ValidationProtocol:
    raw = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?",
        "outcome": {"kind": "binary", "column": "y"}, "criteria": [SLOPE],
    }  # fmt: skip
    return ValidationProtocol.model_validate({**raw, **more})


def test_everything_but_the_essentials_has_a_default():
    found = made()
    assert (found.design, found.cohort.minimum_events, found.outcome.missing) == ("external", 50, "refuse")
    measures = found.measures
    assert (measures.smoother, measures.level, measures.replicates, measures.seed) == ("rcs", 0.95, 1000, 1)
    assert measures.thresholds == () and measures.clip is None


@pytest.mark.parametrize("key", ["schema", "name", "version", "question", "outcome", "criteria"])
def test_the_essentials_have_none(key):
    raw = made().model_dump(by_alias=True)
    del raw[key]
    with pytest.raises(ValidationError):
        ValidationProtocol.model_validate(raw)


@pytest.mark.parametrize(
    "more",
    [
        {"colour": "red"},
        {"schema": "cds.protocol/2"},
        {"name": ""},
        {"design": "retrospective"},
        {"cohort": {"group": ["sex"]}},
        {"cohort": {"minimum_events": 0}},
        {"measures": {"thresholds": [0.0]}},
        {"measures": {"thresholds": [1.0]}},
        {"measures": {"thresholds": [0.2, 0.2]}},
        {"measures": {"level": 1.0}},
        {"measures": {"replicates": -1}},
        {"measures": {"replicates": 100_001}},
        {"measures": {"smoother": "gam"}},
        {"measures": {"clip": [0.0, 0.99]}},
        {"measures": {"clip": [0.9, 0.1]}},
        {"outcome": {"kind": "binary"}},
        {"outcome": {"kind": "yes/no", "column": "y"}},
        {"outcome": {"kind": "nominal", "column": "y", "categories": ["a"]}},
        {"accept": [{"code": "DQ001", "reason": ""}]},
        {"criteria": [{**SLOPE, "withn": [0, 1]}]},
        {"criteria": [{**SLOPE, "within": [0.8, float("nan")]}]},
    ],
)
def test_unknown_keys_and_impossible_values_are_refused(more):
    with pytest.raises(ValidationError):
        made(**more)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"criteria": []}, "a protocol needs criteria"),
        ({"criteria": [{"measure": "auroc"}]}, "needs exactly one tolerance"),
        ({"criteria": [{**SLOPE, "at_least": 0.5}]}, "needs exactly one tolerance"),
        ({"criteria": [{**SLOPE, "within": [1.2, 0.8]}]}, "lower bound lies above"),
        ({"criteria": [{"measure": "brier", "at_least": 0.3, "at_most": 0.1}]}, "lower bound lies above"),
        ({"criteria": [{**SLOPE, "across": "sex"}]}, "across goes with"),
        ({"criteria": [{**SLOPE, "each": True}]}, "across goes with"),
        (
            {"criteria": [{"measure": "auroc", "difference_within": [-0.1, 0.1], "across": "sex", "each": True}]},
            "each = true goes with",
        ),
        ({"criteria": [SLOPE, SLOPE]}, "two criteria on 'calibration_slope': join them"),
        (
            {"criteria": [{"measure": "net_benefit_gain", "threshold": 0.3, "at_least": 0}]},
            r"threshold 0.3 is not among thresholds \[\]",
        ),
        ({"cohort": {"groups": ["sex"], "references": {"sx": "m"}}}, "not among groups"),
        (
            {
                "cohort": {"groups": ["sex"]},
                "criteria": [{"measure": "auroc", "difference_within": [-0.1, 0.1], "across": "sx"}],
            },
            "across = 'sx' is not among groups. Did you mean 'sex'",
        ),
        (
            {
                "cohort": {"groups": ["sex"]},
                "criteria": [{"measure": "auroc", "difference_within": [-0.1, 0.1], "across": "sex"}],
            },
            "name the reference group of 'sex' in references",
        ),
    ],
)
def test_criteria_that_cannot_be_answered_are_refused_in_words(more, message):
    with pytest.raises(ValidationError, match=message):
        made(**more)


def test_several_faults_of_the_criteria_are_told_at_once():
    with pytest.raises(ValidationError) as caught:
        made(criteria=[SLOPE, SLOPE, {"measure": "net_benefit_gain", "threshold": 0.3, "at_least": 0}])
    assert "two criteria" in str(caught.value) and "not among thresholds" in str(caught.value)


def test_one_measure_may_be_asked_overall_in_each_group_and_at_several_thresholds():
    gain = {"measure": "net_benefit_gain", "at_least": 0}
    found = made(
        cohort={"groups": ["sex"], "references": {"sex": "m"}},
        measures={"thresholds": [0.2, 0.3]},
        criteria=[
            {**gain, "threshold": 0.2},
            {**gain, "threshold": 0.3},
            {**gain, "threshold": 0.2, "each": True, "across": "sex"},
            {"measure": "net_benefit_gain", "threshold": 0.2, "difference_within": [-1, 1], "across": "sex"},
        ],
    )
    assert len(found.criteria) == 4


def test_each_needs_no_reference():
    made(cohort={"groups": ["sex"]}, criteria=[{**SLOPE, "each": True, "across": "sex"}])


def test_a_criterion_is_shown_as_it_was_set():
    assert CriterionSection.model_validate(SLOPE).shown() == {"within": [0.8, 1.2]}
    each = CriterionSection.model_validate({**SLOPE, "each": True, "across": "sex"}).shown()
    assert each == {"within": [0.8, 1.2], "each": True, "across": "sex"}
    assert CriterionSection(measure="brier", at_least=0.0).shown() == {"at_least": 0.0}


def test_a_protocol_cannot_be_changed_after_reading():
    with pytest.raises(ValidationError, match="frozen"):
        made().name = "other"
    with pytest.raises(ValidationError, match="frozen"):
        MeasuresSection().seed = 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"cohort": {"groups": ["sex", "e"]}}, r"cohort.groups names 'e', a column of the outcome"),
        (
            {"outcome": {"kind": "survival", "time": "t", "event": "t", "competing": "none: made up"}},
            "outcome names the column 't' for two things",
        ),
        ({"time_unit": "years"}, r"measures.horizons: 365 years is longer than a life. Is time_unit 'years' right\?"),
    ],
)
def test_what_is_predicted_groups_nobody_and_a_horizon_is_lived_to_see(more, message):
    times = {
        "outcome": {"kind": "survival", "time": "t", "event": "e", "competing": "none: made up"},
        "time_unit": "days",
        "measures": {"horizons": [365]},
        "criteria": [{**SLOPE, "horizon": 365}],
    }
    made(**times)
    with pytest.raises(ValidationError, match=message):
        made(**{**times, **more})
