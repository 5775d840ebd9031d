"""From a table to randomised patients, one row each; whatever breaks randomisation is refused with its rows."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.protocol import ValidationProtocol
from cds.tabular.trial_columns import trial_sample
from cds.tabular.trial_rows import randomised_patients

WIDE = pd.DataFrame(
    {
        "patient": ["a", "b", "c", "d"], "arm": [1, 2, 1, 2], "pain": [3.0, 5, np.nan, 4],
        "pain_0": [6.0, 6, 7, np.nan], "site": ["x", "x", "y", "y"],
        "age": [50, 60, 70, np.nan], "risk": [0.1, 0.2, 0.3, 0.4], "event": [0, 1, 0, 1],
        "practice": [7, 8, 7, 9],
    }
)  # fmt: skip
LONG = pd.DataFrame(
    {
        "patient": ["a", "a", "a", "b", "b", "c"], "week": [0, 6, 12, 0, 12, 0], "arm": [1, 1, 1, 2, 2, 1],
        "pain": [6.0, 4, 3, 7, 5, 8], "age": [50, 50, 50, 60, 60, 70],
    }
)  # fmt: skip


def protocol(*, outcome=None, cohort=None, measures=None, **trial):
    return ValidationProtocol(
        **{
            "schema": "cds.protocol/1", "name": "t", "version": "1", "question": "Does it help?",
            "outcome": outcome or {"kind": "continuous", "column": "pain", "unit": "points", "missing": "exclude"},
            "cohort": cohort or {}, "measures": measures or {}, "trial": {"arm": "arm", "control": 2, **trial},
            "criteria": [{"measure": "treatment_effect", "at_most": 0, "category": "1"}],
        }
    )  # fmt: skip


def long(**trial):
    return protocol(cohort={"patient": "patient", "visit": "week"}, baseline_visit=0, **trial)


def test_one_row_per_patient_is_kept_as_it_is():
    found = randomised_patients(WIDE, protocol(baseline="pain_0"))
    assert found.frame["patient"].tolist() == ["a", "b", "c", "d"]
    assert [step.rows for step in found.flow] == [4, 4, 4]


def test_visits_become_columns_and_the_baseline_visit_the_baseline():
    found = randomised_patients(LONG, long())
    frame = found.frame
    assert frame["outcome at baseline"].tolist() == [6, 7, 8]
    assert frame["outcome at 6"].tolist()[0] == 4 and np.isnan(frame["outcome at 6"].tolist()[1:]).all()
    assert frame["pain"].tolist()[:2] == [3, 5] and np.isnan(frame["pain"][2])  # the last visit is the primary one
    assert found.flow[-1].rows == 3  # c has no follow-up and stays


def test_declared_visits_are_the_schedule_and_others_are_counted():
    asked = protocol(cohort={"patient": "patient", "visit": "week"}, measures={"horizons": [12]}, baseline_visit=0)
    found = randomised_patients(LONG, asked)
    assert "outcome at 6" not in found.frame
    assert found.flow[-1].reason == "1 rows of other visits were not used"


def test_those_not_eligible_and_those_without_an_arm_are_left_out_and_counted():
    data = WIDE.assign(arm=[1, 2, np.nan, 2], ok=[1, 1, 1, 0])
    found = randomised_patients(data, protocol(eligible={"column": "ok", "value": 1}))
    assert [(step.rows, step.removed) for step in found.flow] == [(4, 0), (3, 1), (2, 1), (2, 0)]
    assert found.without_arm == 1  # among the eligible
    assert randomised_patients(data, protocol()).without_arm == 0  # who could be randomised is not declared


def test_a_patient_without_an_arm_counts_once_over_visits():
    data = LONG.assign(arm=[1, 1, 1, np.nan, np.nan, 2], ok=1)
    found = randomised_patients(data, long(eligible={"column": "ok", "value": 1}))
    assert (found.without_arm, len(found.frame)) == (1, 2)


def test_texts_that_mean_missing_are_missing():
    data = WIDE.assign(pain=["3", "<undefined>", "NaN", "4"], site=["x", "<undefined>", "y", "y"])
    found = randomised_patients(data, protocol(missing_values=["<undefined>", "NaN"]))
    assert found.frame["pain"].isna().tolist() == [False, True, True, False]
    assert found.frame["site"].isna().tolist() == [False, True, False, False]
    assert trial_sample(protocol(), found.frame).outcome[[0, 3], 0].tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("data", "given", "reason"),
    [
        (WIDE.assign(arm=1), {"control": 1}, "holds one arm only"),
        (WIDE, {"control": 9}, "nobody is in the control arm '9'"),
        (WIDE.assign(arm=np.nan), {}, "nobody was randomised"),
        (WIDE, {"baseline": "pain0"}, "no column 'pain0'.*Did you mean 'pain_0'"),
        (WIDE.drop(columns="patient"), {"cluster": "nothing"}, "no column 'nothing'"),
        (pd.concat([WIDE, WIDE.iloc[:1]], ignore_index=True), {}, "several rows, at rows 0, 4"),
        (
            WIDE.assign(b=["2026-01-02"] * 4, r=["2026-01-03", "2026-01-01", "2026-01-02", "2026-02-01"]),
            {"baseline": "pain_0", "baseline_date": "b", "randomised_on": "r"},
            "measured after randomisation at row 1",
        ),
        (
            WIDE.assign(b=["2026-01-02", None, "?", "2026-01-02"], r="2026-01-03"),
            {"baseline": "pain_0", "baseline_date": "b", "randomised_on": "r"},
            "no date at rows 1, 2",
        ),
    ],
)
def test_what_breaks_a_trial_is_refused(data, given, reason):
    with pytest.raises(DataError, match=reason):
        randomised_patients(data, protocol(**given))


@pytest.mark.parametrize(
    ("data", "given", "reason"),
    [
        (
            LONG.assign(arm=[1, 2, 1, 2, 2, 1]),
            {},
            "arm changes from row to row of a patient: column 'arm' at rows 0, 1",
        ),
        (LONG.assign(age=[50, 51, 50, 60, 60, 70]), {"stratified_by": ["age"]}, "covariate changes"),
        (LONG.assign(week=[0, 6, 6, 0, 12, 0]), {}, "at the same visit, at rows 1, 2"),
        (LONG.assign(week=[0, 6, 12, 0, np.nan, 0]), {}, "the visit is missing: column 'week' at row 4"),
        (LONG[LONG["week"] == 0], {}, "no follow-up visit"),
        (LONG, {"primary_visit": 7}, "primary_visit is 7, which is no follow-up visit"),
        (LONG.assign(week=[1, 6, 12, 1, 12, 1]), {}, "nobody has a row at the baseline visit 0"),
        (LONG.rename(columns={"age": "outcome at 6"}), {}, "is needed for the visits"),
    ],
)
def test_what_breaks_a_trial_over_visits_is_refused(data, given, reason):
    with pytest.raises(DataError, match=reason):
        randomised_patients(data, long(**given))


def test_imputations_keep_their_rows_apart():
    data = pd.concat([LONG.assign(imp=1), LONG.assign(imp=2)], ignore_index=True)
    asked = protocol(cohort={"patient": "patient", "visit": "week", "imputation": "imp"}, baseline_visit=0)
    assert len(randomised_patients(data, asked).frame) == 6
