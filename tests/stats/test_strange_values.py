"""What a message says about values that a card does not allow, without quoting a patient's."""

import pandas as pd
import pytest

from cds.core.errors import PredictionError
from cds.core.model import Feature, ModelCard
from cds.stats.inputs import prepare_inputs

LEVELS = {"1_female": "female", "2_male": "male", "3_other": "other"}


def refused(values: list[object], **feature: object) -> str:
    card = ModelCard(name="m", version="1", outcome="binary", inputs=(Feature(name="x", **feature),))  # type: ignore[arg-type]  # any field
    with pytest.raises(PredictionError) as caught:
        prepare_inputs(card, pd.DataFrame({"x": values}))
    return str(caught.value)


def level(*values: object) -> str:
    return refused(list(values), type="category", levels=LEVELS)


def test_only_the_rows_that_are_no_numbers_are_named() -> None:
    # One word makes a CSV reader take the whole column for text.
    told = refused(["30", "forty", "50", None], type="number")
    assert told == "input 'x' is declared a number but holds text or another type at row 1"


def test_numbers_written_as_text_are_all_named() -> None:
    told = refused(["30", "40"], type="integer")
    assert "is declared an integer but holds numbers written as text at rows 0, 1. Make the column numeric" in told


def test_decimal_commas_are_recognised() -> None:
    told = refused(["30", "40,5"], type="number")
    assert "at row 1. Some seem to be decimal commas" in told
    assert "40,5" not in told


def test_logical_values_as_r_writes_them_are_numbers_and_booleans() -> None:
    for kind in ("number", "boolean"):
        card = ModelCard(name="m", version="1", outcome="binary", inputs=(Feature(name="x", type=kind),))  # type: ignore[arg-type]  # a literal
        assert prepare_inputs(card, pd.DataFrame({"x": ["TRUE", "FALSE"]}))["x"].tolist() == [1.0, 0.0]


def test_a_blank_another_case_and_a_slip_are_told_without_the_level() -> None:
    assert "One begins or ends with a blank. Known: 1_female" in level("1_female ", "2_male")
    assert "One differs in upper and lower case from '2_male'" in level("2_MALE", "1_female")
    told = level("1_fmale", "2_male")
    assert "One is written almost like '1_female'" in told
    assert "1_fmale" not in told


def test_several_unknown_levels_are_counted_and_the_rare_ones_not_shown() -> None:
    told = level(*["female"] * 11, "secret", "hidden")
    assert "has 3 levels that its card does not know ('female', 2 more, not shown to protect patients)" in told
    assert "secret" not in told and "hidden" not in told


def test_a_long_list_of_known_levels_is_cut_after_twelve() -> None:
    told = refused(["zz"], type="category", levels={f"level{k:02}": "" for k in range(15)})
    assert told.endswith("level11 and 3 more")
