"""A declared total is the sum of its items, or the fault says by how much it is not."""

import numpy as np

from cds.dataquality.totals import totals
from tests.dataquality.planted import ITEMS, card, faults, rows, study, told


def test_nothing_is_raised_where_totals_are_their_sums() -> None:
    [row] = totals(study(rows()))
    assert row.severity is None and row.details == {"totals": 1}


def test_a_total_18_points_too_high_for_everyone_is_named() -> None:
    frame = rows()
    frame["tsk"] += 18
    [fault] = faults(totals(study(frame)))
    assert fault.severity == "blocking"
    assert fault.details == {"rows": 400, "unequal": 400, "median_difference": 18.0}
    assert str(fault.verdict_reason) == (
        "Fear of movement: differs from the sum of its 17 items in all 400 rows: 18 points too high for everyone. "
        "Likely cause: a constant added or an item counted twice or left out in scoring, or another version. Score "
        "it again from the items as the model's developers did."
    )


def test_a_shift_by_the_number_of_items_is_laid_to_counting_from_1() -> None:
    frame = rows()
    frame["tsk"] -= 17
    assert "17 points too low for everyone. Likely cause: the items were counted from 1 instead of 0" in told(
        totals(study(frame))
    )


def test_the_mean_of_the_items_is_recognised() -> None:
    frame = rows()
    frame["tsk"] = frame["tsk"] / len(ITEMS)
    assert "it is 0.05882 times their sum. Likely cause: the mean of the items" in told(totals(study(frame)))


def test_differences_that_vary_are_told_by_their_median() -> None:
    frame = rows()
    frame["tsk"] += np.arange(400) % 3 + 1
    assert "by +2 points in the median, and not by the same everywhere" in told(totals(study(frame)))


def test_few_wrong_totals_are_a_warning_that_tells_no_difference() -> None:
    frame = rows()
    frame.loc[:4, "tsk"] += 7
    [fault] = faults(totals(study(frame)))
    assert fault.severity == "warning" and fault.details == {"rows": 400, "unequal": "fewer than 11"}
    assert "in fewer than 11 of 400 rows. Likely cause" in str(fault.verdict_reason) and "7 " not in str(
        fault.verdict_reason
    ).replace("17 ", "")


def test_a_missing_item_that_counts_as_0_is_told() -> None:
    frame = rows()
    frame["tsk_3"] = frame["tsk_3"].astype(float)
    frame.loc[:49, "tsk"] -= frame.loc[:49, "tsk_3"].astype(int)
    frame.loc[:49, "tsk_3"] = np.nan
    assert "given in 50 of 400 rows although an item is missing, and is there the sum of the others" in told(
        totals(study(frame))
    )


def test_items_that_the_data_lack_are_information() -> None:
    frame = rows().drop(columns=["tsk_1", "tsk_2"])
    [fault] = faults(totals(study(frame)))
    assert fault.severity == "info"
    assert "the data lack 2 of 17 ('tsk_1', 'tsk_2')" in str(fault.verdict_reason)


def test_without_a_declared_total_the_row_is_clear() -> None:
    [row] = totals(study(rows(), card(developed=False, tsk={"total_of": ()})))
    assert row.details == {"totals": 0}
