"""Missing inputs are counted by variable and by outcome."""

import numpy as np

from cds.core.finding import Table
from cds.dataquality.missingness import missingness
from tests.dataquality import planted
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
    sex = [None] * 20 + ["f", "m"] * 40
    [table] = [output for output in missingness(study(sex=sex)) if isinstance(output, Table)]
    # The first 50 rows have no event: 20 of 50 of them miss it.
    assert table.rows == (("Sex", "20.0%", "0.0%", "40.0%"),)


def test_small_shares_and_those_that_would_give_them_away_are_not_printed() -> None:
    sex = ["f", "m"] * 25 + [None] * 5 + ["f"] * 45
    made = study(sex=sex)
    [table] = [output for output in missingness(made) if isinstance(output, Table)]
    assert table.rows == (("Sex", "×", "×", "0.0%"),)  # 5 of 100, of whom 5 with the outcome
    [fault] = by_code(missingness(made))["DQ003"]
    assert fault.verdict_reason == "Sex: missing in fewer than 11 of 100 rows."


def test_missing_inputs_stand_by_group_and_outcome_too() -> None:
    frame = planted.rows()
    frame["site"] = np.where(np.arange(400) < 200, "north", "south")
    frame.loc[:99, "age"] = np.nan  # half of the north, nobody in the south
    made = planted.study(frame, groups={"site": frame["site"].to_numpy(dtype=np.str_)}, section={"groups": ["site"]})
    by_outcome, by_group = planted.tables(missingness(made))
    assert by_outcome.name == "missing_inputs"
    assert by_group.header == ("Input", "Group", "Missing", "With the outcome", "Without")
    assert [row[:3] for row in by_group.rows] == [("Age", "site = north", "50.0%"), ("Age", "site = south", "0.0%")]
    event = frame["y"].to_numpy()
    with_outcome = (np.arange(400) < 100)[(event == 1) & (np.arange(400) < 200)].mean()
    assert by_group.rows[0][3] == f"{with_outcome:.1%}"
