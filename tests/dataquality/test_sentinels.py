"""Codes for a missing value that stand where a value should."""

import numpy as np

from cds.dataquality.coding import constant_inputs
from cds.dataquality.missingness import missingness
from cds.dataquality.plausibility import plausibility
from cds.dataquality.sentinels import sentinels
from tests.dataquality.planted import card, faults, rows, study, told


def test_nothing_is_raised_on_the_clean_cohort() -> None:
    [row] = sentinels(study(rows()))
    assert row.severity is None and row.details == {"declared_codes_read_as_missing": 0}


def test_a_code_outside_the_plausible_range_blocks() -> None:
    frame = rows()
    frame.loc[:19, "age"] = -9
    [fault] = faults(sentinels(study(frame)))
    assert (fault.severity, fault.parameters, fault.details) == ("blocking", {"input": "age"}, {"rows": 20})
    assert str(fault.verdict_reason) == (
        "Age: −9 in 20 of 400 rows, outside the plausible range 18 to 100. Likely cause: a code for a missing value. "
        "Declare it in the card's missing_codes, or leave those cells empty."
    )


def test_a_code_outside_the_development_range_blocks_where_the_card_has_none() -> None:
    frame = rows()
    frame.loc[:19, "smoker"] = 999
    assert "Smoker: 999 in 20 of 400 rows, outside the development data's range 0 to 1" in told(sentinels(study(frame)))


def test_a_plausible_code_apart_from_all_other_values_is_a_warning() -> None:
    frame = rows()
    frame["age"] = frame["age"].clip(upper=70)
    frame.loc[:14, "age"] = 99
    [fault] = faults(sentinels(study(frame)))
    assert fault.severity == "warning"
    assert "Age: 99 in 15 of 400 rows, plausible, but apart from all other values" in str(fault.verdict_reason)


def test_a_code_that_few_rows_share_is_not_quoted_and_two_rows_are_no_code() -> None:
    frame = rows()
    frame.loc[:4, "age"] = 999
    sentence = told(sentinels(study(frame)))
    assert "Age: a code such as −9 or 999 in fewer than 11 of 400 rows" in sentence
    frame.loc[2:4, "age"] = 40
    assert not faults(sentinels(study(frame)))


def test_high_values_of_a_scale_are_no_code() -> None:
    frame = rows()
    frame.loc[:20, "disability"], frame.loc[21:30, "disability"] = 99, 88
    assert not faults(sentinels(study(frame)))


def test_words_and_codes_in_open_categories_and_text_are_told() -> None:
    frame = rows()
    frame.loc[:19, "work"] = "-99"
    assert "Work: a code such as −9 or 999 stands for a value in 20 of 400 rows" in told(sentinels(study(frame)))
    frame.loc[:19, "work"] = "<undefined>"
    model = card(developed=False, work={"type": "text"})
    assert "Work: '<undefined>' stands for a value in 20 of 400 rows" in told(sentinels(study(frame, model)))


def test_declared_codes_are_counted_as_missing_and_as_nothing_else() -> None:
    frame = rows()
    frame.loc[:29, "age"] = -9
    made = study(frame, card(age={"missing_codes": (-9,)}))
    [row] = sentinels(made)
    assert row.severity is None and row.details == {"declared_codes_read_as_missing": 30}
    assert "Age: missing in 30 of 400 rows (7.5%)." in told(missingness(made))
    assert not faults(plausibility(made))
    frame["age"] = np.where(np.arange(400) < 30, -9, 40)
    assert [f.parameters for f in faults(constant_inputs(made))] == [{"input": "age"}]
