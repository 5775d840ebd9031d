"""Risk groups by rules: the first group whose conditions hold is the patient's."""

from typing import Any

import pandas as pd

from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import Score
from cds.models.equation import EquationModel
from cds.models.equation_reading import parse_equation

INPUTS = (
    Feature(name="a", type="integer"),
    Feature(name="b", type="integer"),
    Feature(name="sex", type="category", levels={"f": "female", "m": "male"}),
)
SUM = [{"input": "a", "coefficient": 1}, {"input": "b", "coefficient": 2}]


def predicted(frame: dict[str, list[Any]], **equation: Any) -> Score:
    card = ModelCard(name="m", version="1", outcome="score", inputs=INPUTS)
    document = {"schema": "cds.equation/1", "model": "score"} | equation
    score = EquationModel(card, parse_equation(document)).predict(pd.DataFrame(frame))
    assert isinstance(score, Score)
    return score


def test_the_first_matching_group_counts_and_the_last_holds_the_rest() -> None:
    groups = [
        {"name": "b alone", "when": [{"score": "b only", "at_least": 4}]},
        {"name": "high", "when": [{"score": "total", "above": 3}, {"input": "sex", "equals": "f"}]},
        {"name": "rest"},
    ]
    score = predicted(
        {"a": [0, 4, 4, 1], "b": [2, 0, 0, 1], "sex": ["f", "f", "m", "m"]},
        terms=SUM,
        subscores={"b only": ["b"]},
        groups=groups,
    )
    assert score.values.tolist() == [4, 4, 4, 3]
    assert score.groups is not None
    assert score.groups.tolist() == ["b alone", "high", "rest", "rest"]


def test_rules_without_points_give_each_group_its_value() -> None:
    groups = [
        {"name": "high", "when": [{"input": "a", "at_least": 2}, {"input": "b", "equals": 1}], "value": 2},
        {"name": "low", "value": 0},
    ]
    score = predicted({"a": [2, 2, 1], "b": [1, 0, 1], "sex": ["f", "m", "f"]}, groups=groups)
    assert score.groups is not None
    assert (score.values.tolist(), score.groups.tolist()) == ([2, 0, 0], ["high", "low", "low"])


def test_an_input_with_two_terms_counts_both_in_a_subscore() -> None:
    terms = [{"input": "a", "coefficient": 1}, {"input": "a", "above": 1, "coefficient": 10}]
    groups = [{"name": "in", "when": [{"score": "s", "equals": 12}]}, {"name": "out"}]
    frame = {"a": [2, 1], "b": [0, 0], "sex": ["f", "f"]}
    score = predicted(frame, terms=terms, subscores={"s": ["a"]}, groups=groups)
    assert score.groups is not None
    assert score.groups.tolist() == ["in", "out"]
