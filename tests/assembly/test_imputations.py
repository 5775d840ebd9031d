"""Stacked imputations taken apart: aligned, or refused with every fault at once."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.assembly.imputations import taken_apart
from cds.core.cohort import Cohort
from cds.core.errors import DataError
from cds.core.outcome import Binary

PATIENTS = ["a", "b", "c"]


def stacked(m=3, *, original=False) -> Cohort:
    """m imputations of three patients, the second in another order."""
    order = [[0, 1, 2], [2, 0, 1], *[[0, 1, 2]] * (m - 2)]
    place = np.concatenate(order)
    labels = np.repeat([str(k + (0 if original else 1)) for k in range(m)], 3)
    age = place * 10.0 + 30
    if original:
        age[1] = np.nan
    return Cohort(
        patients=np.array(PATIENTS)[place],
        features=pd.DataFrame({"age": age}),
        outcome=Binary(np.array([0.0, 1.0, np.nan])[place]),
        groups={"sex": np.array(["f", "m", "f"])[place]},
        sites=np.array(["x", "x", "y"])[place],
        weights=np.array([1.0, 2.0, 1.0])[place],
        imputations=labels,
        source="stacked.csv",
    )


def changed(cohort, row, **parts) -> Cohort:
    new = {}
    for name, value in parts.items():
        values = (cohort.groups["sex"] if name == "sex" else getattr(cohort, name)).copy()
        values[row] = value
        new |= {"groups": {"sex": values}} if name == "sex" else {name: values}
    return replace(cohort, **new)


def test_imputations_have_the_same_patients_in_the_same_order():
    parts = taken_apart(stacked()).imputations
    assert [p.patients.tolist() for p in parts] == [PATIENTS] * 3
    assert all(p.features["age"].tolist() == [30, 40, 50] for p in parts)
    assert [p.imputations.tolist() for p in parts] == [["1"] * 3, ["2"] * 3, ["3"] * 3]


def test_numbered_imputations_come_by_number():
    cohort = stacked()
    renamed = replace(cohort, imputations=np.repeat(["10", "9", "2"], 3))
    assert [p.imputations[0] for p in taken_apart(renamed).imputations] == ["2", "9", "10"]


def test_a_cohort_that_is_not_stacked_stays_whole():
    cohort = replace(stacked(), imputations=None)
    assert taken_apart(cohort).imputations == (cohort,)


def test_one_imputation_is_refused():
    with pytest.raises(DataError, match="only one imputation"):
        taken_apart(stacked().take(np.arange(3)))


def test_the_incomplete_data_stand_apart_from_the_imputations():
    found = taken_apart(stacked(original=True))
    assert [p.imputations[0] for p in found.imputations] == ["1", "2"]
    assert found.original.patients.tolist() == found.imputations[0].patients.tolist()
    assert found.original.features["age"].isna().sum() == 1


def test_other_patients_are_counted_and_never_named():
    with pytest.raises(DataError) as error:
        taken_apart(changed(stacked(), 8, patients="z"))
    told = str(error.value)
    assert "imputation 3 lacks 1 patient that imputation 1 has and has 1 patient that imputation 1 has not" in told
    assert "at row 8" in told and "stacked.csv" in told and "z" not in told.replace("size", "")


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"sex": "m"}, "group of 'sex'"),
        ({"sites": "z"}, "site"),
        ({"weights": 9.0}, "weight"),
    ],
)
def test_what_may_not_differ_is_refused_with_its_row(parts, what):
    with pytest.raises(DataError, match=rf"imputation 3 has another {what} than imputation 1 for 1 patient, at row 6"):
        taken_apart(changed(stacked(), 6, **parts))


def test_another_outcome_is_refused_also_where_it_was_missing():
    cohort = stacked()
    event = cohort.outcome.event.copy()
    event[8] = 1.0  # patient c, missing elsewhere
    with pytest.raises(DataError, match=r"another outcome .* at row 8") as error:
        taken_apart(replace(cohort, outcome=Binary(event)))
    assert "not to be imputed" in str(error.value)


def test_every_fault_is_told_at_once():
    cohort = changed(changed(stacked(), 6, sites="z", weights=9.0), 3, patients="z")
    with pytest.raises(DataError) as error:
        taken_apart(cohort)
    assert len(str(error.value).splitlines()) == 3
