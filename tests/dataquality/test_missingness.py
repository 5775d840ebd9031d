"""Missing inputs are counted by variable and by outcome."""

import numpy as np

from cds.core.finding import Table
from cds.dataquality.missingness import missingness
from tests.dataquality.studies import by_code, study


def test_five_in_a_hundred_are_information_and_six_a_warning() -> None:
    for missing, severity in ((5, "info"), (6, "warning")):
        ages = np.linspace(20, 80, 100)
        ages[:missing] = np.nan
        [fault] = by_code(missingness(study(age=ages)))["DQ003"]
        assert (fault.severity, fault.details) == (severity, {"missing": missing, "rows": 100})


def test_an_absent_optional_column_is_missing_in_every_row() -> None:
    spoiled = study()
    del spoiled.cohort.features["height"]
    [fault] = by_code(missingness(spoiled))["DQ003"]
    assert fault.details == {"missing": 100, "rows": 100}


def test_the_table_shows_missing_inputs_by_outcome() -> None:
    sex = [None] * 10 + ["f", "m"] * 45
    [table] = [output for output in missingness(study(sex=sex)) if isinstance(output, Table)]
    # The first 50 rows have no event: 10 of 50 of them miss it.
    assert table.rows == (("Sex", "10.0%", "0.0%", "20.0%"),)
