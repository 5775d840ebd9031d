"""Declared codes for missing, and questions that are not asked of everybody."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import CardError, PredictionError
from cds.core.model_card import ModelCard
from cds.registry.card_file import card_text, parse_card, read_card
from cds.stats.inputs import missing_required, prepare_inputs, refuse_missing
from cds.stats.recorded import coded_missing, missing_rows, not_asked, recorded


def card(**feature: object) -> ModelCard:
    raw = {
        "schema": "cds.card/1",
        "name": "m",
        "version": "1",
        "outcome": "binary",
        "inputs": [{"name": "x", **feature}],
    }
    return read_card(raw)


CODED = {"type": "integer", "range": [0, 10], "missing_codes": [-9, 99, "<undefined>"]}
ASKED = {"type": "number", "asked_if": {"column": "lbp", "value": 1, "otherwise": 0}}


def test_declared_codes_become_missing_and_numbers_beside_a_text_code_stay_numbers() -> None:
    made = prepare_inputs(card(**CODED), pd.DataFrame({"x": [3, -9, 99, 10]}))
    assert made["x"].tolist() == pytest.approx([3, np.nan, np.nan, 10], nan_ok=True)
    # One word makes a CSV reader take the whole column for text.
    text = prepare_inputs(card(**CODED), pd.DataFrame({"x": ["3", "<undefined>", "-9", "10"]}))
    assert text["x"].tolist() == pytest.approx([3, np.nan, np.nan, 10], nan_ok=True)


def test_a_declared_code_is_missing_where_a_value_is_required() -> None:
    made, frame = card(**CODED), pd.DataFrame({"x": [3, -9]})
    assert missing_required(made, frame) == {"x": [1]}
    with pytest.raises(PredictionError, match="required input 'x' is missing at row 1"):
        refuse_missing(made, prepare_inputs(made, frame))


def test_a_declared_level_of_a_category_becomes_missing() -> None:
    made = card(type="category", levels={"0": "no", "1": "yes"}, missing_codes=[9])
    assert prepare_inputs(made, pd.DataFrame({"x": [0, 1, 9]}))["x"].tolist() == pytest.approx(
        [0, 1, np.nan], nan_ok=True
    )


def test_without_declared_codes_the_column_is_the_very_same() -> None:
    column = pd.Series([1, -9])
    feature = card(type="number").inputs[0]
    assert recorded(feature, column) is column and not coded_missing(feature, column).any()


def test_a_question_that_is_not_asked_is_not_missing_and_the_model_is_given_what_the_card_says() -> None:
    made = card(**ASKED)
    frame = pd.DataFrame({"lbp": [1, 0, 1, np.nan], "x": [5.0, np.nan, np.nan, np.nan]})
    assert not_asked(made.inputs[0], frame).tolist() == [False, True, False, False]
    assert missing_rows(made.inputs[0], frame).tolist() == [False, False, True, True]  # a blank filter does not tell
    assert prepare_inputs(made, frame)["x"].tolist() == pytest.approx([5, 0, np.nan, np.nan], nan_ok=True)
    assert missing_required(made, frame) == {"x": [2, 3]}


def test_without_otherwise_the_model_is_given_a_blank() -> None:
    made = card(type="number", required=False, asked_if={"column": "lbp", "value": "yes"})
    frame = pd.DataFrame({"lbp": ["yes", "no"], "x": [5.0, np.nan]})
    assert prepare_inputs(made, frame)["x"].isna().tolist() == [False, True]
    assert not missing_rows(made.inputs[0], frame).any()


def test_a_value_where_it_was_not_asked_is_handed_on() -> None:
    assert prepare_inputs(card(**ASKED), pd.DataFrame({"lbp": [0], "x": [7.0]}))["x"].tolist() == [7.0]


def test_logical_values_of_the_first_question_are_read_in_every_spelling() -> None:
    feature = card(type="number", required=False, asked_if={"column": "lbp", "value": True}).inputs[0]
    for spelt in (["TRUE", "FALSE"], [True, False], ["true", "false"]):
        assert not_asked(feature, pd.DataFrame({"lbp": spelt})).tolist() == [False, True]


def test_the_declarations_survive_writing_and_reading_the_card() -> None:
    made = card(**CODED, asked_if={"column": "lbp", "value": 1, "otherwise": 0}, total_of=["a", "b"])
    assert parse_card(card_text(made).encode(), where="card.toml") == made


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        ({"type": "integer", "range": [0, 10], "missing_codes": [9]}, "missing code 9 lies inside range"),
        ({"type": "category", "levels": {"9": "nine"}, "missing_codes": [9]}, "among levels and among missing_codes"),
        ({"type": "number", "asked_if": {"column": "lbp", "value": 1}}, "required but not asked of everybody"),
        ({"type": "number", "required": False, "asked_if": {"column": "x", "value": 1}}, "is the input itself"),
        ({"type": "number", "total_of": ["a"]}, "names two or more other columns"),
        ({"type": "number", "total_of": ["a", "x"]}, "names two or more other columns"),
        ({"type": "text", "total_of": ["a", "b"]}, "goes with a number or an integer"),
    ],
)
def test_declarations_that_contradict_the_input_are_refused(feature: dict[str, object], told: str) -> None:
    with pytest.raises(CardError, match=told):
        card(**feature)


def test_an_unknown_key_of_asked_if_names_the_nearest() -> None:
    with pytest.raises(CardError, match=r"unknown key inputs\[0\].asked_if.colum .*Did you mean 'column'"):
        card(type="number", asked_if={"colum": "lbp", "value": 1})


def test_a_declared_code_is_shown_as_not_recorded() -> None:
    assert [card(**CODED).inputs[0].shown(value) for value in (-9, "<undefined>", 3)] == ["not recorded"] * 2 + ["3"]
