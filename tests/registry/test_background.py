import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError, PredictionError, RegistryError
from cds.core.model_card import ModelCard
from cds.registry.background import background_bytes, parse_background, read_background

CARD = ModelCard.model_validate(
    {
        "name": "a",
        "version": "1",
        "outcome": "binary",
        "outcome_column": "y",
        "inputs": [
            {"name": "x", "type": "number", "required": False},
            {"name": "site", "type": "category", "levels": {"01": "one", "NA": "none", "a,b": "both"}},
            {"name": "side", "type": "category", "levels": {"1": "left", "2": "right"}},
        ],
    }
)


def test_a_sample_is_read_back_as_it_was_to_the_last_digit():
    frame = pd.DataFrame(
        {
            "extra": ["Jane Doe"] * 3,
            "side": [1, 2, 1],
            "site": ["01", "NA", "a,b"],
            "x": [0.1 + 0.2, np.nan, 1e-300],
            "y": [1, 0, np.nan],
        }
    )
    made = read_background(CARD, frame)
    content = background_bytes(made)
    assert b"Jane" not in content
    again = parse_background(CARD, content)
    assert again.frame.equals(made.frame) and list(again.frame) == ["x", "site", "side"]
    assert np.array_equal(again.outcome, [1, 0, np.nan], equal_nan=True)


def test_a_sample_without_outcomes_has_none():
    made = read_background(CARD, pd.DataFrame({"x": [1], "site": ["01"], "side": [1]}))
    assert made.outcome is None and parse_background(CARD, background_bytes(made)).outcome is None


def test_samples_that_cannot_be_explained_against_are_refused():
    with pytest.raises(DataError, match="has no rows"):
        read_background(CARD, pd.DataFrame({"x": [], "site": [], "side": []}))
    with pytest.raises(PredictionError, match="required input 'side' is missing at row 1"):
        read_background(CARD, pd.DataFrame({"x": [1, 2], "site": ["01", "NA"], "side": [1, np.nan]}))


def test_a_file_that_is_no_table_is_refused():
    with pytest.raises(RegistryError, match="cannot be read"):
        parse_background(CARD, b"")
