"""Copies of patients are told from patients who are alike by chance."""

import numpy as np
import pandas as pd
import pytest

from cds.core.outcome import Continuous, Survival
from cds.core.sample_kinds import ContinuousSample
from cds.dataquality.duplicates import duplicates
from tests.dataquality.planted import card, faults, rows, study, told


def copied(n: int) -> pd.DataFrame:
    return pd.concat([rows(), rows().iloc[:n]], ignore_index=True).sample(frac=1, random_state=3, ignore_index=True)


def coarse(n: int, seed: int = 4):
    """Patients with four answers that go together: many are alike."""
    rng = np.random.default_rng(seed)
    severe = rng.random(n) < 0.5
    return rows(n=n).assign(
        age=30.0, waist=90.0, disability=np.where(severe, 60, 20), sex=(rng.random(n) < 0.2 + 0.6 * severe).astype(int),
        intensity=np.where(rng.random(n) < 0.8, severe, ~severe) * 4.0, tsk=40,
    )  # fmt: skip


def test_nothing_is_raised_on_the_clean_cohort() -> None:
    [row] = duplicates(study(rows()))
    assert row.severity is None
    assert row.details == {"patients": 400, "alike": 0, "columns": 8}  # the total of other columns tells nothing more


def test_copied_patients_are_caught_and_counted() -> None:
    [fault] = faults(duplicates(study(copied(15))))
    assert fault.severity == "blocking" and fault.details == {"patients": 415, "alike": 30, "columns": 8}
    assert str(fault.verdict_reason) == (
        "30 of 415 patients share all 8 columns compared (inputs and outcome) with another patient; chance would make "
        "fewer than 1 such pairs. Likely cause: patients entered twice under two names, or rows copied. Keep one row "
        "of each: copies make every interval too narrow."
    )


def test_two_copies_are_a_warning_whose_count_is_not_told() -> None:
    [fault] = faults(duplicates(study(copied(2))))
    assert fault.severity == "warning" and fault.details["alike"] == "fewer than 11"
    assert str(fault.verdict_reason).startswith("Fewer than 11 of 402 patients share all 8 columns")


@pytest.mark.parametrize("seed", range(10))
def test_few_coarse_inputs_that_go_together_are_no_copies(seed: int) -> None:
    [row] = duplicates(study(coarse(400, seed)))
    assert row.severity is None and row.details["alike"] > 300


def test_an_outcome_that_is_a_time_or_a_number_is_compared_too() -> None:
    frame, rng = copied(15), np.random.default_rng(5)
    n = len(frame)
    time = rng.exponential(100, n)
    for outcome in (Survival(time, rng.integers(0, 2, n), "days"), Continuous(time, "points")):
        assert not faults(duplicates(study(frame, outcome=outcome)))  # no two have the same time: nobody is a copy
    by_age = frame["age"].to_numpy() * 3
    made = study(
        frame, outcome=Continuous(by_age, "points"), sample=ContinuousSample(observed=by_age, predicted=by_age)
    )
    assert "share all 8 columns" in told(duplicates(made))


def test_several_rows_of_one_patient_are_one_patient() -> None:
    frame = pd.concat([rows(), rows()], ignore_index=True)
    made = study(frame, patients=np.tile(np.arange(400).astype(str), 2), visits=np.repeat([0.0, 1.0], 400))
    [row] = duplicates(made)
    assert row.severity is None and row.details["patients"] == 400


def test_one_column_alone_tells_nothing() -> None:
    made = study(rows().assign(y=1), card(developed=False).model_copy(update={"inputs": card().inputs[:1]}))
    [row] = duplicates(made)
    assert row.severity is None and row.details["columns"] == 1
