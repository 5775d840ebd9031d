"""Times and what ended them are read by their declared codes; every fault is told at once, without patients' values."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import InputError
from cds.core.protocol import CompetingRisksOutcome, SurvivalOutcome
from cds.tabular.survival_outcome import coded_cause, competing_outcome, survival_outcome

RULE = SurvivalOutcome(kind="survival", time="days", event="event", competing="none: nobody can leave otherwise")
COMPETING = CompetingRisksOutcome(kind="competing_risks", time="days", status="status")


def frame(**columns):
    return pd.DataFrame({"days": [3.0, 7.0, 0.0, 12.0], "event": [1, 0, 1, 0], "status": [1, 0, 2, 1], **columns})


def refused(read, data, rule) -> str:
    with pytest.raises(InputError) as error:
        read(data, rule)
    return str(error.value)


def test_times_and_events_are_read_with_their_unit():
    found = survival_outcome(frame(), RULE, time_unit="days")
    assert found.time.tolist() == [3, 7, 0, 12]
    assert found.status.tolist() == [1, 0, 1, 0]
    assert found.time_unit == "days" and found.observed.all()


def test_true_and_false_stand_for_one_and_zero():
    assert survival_outcome(frame(event=[True, False, True, False]), RULE).status.tolist() == [1, 0, 1, 0]


def test_declared_words_are_read_as_written():
    rule = RULE.model_copy(update={"happened": "recovered", "censored": "lost"})
    words = ["recovered", "lost", "lost", "recovered"]
    assert survival_outcome(frame(event=words), rule).status.tolist() == [1, 0, 0, 1]


def test_a_third_code_is_a_competing_event_and_refused():
    told = refused(survival_outcome, frame(event=[1, 0, 2, 0]), RULE)
    assert "holds codes other than 1 (the event) and 0 (censored), at row 2" in told
    assert 'kind = "competing_risks"' in told and "declare them as outcome.happened and outcome.censored" in told


def test_a_code_is_quoted_only_where_enough_rows_share_it():
    data = pd.DataFrame({"days": np.ones(30), "event": [2] * 12 + [3] + [1] * 17})
    told = refused(survival_outcome, data, RULE)
    assert "'2' in 12 rows" in told and "'3'" not in told


def test_every_fault_is_told_at_once_with_its_rows():
    told = refused(survival_outcome, frame(days=[-3.0, 7.0, np.inf, 12.0], event=[1, 0, 9, 0]), RULE)
    assert "must not be negative; it is at row 0" in told
    assert "must be finite; it is not at row 2" in told
    assert "holds codes other than" in told


def test_text_for_a_time_is_refused_and_a_missing_time_was_not_observed():
    assert "must hold numbers; it does not at row 1" in refused(survival_outcome, frame(days=[3, "late", 0, 12]), RULE)
    assert survival_outcome(frame(days=[3, None, 0, 12]), RULE).observed.tolist() == [True, False, True, True]


def test_a_missing_event_was_not_observed():
    assert survival_outcome(frame(event=[1, None, 0, 1]), RULE).observed.tolist() == [True, False, True, True]


def test_entry_comes_before_the_end_and_is_not_missing():
    rule = RULE.model_copy(update={"entry": "seen"})
    assert survival_outcome(frame(seen=[0.0, 2.0, -0.0, 3.0], days=[3, 7, 1, 12]), rule).entry.tolist() == [0, 2, 0, 3]
    told = refused(survival_outcome, frame(seen=[0.0, 7.0, None, 3.0]), rule)
    assert "must come before the end of follow-up in 'days'; it does not at row 1" in told
    assert "entry column 'seen' is missing at row 2" in told


def test_competing_events_keep_their_codes():
    found = competing_outcome(frame(), COMPETING)
    assert found.status.tolist() == [1, 0, 2, 1] and coded_cause(COMPETING) == 1


def test_another_code_for_censored_changes_places_with_zero():
    rule = COMPETING.model_copy(update={"cause": 0, "censored": 9})
    found = competing_outcome(frame(status=[0, 9, 2, 9]), rule)
    assert found.status.tolist() == [9, 0, 2, 0] and coded_cause(rule) == 9


def test_codes_that_are_not_declared_are_refused_where_others_are():
    rule = COMPETING.model_copy(update={"others": (2,)})
    assert competing_outcome(frame(), rule).status.tolist() == [1, 0, 2, 1]
    assert "does not declare, at row 3" in refused(competing_outcome, frame(status=[1, 0, 2, 3]), rule)


def test_a_cause_that_never_occurs_is_refused():
    told = refused(competing_outcome, frame(status=[2, 0, 2, 0]), COMPETING)
    assert "never holds 1, the cause of interest" in told


def test_all_censored_is_read_and_left_to_the_data_checks():
    assert competing_outcome(frame(status=[0, 0, 0, 0]), COMPETING).status.tolist() == [0, 0, 0, 0]


def test_a_status_that_is_no_whole_number_is_refused():
    assert "must hold whole numbers from 0" in refused(competing_outcome, frame(status=[1, 0, 1.5, -1]), COMPETING)


def test_a_status_in_words_is_refused_with_the_codes_that_are_expected():
    told = refused(competing_outcome, frame(status=["dead", "alive", "dead", "other"]), COMPETING)
    assert "must hold whole numbers from 0" in told
    assert f"Code it as declared: {COMPETING.cause} the event, {COMPETING.censored} censored, " in told
