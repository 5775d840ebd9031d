"""Patients, groups and weights are read as the protocol names them."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.tabular.columns import patient_names, refuse_patient_sites, sampling_weights


def test_patients_come_from_the_declared_column_else_patient_else_the_row() -> None:
    frame = pd.DataFrame({"id": [7, 8], "patient": ["a", "b"]})
    assert patient_names(frame, "id").tolist() == ["7", "8"]
    assert patient_names(frame, None).tolist() == ["a", "b"]
    assert patient_names(frame[["id"]], None).tolist() == ["0", "1"]


def test_a_patient_in_several_rows_is_refused_by_position_and_not_named() -> None:
    frame = pd.DataFrame({"patient": ["secret-1", "b", "secret-1", "c", "b", "b"]})
    with pytest.raises(DataError) as error:
        patient_names(frame, None)
    assert "2 patients have several rows, at rows 0, 1, 2, 4, 5" in str(error.value)
    assert "secret" not in str(error.value)


def test_a_row_without_a_patient_is_refused() -> None:
    with pytest.raises(DataError, match="missing at row 1"):
        patient_names(pd.DataFrame({"patient": ["a", None]}), None)


@pytest.mark.parametrize("bad", [-1.0, float("inf"), None, "x"])
def test_weights_are_finite_numbers_of_zero_or_more(bad: object) -> None:
    with pytest.raises(DataError, match="it does not at row 1"):
        sampling_weights(pd.DataFrame({"w": [1.0, bad]}), "w")


def test_weights_may_be_zero_but_not_all() -> None:
    weights = sampling_weights(pd.DataFrame({"w": [0, 2]}), "w")
    assert weights is not None
    assert weights.tolist() == [0, 2]
    with pytest.raises(DataError, match="only zeros"):
        sampling_weights(pd.DataFrame({"w": [0, 0]}), "w")
    assert sampling_weights(pd.DataFrame({"w": [1]}), None) is None


def test_a_column_that_names_the_patients_is_no_site() -> None:
    names = np.array([f"p{k}" for k in range(12)])
    for sites in (names, np.array([f"s{k}" for k in range(12)])):
        with pytest.raises(DataError, match="every patient is a site") as refused:
            refuse_patient_sites(sites, names)
        assert "p3" not in str(refused.value)
    refuse_patient_sites(np.repeat(["a", "b"], 6), names)
