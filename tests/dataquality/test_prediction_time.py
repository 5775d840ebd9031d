"""Inputs dated after the prediction are counted and block; others are left alone, or it is said why not compared."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.core.measure import NotEstimable
from cds.dataquality.prediction_time import input_after_prediction, is_later
from tests.dataquality.planted import card, faults, rows, study, told

DAY = np.datetime64("2024-03-01")


def dated(frame, **inputs):
    """A study with dates of prediction, all on the first of March."""
    return study(frame, card(developed=False, **inputs), section={"date": "seen_on"}, dates=np.full(len(frame), DAY))


def test_nothing_is_raised_where_no_input_is_dated_or_all_in_time() -> None:
    [row] = input_after_prediction(study(rows()))
    assert row.severity is None and row.details == {"dated_inputs": 0}
    frame = rows().assign(pain_on="2024-03-01")
    [row] = input_after_prediction(dated(frame, intensity={"observed_on": "pain_on"}))
    assert row.severity is None and row.details == {"dated_inputs": 1}


def test_rows_with_a_later_date_are_counted_and_block() -> None:
    frame = rows().assign(pain_on="2024-02-20")
    frame.loc[:24, "pain_on"] = "2024-03-02"
    [fault] = faults(input_after_prediction(dated(frame, intensity={"observed_on": "pain_on"})))
    assert (fault.code, fault.severity, fault.parameters) == ("DQ020", "blocking", {"input": "intensity"})
    assert str(fault.verdict_reason) == (
        "Intensity: dated ('pain_on') after the date of prediction ('seen_on') in 25 of 400 rows: it was not known "
        "when the prediction was to be made. Take its last value before, or leave it empty there."
    )


def test_few_rows_are_not_counted_out_and_dates_without_a_value_do_not_matter() -> None:
    frame = rows().assign(pain_on=pd.Timestamp("2024-02-20"))
    frame.loc[:2, "pain_on"] = pd.Timestamp("2024-04-01")
    made = dated(frame, intensity={"observed_on": "pain_on"})
    assert "in fewer than 11 of 400 rows" in told(input_after_prediction(made))
    frame.loc[:2, "intensity"] = np.nan
    assert not faults(input_after_prediction(dated(frame, intensity={"observed_on": "pain_on"})))


def test_numbers_are_times_from_the_moment_of_prediction() -> None:
    frame = rows().assign(pain_day=np.r_[np.full(380, -2.0), np.full(20, 14.0)])
    made = study(frame, card(developed=False, intensity={"observed_on": "pain_day"}))
    assert "after the moment of prediction in 20 of 400 rows" in told(input_after_prediction(made))


def test_the_card_alone_may_say_that_an_input_comes_too_late() -> None:
    late = card(developed=False, intensity={"observed_at": "6 months after birth"})
    late = late.model_copy(update={"time_origin": "birth"})
    assert told(input_after_prediction(study(rows(), late))) == (
        "Intensity: the card says that it is observed at '6 months after birth', after 'birth', when the prediction is "
        "made. Predict from what is known then, or move the moment of prediction."
    )


@pytest.mark.parametrize(
    ("observed", "origin", "later"),
    [
        ("14", "first consultation", True),
        ("0", "first consultation", False),
        ("-7", "first consultation", False),
        ("2 days", "", True),
        ("3 days before surgery", "surgery", False),
        ("3 days after surgery", "birth", False),  # nothing says which comes first
        ("3 weeks", "2 weeks", True),
        ("13 days", "2 weeks", False),
        ("14", "30", False),
        ("30", "14 days", False),  # a bare number against days: not comparable
        ("birth", "birth", False),
        ("2024-05-02", "2024-05-01", True),
        ("2024-05-01", "2024-05-01", False),
        ("2024-05-01", "birth", False),
        ("", "", False),
    ],
)
def test_times_are_compared_where_both_are_known(observed, origin, later) -> None:
    assert is_later(observed, origin) is later


def test_what_cannot_be_compared_is_information() -> None:
    frame = rows().assign(pain_on="1/3/2024")
    for made, why in [
        (dated(rows(), intensity={"observed_on": "pain_on"}), "the data have no column 'pain_on'"),
        (
            dated(frame, intensity={"observed_on": "pain_on"}),
            "must hold dates such as 2026-11-20, it does not in all 400",
        ),
        (study(frame, card(developed=False, intensity={"observed_on": "pain_on"})), "names no cohort.date"),
    ]:
        [fault] = faults(input_after_prediction(made))
        assert fault.severity == "info" and why in str(fault.verdict_reason)


def test_without_a_card_it_does_not_run() -> None:
    [row] = input_after_prediction(replace(study(rows()), card=None))
    assert isinstance(row.result, NotEstimable)
