"""Questions that are not asked of everybody are neither missing nor imputed."""

import numpy as np

from cds.dataquality.missingness import missingness
from cds.dataquality.structural import structural
from tests.dataquality.planted import card, faults, rows, study, tables, told

ASKED = {"intensity": {"asked_if": {"column": "lbp", "value": "yes", "otherwise": 0}}}


def filtered():
    frame = rows()
    frame.loc[frame["lbp"] == "no", "intensity"] = np.nan
    return frame


def test_nothing_is_raised_on_the_clean_cohort_nor_where_the_rule_is_kept() -> None:
    [row] = structural(study(rows()))
    assert row.severity is None and row.details == {"declared": 0}
    made = study(filtered(), card(developed=False, **ASKED))
    assert not faults(structural(made)) and not faults(missingness(made))


def test_not_asked_not_answered_and_answered_unasked_are_told_apart() -> None:
    frame = filtered()
    asked = np.flatnonzero(frame["lbp"] == "yes")
    others = np.flatnonzero(frame["lbp"] == "no")
    frame.loc[asked[:40], "intensity"], frame.loc[others[:25], "intensity"] = np.nan, 4.0
    made = study(frame, card(developed=False, **ASKED))
    [fault], [table] = faults(structural(made)), tables(structural(made))
    assert fault.severity == "warning" and fault.details == {"rows": 25}
    assert str(fault.verdict_reason) == (
        f"Intensity: holds a value in 25 of {len(others)} rows where it is not asked ('lbp' is not yes). Where it is "
        "not asked the model is given 0. The values found are handed on as they are. Correct them, or the first "
        "question, or the card's asked_if."
    )
    counts = tuple(map(str, (len(others) - 25, 25, 40, len(asked) - 40)))
    assert table.rows == (("Intensity", "lbp = yes", *counts, "0"),)
    assert "Intensity: missing in 40 of 400 rows (10.0%)." in told(missingness(made))


def test_small_counts_of_the_table_are_not_printed() -> None:
    frame = filtered()
    frame.loc[np.flatnonzero(frame["lbp"] == "no")[:3], "intensity"] = 4.0
    made = study(frame, card(developed=False, **ASKED))
    [table] = tables(structural(made))
    assert table.rows[0].count("×") == 2 and "fewer than 11 of" in told(structural(made))


def test_a_first_question_that_the_data_lack_is_told() -> None:
    made = study(filtered().drop(columns="lbp"), card(developed=False, **ASKED))
    assert "is asked only where 'lbp' is yes, a column that the data lack" in told(structural(made))


def test_a_filter_that_the_card_does_not_declare_is_suspected() -> None:
    frame = rows()
    frame.loc[frame["work"] == "light", "intensity"] = np.nan
    n = int((frame["work"] == "light").sum())
    [fault] = faults(structural(study(frame)))
    assert fault.severity == "warning" and fault.details == {"rows": n}
    assert f"Intensity: missing in all {n} rows with 1 of the answers to Work, and hardly elsewhere" in str(
        fault.verdict_reason
    )


def test_values_missing_at_random_are_no_filter() -> None:
    frame = rows()
    frame.loc[::3, "intensity"] = np.nan
    assert not faults(structural(study(frame)))
