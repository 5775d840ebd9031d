"""Stacked imputations as they are read: labels, the incomplete data, patients once in each."""

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.protocol import PredictionsSection
from cds.tabular.columns import patient_names
from cds.tabular.imputations import imputation_labels, original_rows, prediction_columns, with_placeholders

FRAME = pd.DataFrame(
    {
        "imp": [0, 0, 1, 1, 2, 2],
        "id": ["a", "b"] * 3,
        "age": [40, np.nan, 40, 51, 40, 55],
        "risk": [0.1, np.nan, 0.1, 0.2, 0.1, 0.3],
    }
)


def test_labels_are_text_and_whole_numbers_have_no_point():
    labels = imputation_labels(pd.DataFrame({"i": [1.0, 2.0]}), "i")
    assert labels.tolist() == ["1", "2"] and imputation_labels(FRAME, None) is None


def test_a_missing_label_is_refused_with_its_row():
    with pytest.raises(DataError, match="imputation column 'i' is missing at row 1"):
        imputation_labels(pd.DataFrame({"i": [1, None, 2]}), "i")


def test_the_block_named_0_is_the_incomplete_data_where_it_lacks_what_others_have():
    labels = imputation_labels(FRAME, "imp")
    assert original_rows(FRAME, labels).tolist() == [True, True, False, False, False, False]


def test_a_complete_block_named_0_is_an_imputation():
    assert not original_rows(FRAME.fillna(0.5), imputation_labels(FRAME, "imp")).any()


def test_a_value_that_every_block_lacks_does_not_make_it_the_incomplete_data():
    frame = FRAME.fillna(0.5)
    frame.loc[[1, 3, 5], "age"] = np.nan
    assert not original_rows(frame, imputation_labels(FRAME, "imp")).any()


def test_a_placeholder_stands_only_where_the_incomplete_data_lack_a_prediction():
    original = original_rows(FRAME, imputation_labels(FRAME, "imp"))
    filled, own = with_placeholders(FRAME, PredictionsSection(risk="risk"), original)
    assert filled["risk"].notna().all() and own.tolist() == [True, False, True, True, True, True]
    assert FRAME["risk"].isna().sum() == 1


def test_prediction_columns_are_all_that_the_section_names():
    section = PredictionsSection(probabilities={"a": "pa", "b": "pb"}, low="l", high="h")
    assert sorted(prediction_columns(section)) == ["h", "l", "pa", "pb"]


def test_a_patient_may_stand_once_in_each_imputation():
    labels = imputation_labels(FRAME, "imp")
    assert patient_names(FRAME, "id", imputations=labels).tolist() == ["a", "b"] * 3
    again = pd.concat([FRAME, FRAME.tail(1)], ignore_index=True)
    with pytest.raises(DataError, match="once in each imputation: 1 patient has several rows, at rows 5, 6"):
        patient_names(again, "id", imputations=imputation_labels(again, "imp"))


def test_stacked_rows_without_a_declared_imputation_are_refused_with_the_way_out():
    with pytest.raises(DataError, match="several rows") as error:
        patient_names(FRAME, "id")
    assert "imputation =" in str(error.value)


def test_imputations_without_a_patient_column_are_refused():
    with pytest.raises(DataError, match="which patient"):
        patient_names(FRAME.drop(columns="id"), None, imputations=imputation_labels(FRAME, "imp"))
