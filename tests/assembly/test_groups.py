"""What is said of groups that a protocol declares and the data do not hold."""

from typing import Any

import numpy as np
import pandas as pd

from cds.assembly.groups import group_notes
from cds.core.cohort import Cohort


def cohort(**more: Any) -> Cohort:
    return Cohort(patients=np.array(["a", "b", "c"]), features=pd.DataFrame({"x": [1, 2, 3]}), **more)


def test_an_attribute_that_the_data_lack_is_noted_once_with_its_intersections() -> None:
    reason = "the data have no column 'edu', which the protocol names as a group"
    assert group_notes(cohort(absent={"edu": reason, "sex×edu": reason})) == [
        f"Nothing is said across edu and sex×edu: {reason}."
    ]


def test_bands_and_combinations_that_nobody_has_are_named() -> None:
    groups = {"sex": np.array(["f", "m", "m"]), "age": np.array(["under 30", "60 and over", "under 30"])}
    orders = {"age": ("under 30", "30 to under 60", "60 and over", "(missing)")}
    assert group_notes(cohort(groups=groups, orders=orders, crossed={"sex×age": ("sex", "age")})) == [
        "Nobody is in these groups of age, of whom nothing is said: 30 to under 60.",
        "Nobody is in these groups of sex×age, of whom nothing is said: f×30 to under 60; f×60 and over; "
        "m×30 to under 60.",
    ]


def test_there_is_nothing_to_say_of_groups_that_are_all_there() -> None:
    assert group_notes(cohort(groups={"sex": np.array(["f", "m", "m"])})) == []
