"""Counts that would point at a patient are not printed."""

from cds.dataquality.counts import counted, listed, of_rows
from tests.dataquality.planted import rows, study


def test_the_limit_is_the_protocols() -> None:
    assert study(rows()).small_cell == 11
    assert study(rows(), section={"small_cell": 5}).small_cell == 5


def test_neither_a_small_count_nor_one_that_leaves_few_is_printed() -> None:
    assert [counted(k, 11) for k in (0, 10, 11)] == [0, "fewer than 11", 11]
    assert of_rows(10, 400, 11) == "fewer than 11 of 400 rows"
    assert of_rows(390, 400, 11) == "nearly all of 400 rows"
    assert of_rows(400, 400, 11, "patients") == "all 400 patients"


def test_a_long_list_is_cut() -> None:
    assert listed("abcdefg") == "'a', 'b', 'c', 'd', 'e', 'f' and 1 more"
