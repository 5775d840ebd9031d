"""What a message says about values that a card does not allow, without quoting a patient's."""

import pandas as pd
import pytest

from cds.core.errors import PredictionError
from cds.core.model_card import Feature, ModelCard
from cds.stats.inputs import prepare_inputs, refuse_missing

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


def test_a_word_for_missing_is_named_in_numbers_and_in_levels() -> None:
    told = refused(["30", "None", "41", " N/A"], type="number")
    assert "at rows 1, 3. Some say that nothing was recorded ('None', 'N/A'): leave those cells empty" in told
    assert "Some say that nothing was recorded ('<undefined>')" in level("<undefined>", "1_female")


def test_codes_from_1_where_the_card_counts_from_0_are_explained_and_the_reverse() -> None:
    told = refused([1, 2] * 20, type="category", levels={"0": "female", "1": "male"})
    assert "has a level that its card does not know ('2')" in told
    assert "Every code seems to be 1 too high, as 1 and 2 are where 0 and 1 are meant" in told
    assert "codebook, because 1 and 2 may also mean yes and no. Subtract 1 from every code" in told
    told = refused([0, 1] * 20, type="category", levels={"1": "female", "2": "male"})
    assert "Every code seems to be 1 too low" in told and "Add 1 to every code" in told
    assert "1 too high" in refused([1, 2, 1], type="boolean")


def test_a_code_for_missing_is_no_shift() -> None:
    told = refused([0, 1, 9, -9], type="category", levels={"0": "no", "1": "yes", "2": "twice"})
    assert "One looks like a code for a missing value" in told and "too high" not in told
    assert "-9" not in told


def test_the_cards_word_for_a_level_and_its_first_letter_are_recognised() -> None:
    assert "One is the card's word for a level: write '1_female' for 'female'" in level("Female", "2_male")
    told = refused(["f", "male"], type="category", levels={"female": "", "male": ""})
    assert "One seems short for 'female'" in told
    assert "One seems short for 'yes'" in refused(["Y", "no"], type="boolean")


def test_another_case_with_a_blank_is_told_in_one() -> None:
    told = level("2_MALE ", "1_female")
    assert "One differs in upper and lower case from '2_male', and has a blank before or after it" in told


def test_a_level_named_none_that_was_read_as_missing_is_suspected() -> None:
    card = ModelCard(
        name="m", version="1", outcome="binary",
        inputs=(Feature(name="x", type="category", levels={"None": "no pain", "mild": "mild"}),),
    )  # fmt: skip
    with pytest.raises(PredictionError) as caught:
        refuse_missing(card, pd.DataFrame({"x": ["mild", None]}))
    assert "The card's level 'None' does not occur: it may have been read as missing" in str(caught.value)
