"""Tables of missing inputs: counts, and what few patients would give away."""

import numpy as np
import pytest

from cds.assembly.imputation_columns import Column
from cds.assembly.imputation_tables import analyses_table, diagnostics, missing_by_input
from cds.assembly.imputer import Filled, Imputations
from tests.assembly.made import CARD, cohort, mar, protocol

FEATURE = CARD.feature("pain")
ROWS = mar(40)


def gaps(**missing):
    return {name: np.arange(100) < count for name, count in missing.items()}


def test_counts_of_missing_inputs_are_printed_with_their_share():
    made = missing_by_input(CARD, gaps(pain=20, sex=30), small=11)
    assert made.rows == (("sex", "30", "30.0%"), ("Pain", "20", "20.0%"), ("patients with every input", "70", "70.0%"))
    assert not made.note


@pytest.mark.parametrize("count", [1, 10, 90, 99])
def test_few_missing_or_few_recorded_values_are_not_counted(count):
    made = missing_by_input(CARD, gaps(pain=count), small=11)
    assert made.rows == (("Pain", "×", "×"), ("patients with every input", "×", "×")) and "not printed" in made.note


def test_no_missing_value_and_small_cells_of_one_are_printed():
    assert "×" not in str(missing_by_input(CARD, gaps(pain=3), small=1))
    assert missing_by_input(CARD, gaps(pain=100), small=11).rows[1] == ("patients with every input", "0", "0.0%")


def test_an_analysis_of_few_patients_does_not_say_how_many():
    people, few = cohort(ROWS), cohort(ROWS).take(np.arange(3))
    made = analyses_table("imputed", {"imputed": (people, people), "complete_case": (few,)}, {}, small=11)
    assert [row[1] for row in made.rows] == ["40", "×"] and "not printed" in made.note


def test_an_analysis_that_leaves_few_out_does_not_say_how_few():
    people, most = cohort(ROWS), cohort(ROWS).take(np.arange(len(cohort(ROWS)) - 3))
    made = analyses_table("imputed", {"imputed": (people, people), "complete_case": (most,)}, {}, small=11)
    assert [row[1] for row in made.rows] == ["40", "×"]


def diagnosed(missing, *, outside=0):
    values = np.where(np.arange(40) < missing, np.nan, 52.5)
    filled = Filled(
        Column("pain", "number", values, feature=FEATURE), np.full((2, missing), 4.0), np.empty((2, 0)), outside
    )
    return diagnostics(Imputations((), (filled,)), protocol(), cohort(ROWS)).rows[0]


def test_two_observed_values_are_not_told_by_their_mean_and_deviation():
    assert diagnosed(38)[1:5] == ("×",) * 4
    assert diagnosed(20)[1:5] == ("20", "52.5 (sd 0)", "4 (sd 0)", "0 of 40")


def test_few_gaps_are_not_counted_in_the_diagnostics_either():
    row = diagnosed(4)
    assert row[1] == row[4] == "×" and row[2] == "52.5 (sd 0)"
