"""Outcomes followed over visits are read as the protocol declares them."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError, InputError
from cds.core.outcome import Repeated
from cds.core.protocol import RepeatedOutcome, ValidationProtocol
from cds.tabular import build_cohort, read_table
from cds.tabular.repeated_outcome import at_declared_visits, repeated_outcome

RULE = RepeatedOutcome(kind="repeated", column="pain", unit="points")
RESPONDER = {"baseline": "pain_0", "relative_change": 0.3}


def protocol(**changes) -> ValidationProtocol:
    raw = {
        "schema": "cds.protocol/1", "name": "pain", "version": "1", "question": "Is the course predicted well?",
        "time_unit": "weeks", "outcome": {"kind": "repeated", "column": "pain", "responder": RESPONDER},
        "cohort": {"patient": "id", "visit": "week"}, "predictions": {"value": "predicted"},
        "measures": {"horizons": [4, 12]}, "criteria": [{"measure": "mae", "horizon": 12, "at_most": 2}],
    }  # fmt: skip
    return ValidationProtocol.model_validate({**raw, **changes})


def frame(**changes) -> pd.DataFrame:
    columns = {
        "id": ["a", "a", "b", "b"], "week": [4, 12, 4, 12], "pain": [5, 3, 6, None], "pain_0": [7, 7, 8, None],
        "predicted": [5.0, 4, 6, 5],
    }  # fmt: skip
    return pd.DataFrame({**columns, **changes})


def cohort(tmp_path, data, **changes):
    data.to_csv(tmp_path / "pain.csv", index=False)
    return build_cohort(read_table(tmp_path / "pain.csv"), protocol(**changes), keep_missing_outcomes=True)


def test_values_visits_and_baseline_are_read_row_by_row():
    rule = RULE.model_copy(update={"responder": protocol().outcome.responder})
    found = repeated_outcome(frame(), rule, np.array([4.0, 12, 4, 12]), schedule=(4, 12))
    assert found.visit.tolist() == [4, 12, 4, 12] and found.observed.tolist() == [True, True, True, False]
    assert found.baseline is not None and found.baseline[:3].tolist() == [7, 7, 8] and np.isnan(found.baseline[3])
    assert found.responder is not None and found.responder.relative_change == 0.3


def test_a_cohort_has_several_rows_per_patient_and_missed_visits_are_no_fault(tmp_path):
    found = cohort(tmp_path, frame())
    assert isinstance(found.outcome, Repeated) and found.patients.tolist() == ["a", "a", "b", "b"]
    assert found.visits is not None and found.visits.tolist() == [4, 12, 4, 12]
    assert found.codes.tolist() == [0, 0, 1, 1] and found.outcome.observed.sum() == 3


def test_a_patient_twice_at_a_visit_is_refused_by_position(tmp_path):
    with pytest.raises(InputError, match=r"at rows 0, 1"):
        cohort(tmp_path, frame(week=[4, 4, 4, 12]))


def test_a_baseline_that_differs_between_a_patients_visits_is_refused_by_position(tmp_path):
    with pytest.raises(InputError, match=r"'pain_0' differs between the visits of 1 patient, at rows 0, 1\."):
        cohort(tmp_path, frame(pain_0=[7, 6, 8, None]))
    rules = protocol(cohort={"patient": "id", "visit": "week", "imputation": "m"})
    both = pd.concat([frame(m=1, pain_0=[7, 7, 8, 8]), frame(m=2, pain_0=[7, 7, 9, 9])])
    both.to_csv(tmp_path / "pain.csv", index=False)
    assert len(build_cohort(read_table(tmp_path / "pain.csv"), rules, keep_missing_outcomes=True)) == 8


@pytest.mark.parametrize(
    ("visit", "weeks", "reason"),
    [("week", [4, "x", 4, 12], "times of 0 or more"), (None, [4, 12, 4, 12], "needs the time of each row's visit")],
)
def test_visits_at_fault_are_the_only_fault_that_is_told(tmp_path, visit, weeks, reason):
    named = {"patient": "id"} if visit is None else {"patient": "id", "visit": visit}
    with pytest.raises(InputError, match=reason) as refused:
        cohort(tmp_path, frame(week=weeks), cohort=named)
    assert "each patient once" not in str(refused.value)


def test_another_visit_than_declared_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(InputError) as error:
        cohort(tmp_path, frame(week=[4, 13, 4, 12]))
    assert "other visits than the declared 4, 12 (nearest to the first of them: 12), at row 1" in str(error.value)
    assert "13" not in str(error.value)


def test_an_undeclared_visit_that_many_share_is_quoted():
    times = np.repeat([4.0, 26.0, 12.0], 12)
    with pytest.raises(DataError, match=r"26 in 12 rows, nearest to 12"):
        at_declared_visits(times, (4, 12), column="week")


def test_days_given_for_weeks_are_suspected():
    with pytest.raises(DataError) as error:
        at_declared_visits(np.array([28.0, 84.0]), (4, 12), time_unit="weeks")
    assert "if they were in days" in str(error.value)


def test_rounding_is_no_other_visit():
    assert at_declared_visits(np.array([0.1 + 0.2]), (0.3,)).tolist() == [0.3]
    assert at_declared_visits(np.array([5.0]), ()).tolist() == [5.0]


def test_text_for_numbers_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"outcome column 'pain' must hold finite numbers; it does not at row 1"):
        cohort(tmp_path, frame(pain=["5", "better", "6", "3"]))
    with pytest.raises(InputError, match=r"baseline column 'pain_0' must hold finite numbers"):
        cohort(tmp_path, frame(pain_0=["5", "?", "6", "3"]))
    with pytest.raises(InputError, match=r"visit column 'week' must hold times"):
        cohort(tmp_path, frame(week=["4", "later", "4", "12"]))


def test_a_missing_baseline_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no column 'pain_0', which the protocol names as outcome\.responder"):
        cohort(tmp_path, frame().drop(columns="pain_0"))


def test_without_visits_the_section_to_add_is_told():
    with pytest.raises(DataError, match=r"cohort"):
        repeated_outcome(frame(), RULE, None)


def test_outcomes_may_be_declared_complete(tmp_path):
    outcome = {"kind": "repeated", "column": "pain", "missing": "refuse"}
    with pytest.raises(InputError, match="missing in 1 of 4 rows"):
        cohort(tmp_path, frame(), outcome=outcome)
