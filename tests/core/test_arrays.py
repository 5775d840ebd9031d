"""The checks that every type shares."""

import numpy as np
import pytest

from cds.core.arrays import frozen, numbers, refuse_rows, same_length
from cds.core.errors import DataError, PredictionError
from cds.core.prediction import Risk


def test_numbers_are_read_only_floats():
    found = numbers([1, 2], "x")
    assert found.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", "b"], "x must be numbers, got text or mixed values"),
        ([[1, 2], [3, 4]], "x must have one dimension, got 2"),
        ([1, np.inf, -np.inf], "x must be finite, got an infinite value at rows 1, 2"),
        ([1, np.nan], "x must not be missing at row 1"),
    ],
)
def test_what_is_no_number_is_refused_with_its_rows(values, message):
    with pytest.raises(DataError) as caught:
        numbers(values, "x")
    assert str(caught.value) == message


def test_missing_values_are_let_through_where_allowed():
    assert np.isnan(numbers([1, np.nan], "x", allow_missing=True)[1])


def test_freezing_a_view_leaves_the_callers_array_writeable():
    mine = np.zeros(3)
    view = frozen(mine)
    mine[0] = 1
    assert not view.flags.writeable and mine.flags.writeable


def test_rows_are_refused_with_the_wanted_kind_of_error():
    refuse_rows(np.array([False]), "fine")
    with pytest.raises(PredictionError, match="bad at rows 0, 2"):
        refuse_rows(np.array([True, False, True]), "bad", PredictionError)


def test_parts_of_different_length_are_named():
    with pytest.raises(DataError, match="the same number of rows: outcome has 3, risk has 2"):
        same_length(outcome=3, risk=2)


def test_a_column_of_a_table_is_laid_out_in_a_row_as_worker_processes_receive_it():
    table = np.arange(8.0).reshape(4, 2)
    column = frozen(table[:, 1])
    assert column.flags.c_contiguous and not column.flags.writeable and column.tolist() == [1, 3, 5, 7]
    assert Risk(table[:, 1] / 10).values.flags.c_contiguous
    assert np.shares_memory(frozen(table), table)  # nothing is copied that lies in rows already
