"""The [trial] section: what it names, and what cannot be meant."""

import pytest
from pydantic import ValidationError

from cds.core.protocol_trial import TrialResponder, TrialSection


def section(**more):
    return TrialSection(**{"arm": "group", "control": 3, **more})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"baseline": "pain_0", "baseline_visit": 1}, "both name the baseline"),
        ({"baseline": "pain_0", "baseline_date": "d"}, "go together"),
        ({"baseline_date": "d", "randomised_on": "r"}, "says nothing without trial.baseline"),
        ({"responder": {"relative_change": 0.3}}, "is a change from baseline"),
        ({"baseline_visit": 1, "primary_visit": 1}, "primary_visit is the baseline visit"),
        ({"cluster": "group"}, "can only be the arm"),
        ({"risk": "group"}, "can only be the arm"),
        ({"labels": {"1": "x", "3": "x"}}, "labels gives two arms the same name 'x'"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, reason):
    with pytest.raises(ValidationError, match=reason):
        section(**given)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "needs one of"),
        ({"at_most": 1, "change": 2}, "needs one of"),
        ({"at_most": 1, "direction": "decrease"}, "goes with relative_change or change"),
        ({"relative_change": 30}, "write 0.3 for 30 %"),
    ],
)
def test_a_responder_rule_is_one_rule(given, reason):
    with pytest.raises(ValidationError, match=reason):
        TrialResponder(**given)


def test_rules_are_told_in_words():
    assert TrialResponder(at_most=1).told("points") == "an outcome of 1 points or less"
    assert TrialResponder(at_least=5).told() == "an outcome of 5 or more"
    assert TrialResponder(relative_change=0.3).told() == "a decrease of 30 % or more from baseline"


def test_the_columns_are_listed_by_their_keys():
    found = section(stratified_by=("site",), benefit={"1": "b1"}, eligible={"column": "ok", "value": 1}).columns
    assert found == {
        "trial.arm": "group", "trial.stratified_by[0]": "site", "trial.benefit.1": "b1", "trial.eligible.column": "ok",
    }  # fmt: skip
