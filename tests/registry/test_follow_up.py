"""The follow-up of the development data as the card carries it."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.model_card import ModelCard
from cds.registry.development import development_summary
from cds.registry.follow_up import development_times, follow_up


def make(**given):
    plain = {
        "name": "a",
        "version": "1",
        "outcome": "survival",
        "outcome_column": "status",
        "time_column": "days",
        "horizons": (2.0, 4.0, 9.0),
        "time_unit": "days",
    }
    return ModelCard.model_validate(plain | given)


# events at 1, 3 and 5, censored at 2, 4 and 6
SIX = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "status": [1, 0, 1, 0, 1, 0]})


def test_follow_up_countable_by_hand():
    held = follow_up(make(), SIX)
    assert (held.events, held.last_time) == (3, 6)
    # 1 − 5/6 by day 2; 1 − 5/6 · 3/4 by day 4; nobody was followed to day 9
    assert held.risk_by_horizon == {"2": pytest.approx(1 / 6), "4": pytest.approx(1 - 5 / 6 * 3 / 4)}
    # reverse Kaplan–Meier: 4/5, then 4/5 · 2/3 = .53, then 0 on day 6
    assert held.median_follow_up == 6
    summary = development_summary(make(), SIX)
    assert (summary.rows, summary.events, summary.outcome_mean) == (6, 3, None)
    assert summary.risk_by_horizon == held.risk_by_horizon and summary.last_time == 6


def test_competing_events_end_follow_up_without_being_the_event():
    # cause 1 on days 1 and 5, cause 2 on day 3: F(4) = 1/6; taken as censored it would be the same here, and by day 5
    # 1/6 + S(5−) · 1/2 with S(5−) = 5/6 · 3/4
    frame = SIX.assign(status=[1, 0, 2, 0, 1, 0])
    held = follow_up(make(outcome="competing_risks", horizons=(4.0, 5.0)), frame)
    assert held.events == 2
    assert held.risk_by_horizon == {"4": pytest.approx(1 / 6), "5": pytest.approx(1 / 6 + 5 / 6 * 3 / 4 / 2)}


R_ENTRY = (0.33333333333333337, 0.55555555555555558)


def test_delayed_entry_counts_only_who_is_under_observation():
    # R 4.2.2, survival 3.5.3: 1 - summary(survfit(Surv(c(0, 0, 2, 3, 0, 1), 1:6, c(1, 0, 1, 0, 1, 0)) ~ 1),
    #   times = c(2, 4))$surv: one of three on day 1, one of three on day 3
    frame = SIX.assign(start=[0, 0, 2, 3, 0, 1])
    held = follow_up(make(entry_column="start"), frame)
    assert held.risk_by_horizon == {"2": pytest.approx(R_ENTRY[0]), "4": pytest.approx(R_ENTRY[1])}
    assert held.median_follow_up is None


def test_codes_are_as_the_card_says_and_gaps_are_left_out():
    frame = pd.DataFrame({"days": [1, 2, 3, np.nan, 5], "status": ["yes", "no", "yes", "yes", None]})
    held = follow_up(make(positive="yes", censored="no"), frame)
    assert (held.events, held.last_time) == (2, 3)
    times = development_times(make(positive="yes", censored="no"), frame)
    assert times.status.tolist() == [1, 0, 1, 1, -1]
    assert follow_up(make(), SIX.assign(status=[True, False, True, False, True, False])).events == 3


def test_without_a_time_column_the_events_are_counted_and_without_an_outcome_column_nothing_is():
    assert follow_up(make(time_column=""), SIX).events == 3
    assert follow_up(make(time_column=""), SIX).risk_by_horizon is None
    assert follow_up(make(outcome_column=""), SIX) is None
    assert development_summary(make(outcome_column=""), SIX).events is None


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (SIX.rename(columns={"days": "day"}), "no time column 'days'. Did you mean 'day'"),
        (SIX.rename(columns={"status": "x"}), "no outcome column 'status'"),
        (SIX.assign(days=[1, "x", 3, 4, 5, 6]), "column 'days' must hold numbers, got text at row 1"),
        (SIX.assign(days=[1, 2, -3, 4, 5, 6]), "column 'days' must not be negative, it is at row 2"),
        (SIX.assign(days=[1, 2, np.inf, 4, 5, 6]), "must be finite, got an infinite value at row 2"),
        (
            SIX.assign(status=[1, 0, 2, 0, 1, 0]),
            r"codes other than 1 \(the event\) and 0 \(censored\) at row 2. .*comp",
        ),
    ],
)
def test_times_and_codes_other_than_declared_are_refused_with_their_rows(frame, message):
    with pytest.raises(DataError, match=message):
        follow_up(make(), frame)
