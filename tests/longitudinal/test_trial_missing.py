"""What other assumptions about those without an outcome would give: counted by hand, and fitted anew."""

import numpy as np
import pytest

from cds.core.measure import Interval, NotEstimable
from cds.core.protocol_trial import TrialResponder
from cds.longitudinal.trial_effect import treatment_effect
from cds.longitudinal.trial_missing import missing_outcomes, responder_table, shifted_effect, tipping
from tests.longitudinal.trials import NAN, Y, trial


def test_without_a_shift_the_effect_is_the_primary_one():
    assert shifted_effect(trial(), "placebo", None, arm=0.0, control=0.0) == pytest.approx(
        treatment_effect(trial(), category="placebo"), rel=1e-10
    )


def test_a_shift_moves_the_effect_by_the_share_missing_where_there_is_no_baseline():
    # One of 8 under the placebo has no outcome: 4 points worse there move its mean by 4/8.
    sample = trial(baseline=None)
    moved = shifted_effect(sample, "placebo", None, arm=4.0, control=0.0)
    assert moved - treatment_effect(sample, category="placebo") == pytest.approx(0.5, rel=1e-10)


def test_the_tipping_point_is_where_the_interval_reaches_no_effect():
    sample = trial(outcome=np.where(np.arange(24) == 9, NAN, Y), baseline=None)
    found = Interval(-4.0, -1.0, 0.95, "wald")
    assert tipping(sample, "therapy", None, found) == pytest.approx(8.0)  # one of 8 missing: 8 points, a mean of 1
    assert isinstance(tipping(sample, "therapy", None, Interval(-1.0, 1.0, 0.95, "wald")), NotEstimable)
    assert isinstance(tipping(trial(), "therapy", None, found), NotEstimable)  # nobody of the arm is missing


def test_the_table_names_each_assumption_in_the_outcomes_unit():
    table = missing_outcomes(trial(unit="points"), "placebo", None, 0.95, 1)
    assert table.rows[0][0].startswith("as expected")
    assert table.rows[1][0].startswith("placebo: worse than expected by 0.49 points (0.25 sd)")
    assert "cannot tell" in table.note


def test_nobody_missing_needs_no_table():
    full = trial(outcome=np.nan_to_num(Y, nan=4.0))
    assert missing_outcomes(full, "placebo", None, 0.95, 1) is None


def test_binary_outcomes_are_tried_both_ways():
    event = np.r_[[1.0, 1, 1, 0, NAN], [1.0, 0, 0, NAN, NAN]]
    sample = trial(outcome=event, arm=np.repeat([0, 1], 5), arms=("c", "t"), baseline=None, binary=True, better="lower")
    rows = {row[0]: row[1] for row in missing_outcomes(sample, "t", None, 0.95, 1).rows}
    assert rows["left out"] == "−0.42"  # 1/3 − 3/4
    assert rows["none has the event"] == "−0.40"  # 1/5 − 3/5
    assert rows["all have the event"] == "−0.20"  # 3/5 − 4/5
    assert rows["worst for t"] == "0.00"  # 3/5 − 3/5
    assert rows["best for t"] == "−0.60"  # 1/5 − 4/5


def test_responders_are_shown_by_intention_to_treat_and_otherwise():
    sample = trial(responder=TrialResponder(at_most=2))
    table = responder_table(sample, None, 0.95, 1)
    rows = {(row[0], row[1]): row for row in table.rows}
    assert rows["placebo", "did not respond (intention to treat)"][2:5] == ("1 of 8 (12 %)", "1 of 8 (12 %)", "0.00")
    assert rows["placebo", "all responded"][4] == "0.12"
    assert "Secondary" in table.note
    assert responder_table(trial(), None, 0.95, 1) is None
