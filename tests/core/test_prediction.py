"""Predictions refuse what no model may say, with row positions and no other value than the offending one."""

import numpy as np
import pytest

from cds.core.errors import DataError, PredictionError
from cds.core.prediction import ClassProbabilities, Risk, RiskByHorizon, Score, Value, stacked

ROWS = np.array([1, 0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.2, 0.3, 1.02, -1], "risk must lie in [0, 1]; it does not at rows 2, 3"),
        ([0.2, np.nan], "risk must lie in [0, 1]; it is missing at row 1"),
        ([np.inf], "risk must lie in [0, 1]; it does not at row 0"),
        (["high"], "risk must be numbers, got text or mixed values"),
    ],
)
def test_a_risk_outside_zero_to_one_is_refused(values, message):
    with pytest.raises(PredictionError) as caught:
        Risk(np.array(values))
    assert str(caught.value) == message


def test_a_risk_has_one_dimension_and_may_be_exactly_zero_or_one():
    with pytest.raises(PredictionError, match="one dimension"):
        Risk(np.array([[0.1], [0.2]]))
    found = Risk(np.array([0.0, 1]))
    assert found.take(ROWS).values.tolist() == [1, 0]
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 0.5


def test_class_probabilities_sum_to_one():
    found = ClassProbabilities(np.array([[0.2, 0.8], [0.5, 0.5]]), ("a", "b"))
    assert found.take(ROWS).values[0].tolist() == [0.5, 0.5] and len(found) == 2
    with pytest.raises(PredictionError, match="must sum to 1 at row 1"):
        ClassProbabilities(np.array([[0.2, 0.8], [0.5, 0.6]]), ("a", "b"))
    with pytest.raises(PredictionError, match=r"one column per category \(3\)"):
        ClassProbabilities(np.array([[0.2, 0.8]]), ("a", "b", "c"))
    with pytest.raises(PredictionError, match=r"class probability must lie in \[0, 1\]; it does not at row 0"):
        ClassProbabilities(np.array([[-0.0, 1.1]]), ("a", "b"))


def test_values_are_finite_with_aligned_bounds():
    found = Value(np.array([1.0, 2]), low=np.array([0.0, 1]), high=np.array([2.0, 3]))
    taken = found.take(ROWS)
    assert taken.low is not None and taken.low.tolist() == [1, 0] and len(taken) == 2
    with pytest.raises(PredictionError, match=r"must be finite numbers within .+, got others at row 1"):
        Value(np.array([1.0, np.nan]))
    with pytest.raises(DataError, match="values has 2, low has 1"):
        Value(np.array([1.0, 2]), low=np.array([0.0]))


def test_risks_never_fall_with_the_horizon():
    found = RiskByHorizon(np.array([[0.1, 0.3], [0.2, 0.2]]), (90.0, 365.0), np.array([-1.0, 0]))
    assert found.at(365.0).values.tolist() == [0.3, 0.2]
    taken = found.take(ROWS)
    assert taken.linear_predictor is not None and taken.linear_predictor.tolist() == [0, -1]
    with pytest.raises(PredictionError, match="must not decrease with the horizon, it does at row 1"):
        RiskByHorizon(np.array([[0.1, 0.3], [0.2, 0.1]]), (90.0, 365.0))
    with pytest.raises(PredictionError, match=r"no risk by horizon 180; the model has \[90.0, 365.0\]"):
        found.at(180)
    with pytest.raises(DataError, match="horizons must increase"):
        RiskByHorizon(np.array([[0.1, 0.3]]), (365.0, 90.0))
    with pytest.raises(PredictionError, match=r"one column per horizon \(1\)"):
        RiskByHorizon(np.array([[0.1, 0.3]]), (365.0,))


def test_a_score_is_points_with_or_without_groups():
    found = Score(np.array([7, 12]), np.array(["low", "high"]))
    taken = found.take(ROWS)
    assert taken.values.tolist() == [12, 7] and taken.groups is not None and taken.groups.tolist() == ["high", "low"]
    assert Score(np.array([7])).groups is None
    with pytest.raises(DataError, match="values has 1, groups has 2"):
        Score(np.array([7]), np.array(["low", "high"]))


def test_percentages_are_recognised():
    with pytest.raises(PredictionError, match="Are they percentages"):
        Risk(np.array([20.0, 30.0]))


def test_predictions_of_one_kind_stand_under_one_another():
    joined = stacked([Value(np.array([1.0]), np.array([0.0]), np.array([2.0])), Value(np.array([3.0]))])
    assert joined.values.tolist() == [1.0, 3.0] and joined.low is None
    both = stacked([ClassProbabilities(np.array([[0.2, 0.8]]), ("a", "b"))] * 2)
    assert both.values.shape == (2, 2) and both.categories == ("a", "b")
    assert stacked([Risk(np.array([0.1])), Risk(np.array([0.2, 0.3]))]).values.tolist() == [0.1, 0.2, 0.3]


def test_predictions_of_different_kinds_or_categories_are_not_stacked():
    risk, probabilities = Risk(np.array([0.1])), ClassProbabilities(np.array([[0.2, 0.8]]), ("a", "b"))
    other = ClassProbabilities(np.array([[0.2, 0.8]]), ("b", "a"))
    for parts in ([risk, probabilities], [probabilities, other]):
        with pytest.raises(DataError, match="cannot stand under one another"):
            stacked(parts)
