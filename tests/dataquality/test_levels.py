"""Levels that are not the card's although every one of them gives a prediction."""

import numpy as np
import pytest

from cds.core.measure import NotEstimable
from cds.dataquality.levels import levels
from tests.dataquality.planted import card, faults, rows, study, told


def test_nothing_is_raised_on_the_clean_cohort() -> None:
    [row] = levels(study(rows()))
    assert row.severity is None and row.details == {"inputs": 8}


def test_sex_coded_1_and_2_where_the_card_has_0_1_and_2_is_caught_by_the_frequencies_of_development() -> None:
    frame = rows()
    frame["sex"] = frame["sex"].replace(2, 1) + 1
    [fault] = faults(levels(study(frame)))
    assert (fault.severity, fault.parameters, fault.details) == ("blocking", {"input": "sex"}, {"shift": 1})
    assert str(fault.verdict_reason).startswith(
        "Sex: the card's level '0' does not occur, and the frequencies of the others are those of development once the "
        "codes are shifted. Every code seems to be 1 too high, as 1 and 2 are where 0 and 1 are meant"
    )


def test_without_a_development_summary_a_lowest_level_that_nobody_has_is_information() -> None:
    frame = rows()
    frame["sex"] = frame["sex"].replace(2, 1) + 1
    [fault] = faults(levels(study(frame, card(developed=False))))
    assert fault.severity == "info" and "lowest level '0' does not occur" in str(fault.verdict_reason)


def test_a_number_coded_1_and_2_where_development_had_0_and_1_is_caught() -> None:
    frame = rows()
    frame["smoker"] += 1
    [fault] = faults(levels(study(frame)))
    assert fault.severity == "blocking"
    sentence = str(fault.verdict_reason)
    assert sentence.startswith("Smoker: the data hold 1 to 2 where the development data held 0 to 1 (mean 1.")
    assert "Subtract 1 from every code" in sentence


def test_a_number_coded_0_and_1_where_the_range_is_1_to_2_is_caught_without_development() -> None:
    model = card(developed=False, smoker={"range": (1, 2)})
    assert "the data hold 0 to 1 where the card's range is 1 to 2. Every code seems to be 1 too low" in told(
        levels(study(rows(), model))
    )


def test_codes_that_few_share_are_not_quoted() -> None:
    frame = rows()
    frame["smoker"] = 2
    frame.loc[:4, "smoker"] = 1
    sentence = told(levels(study(frame)))
    assert "values are shifted: the development data held 0 to 1" in sentence and "hold 1 to 2" not in sentence


def test_ages_two_years_higher_than_in_development_are_no_shifted_code() -> None:
    frame = rows()
    frame["age"] = frame["age"].round() + 2
    assert not faults(levels(study(frame)))


def test_spellings_of_one_level_are_told_and_quoted_only_where_many_share_them() -> None:
    frame = rows()
    frame.loc[:29, "work"], frame.loc[30:32, "work"] = "Heavy", "heavy "
    [fault] = faults(levels(study(frame)))
    sentence = str(fault.verdict_reason)
    assert fault.severity == "warning" and fault.details == {"spellings": 3}
    assert "Work: 3 spellings ('" in sentence and "'Heavy'" in sentence and "'heavy'" in sentence
    assert "'heavy '" not in sentence and "are 1 level but for upper and lower case or blanks" in sentence


def test_words_for_missing_are_no_level_of_an_input_or_of_a_group() -> None:
    frame = rows()
    frame.loc[:19, "work"] = "None"
    groups = {"site": np.where(np.arange(len(frame)) < 30, "n/a", "north")}
    work, site = faults(levels(study(frame, groups=groups)))
    assert "Work: 'None' stands as a level in 20 of 400 rows. Likely cause: another program wrote" in str(
        work.verdict_reason
    )
    assert str(site.verdict_reason).startswith("site: 'N/A' stands as a level in 30 of 400 rows")


def test_a_level_called_none_that_was_read_as_missing_blocks() -> None:
    frame = rows()
    frame["work"] = frame["work"].replace("light", None)
    model = card(developed=False, work={"levels": {"None": "no lifting", "heavy": "heavy"}, "required": False})
    [fault] = faults(levels(study(frame, model)))
    assert fault.severity == "blocking"
    assert "The card's level 'None' does not occur: it may have been read as missing" in str(fault.verdict_reason)


def test_a_level_common_in_development_that_nobody_has_is_information() -> None:
    frame = rows()
    frame["sex"] = frame["sex"].replace(1, 2)
    [fault] = faults(levels(study(frame)))
    assert fault.severity == "info" and "the level '1' does not occur, which 4" in str(fault.verdict_reason)


@pytest.mark.parametrize("written", [["yes", "no"], [True, False], ["TRUE", "FALSE"], [1, 0]])
def test_a_boolean_is_the_same_in_every_spelling(written: list[object]) -> None:
    frame = rows()
    frame["smoker"] = np.where(frame["smoker"] == 1, *np.array(written, dtype=object))
    assert not faults(levels(study(frame, card(smoker={"type": "boolean"}))))


def test_without_a_card_it_says_why_it_did_not_run() -> None:
    made = study(rows())
    object.__setattr__(made, "card", None)
    [row] = levels(made)
    assert isinstance(row.result, NotEstimable)
