"""When a patient counts as a responder."""

import numpy as np
import pytest
from pydantic import ValidationError

from cds.core.protocol_repeated import ResponderRule


def rule(**given) -> ResponderRule:
    return ResponderRule(baseline="pain_0", **given)


def responds(one: ResponderRule, baseline, value) -> list[bool]:
    return one.responds(one.improvement(np.asarray(baseline, float), np.asarray(value, float))).tolist()


def test_thirty_per_cent_of_seven_points_are_two_point_one():
    assert responds(rule(relative_change=0.3), [7, 7, 10, 10], [4.9, 5.0, 7, 7.01]) == [True, False, True, False]


def test_a_minimal_important_change_is_in_points():
    assert responds(rule(change=10), [40, 40, 5], [30, 30.5, 0]) == [True, False, False]


def test_where_more_is_better_responders_rise():
    assert responds(rule(change=5, direction="increase"), [20, 20], [25, 15]) == [True, False]
    assert responds(rule(relative_change=0.5, direction="increase"), [20, 20], [30, 29]) == [True, False]


def test_without_a_baseline_there_is_no_answer_and_no_response():
    one = rule(relative_change=0.3)
    assert np.isnan(one.improvement(np.array([0.0, np.nan]), np.array([0.0, 1.0]))).all()
    assert responds(one, [0, np.nan], [0, 1]) == [False, False]
    assert rule(change=2).improvement(np.array([0.0]), np.array([1.0])).tolist() == [-1]


@pytest.mark.parametrize("given", [{}, {"relative_change": 0.3, "change": 2}])
def test_a_rule_has_one_amount(given):
    with pytest.raises(ValidationError, match="one of relative_change"):
        rule(**given)


def test_thirty_written_for_thirty_per_cent_is_refused():
    with pytest.raises(ValidationError, match=r"write 0\.3 for 30 %"):
        rule(relative_change=30)


def test_the_rule_is_told_in_words():
    assert rule(relative_change=0.3).told("points") == "a decrease of 30 % or more from baseline"
    assert rule(change=10, direction="increase").told("points") == "an increase of 10 points or more from baseline"
