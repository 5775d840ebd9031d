"""Cohorts: aligned once, and cut everywhere at the same rows."""

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.errors import DataError
from cds.core.outcome import Binary
from cds.core.prediction import Risk


def cohort(**more) -> Cohort:
    parts = {
        "patients": np.array(["c", "a", "c"]),
        "features": pd.DataFrame({"age": [30, 40, 50]}, index=[7, 8, 9]),
        "outcome": Binary(np.array([0.0, 1, 1])),
        "predictions": Risk(np.array([0.1, 0.2, 0.3])),
        "groups": {"sex": np.array(["f", "m", "f"])},
        "sites": np.array(["x", "y", "x"]),
        "visits": np.array([0.0, 6, 12]),
        "imputations": np.array([1, 1, 2]),
        "weights": np.array([1.0, 2, 3]),
        "dates": np.array(["2026-01-01", "2026-01-02", "2026-01-03"], dtype="datetime64[D]"),
    }
    return Cohort(**{**parts, **more})


def test_patients_are_coded_in_the_order_of_their_names_whatever_the_rows_order():
    assert cohort().codes.tolist() == [1, 0, 1]


def test_taking_rows_takes_them_of_every_part():
    found = cohort().take(np.array([2, 0]))
    assert len(found) == 2
    assert found.patients.tolist() == ["c", "c"]
    assert found.features["age"].tolist() == [50, 30] and found.features.index.tolist() == [0, 1]
    assert isinstance(found.outcome, Binary) and found.outcome.event.tolist() == [1, 0]
    assert isinstance(found.predictions, Risk) and found.predictions.values.tolist() == [0.3, 0.1]
    assert found.groups["sex"].tolist() == ["f", "f"]
    parts = (found.sites, found.visits, found.imputations, found.weights)
    assert [part is not None and part.tolist() for part in parts] == [["x", "x"], [12, 0], [2, 1], [3, 1]]
    assert found.dates is not None and found.dates.astype(str).tolist() == ["2026-01-03", "2026-01-01"]


def test_absent_parts_stay_absent():
    bare = Cohort(patients=np.array(["a", "b"]), features=pd.DataFrame({"x": [1, 2]})).take(np.array([1]))
    assert bare.outcome is None and bare.predictions is None and bare.weights is None and not bare.groups


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"weights": np.ones(2)}, "weights has 2"),
        ({"outcome": Binary(np.zeros(4))}, "outcome has 4"),
        ({"features": pd.DataFrame({"age": [1]})}, "features has 1"),
        ({"groups": {"sex": np.array(["f"])}}, "sex has 1"),
    ],
)
def test_parts_that_are_not_aligned_are_refused(more, message):
    with pytest.raises(DataError, match=message):
        cohort(**more)


def test_intersections_and_continuous_attributes_are_cut_with_the_rows():
    groups = {"sex": np.array(["f", "m", "f"]), "age": np.array(["old", "(missing)", "young"])}
    made = cohort(groups=groups, crossed={"sex×age": ("sex", "age")}, continuous={"age": np.array([70.0, np.nan, 20])})
    found = made.take(np.array([2, 1]))
    assert found.compared["sex×age"].tolist() == ["f×young", "(missing)"]
    assert found.continuous["age"].tolist()[0] == 20
    assert made.level_orders["sex×age"] == ("f×old", "f×young", "m×old", "m×young", "(missing)")
    with pytest.raises(DataError):
        cohort(continuous={"age": np.array([1.0])})
