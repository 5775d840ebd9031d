"""The observed risk by each horizon of the development data: by hand, censored, competing, entering late."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.model import ModelCard
from cds.registry.development import development_summary
from cds.registry.development_times import observed_risks


def make(**given):
    told = {
        "name": "a", "version": "1", "outcome": "survival", "time_column": "days", "outcome_column": "event",
        "horizons": [1, 3, 9], "inputs": [{"name": "x", "type": "number"}],
    }  # fmt: skip
    return ModelCard.model_validate({**told, **given})


FRAME = pd.DataFrame({"x": 1.0, "days": [1, 2, 3, 4, 5], "event": [1, 0, 1, 0, 0]})


def test_censored_follow_up_is_counted_by_kaplan_meier():
    # by 1: 1/5; by 3: 1 − (4/5)(2/3) = 7/15; nobody was followed to 9
    held = development_summary(make(), FRAME)
    assert held.risk_by_horizon == {"1": pytest.approx(0.2), "3": pytest.approx(7 / 15)}
    assert (held.rows, held.events, held.outcome_mean) == (5, 2, None)


def test_a_competing_event_ends_the_chance_of_this_one():
    # by 3: 1/5 + (4/5 · 3/4) · 1/3 = 2/5, the event at 2 being another one
    frame = FRAME.assign(event=["back", "pension", "back", "none", "none"])
    card = make(outcome="competing_risks", positive="back", censored="none")
    assert observed_risks(card, frame) == (2, {"1": pytest.approx(0.2), "3": pytest.approx(0.4)})
    with pytest.raises(DataError, match="holds more than the card's positive and censored"):
        observed_risks(make(positive="back", censored="none"), frame)


def test_those_who_enter_late_are_not_at_risk_before():
    # at 1 four are at risk, at 3 three: by 3 1 − (3/4)(2/3) = 1/2
    frame = FRAME.assign(entry=[0, 0, 0, 0, 1.5])
    assert observed_risks(make(entry_column="entry"), frame)[1]["3"] == pytest.approx(0.5)


def test_rows_without_follow_up_are_left_out_and_no_time_column_means_nothing():
    frame = pd.concat([FRAME, pd.DataFrame({"x": [1.0], "days": [np.nan], "event": [1]})])
    assert observed_risks(make(), frame)[1]["1"] == pytest.approx(0.2)
    assert observed_risks(make(time_column=""), FRAME) == (None, {})
    assert observed_risks(make(), FRAME.assign(event=None)) == (None, {})


def test_an_absent_column_and_text_for_times_are_refused():
    with pytest.raises(DataError, match="no column 'days'"):
        observed_risks(make(), FRAME.rename(columns={"days": "Days"}))
    with pytest.raises(DataError, match="'days' must hold numbers: 5 of 5 rows"):
        observed_risks(make(), FRAME.assign(days="long"))
    with pytest.raises(DataError, match="negative"):
        observed_risks(make(), FRAME.assign(days=-1))
