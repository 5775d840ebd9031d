import datetime
import tomllib

import pytest

from cds.core.errors import CardError
from cds.core.model_card import ModelCard
from cds.registry.card_file import card_text, read_card


def refused(card):
    with pytest.raises(CardError) as error:
        read_card(card)
    message = str(error.value)
    assert "pydantic" not in message and "http" not in message and "Input should" not in message
    return message


def test_a_card_is_read_from_a_mapping_a_file_or_memory_alike(card, tmp_path):
    read = read_card(card)
    (tmp_path / "card.toml").write_text(card_text(read), encoding="utf-8")
    assert read_card(tmp_path / "card.toml") == read == read_card(str(tmp_path / "card.toml"))
    assert read_card(read) is read


def test_a_written_card_holds_what_was_given_and_nothing_defaulted(card):
    assert tomllib.loads(card_text(read_card(card))) == card


def test_dates_and_numbers_keep_their_kind(card):
    read = read_card({**card, "review_by": datetime.date(2027, 12, 31), "positive": "yes"})
    assert read.review_by == "2027-12-31" and read.positive == "yes"
    assert read_card({**card, "positive": True}).positive is True


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"outcom": "binary"}, r"unknown key outcom. Did you mean 'outcome'?"),
        ({"outcome": "binry"}, "Did you mean 'binary'?"),
        ({"language": "german"}, 'language must be two small letters, such as "en"'),
        ({"translations": {"de": {"persn": "Frauen"}}}, "unknown key translations.de.persn. Did you mean 'person'?"),
        ({"translations": {"de": {"inputs": {"age": {"lable": "Alter"}}}}}, "Did you mean 'label'?"),
        ({"positive": [1]}, "positive has a value of the wrong type"),
        ({"predicts": 3}, "predicts must be text in quotes"),
        ({"name": "Made Up"}, "name may hold letters, digits"),
        ({"synthetic": "yes"}, "synthetic must be true or false"),
        ({"prevalence": 1.5}, "prevalence must be below 1"),
        ({"not_for": "children"}, "not_for must be a list in brackets"),
        (
            {"inputs": [{"name": "age", "type": "number", "rnage": [1, 2]}]},
            "inputs[0].rnage (input \"age\"). Did you mean 'range'?",
        ),
        ({"inputs": [{"name": "age", "type": "nummer"}]}, 'inputs[0].type (input "age") must be'),
        ({"inputs": [{"name": "age", "type": "number", "range": [9, 2]}]}, "range must be [low, high] with low < high"),
        ({"inputs": [{"name": "a", "type": "number"}] * 2}, "inputs named twice: a"),
        (
            {"inputs": [{"name": "a", "type": "number", "required": 1}]},
            'inputs[0].required (input "a") must be true or false',
        ),
        ({"outcome": "nominal"}, 'a card with outcome = "nominal" needs categories'),
        ({"outcome": "survival"}, 'a card with outcome = "survival" needs horizons'),
        (
            {"outcome": "competing_risks", "horizons": [90], "time_unit": " "},
            'needs the unit of its horizons: add time_unit = "days"',
        ),
        ({"outcome": "survival", "horizons": [90]}, 'needs the unit of its horizons: add time_unit = "days"'),
        (
            {"outcome": "survival", "horizons": [90, 365], "time_unit": "days", "main_horizon": 180},
            "main_horizon 180 is not among horizons [90.0, 365.0]",
        ),
        (
            {
                "outcome": "survival",
                "horizons": [90, 365],
                "time_unit": "days",
                "development": {"rows": 9, "risk_by_horizon": {"180": 0.4}},
            },
            "development.risk_by_horizon names 180, which is not among horizons",
        ),
        ({"inputs": [3]}, "inputs[0] must be a table of keys and values"),
    ],
)
def test_a_fault_is_told_in_plain_words_with_its_place(given, message, card):
    assert message in refused({**card, **given})


def test_a_missing_key_is_named(card):
    del card["name"]
    assert refused(card) == "name is missing"


def test_all_faults_are_listed_at_once(card):
    message = refused({**card, "outcom": 1, "predicts": 3, "synthetic": "yes"})
    assert len(message.splitlines()) == 3


def test_files_that_are_absent_not_utf8_or_no_toml_are_refused(tmp_path):
    assert "cannot be read: No such file" in refused(tmp_path / "none.toml")
    (tmp_path / "card.toml").write_bytes(b"name = '\xff'")
    assert refused(tmp_path / "card.toml").startswith("card.toml: the card is not UTF-8 text")
    (tmp_path / "card.toml").write_text("name = ")
    assert refused(tmp_path / "card.toml").startswith("card.toml: the card is not valid TOML")


def test_a_card_made_in_python_can_be_written(card):
    made = ModelCard.model_validate(card)
    assert read_card(tomllib.loads(card_text(made))) == made
