"""Groups are levels as they stand, bands of a number, and intersections; what is missing is a group of its own."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.cohort import Cohort
from cds.core.errors import DataError, InputError
from cds.core.protocol import CohortSection
from cds.core.study import Subgroup, subgroups
from cds.tabular.groups import absent_attributes, group_levels, membership


def levels(values: list[Any], **section: Any) -> list[str]:
    return group_levels(pd.DataFrame({"g": values}), CohortSection(groups=("g",), **section))["g"].tolist()


def section(**more: Any) -> CohortSection:
    return CohortSection.model_validate({"groups": ["sex", "edu"], "intersections": [["sex", "edu"]], **more})


def test_levels_are_text_and_missing_is_one_of_them() -> None:
    assert levels([1.0, None, 2.0]) == ["1", "(missing)", "2"]
    assert levels([True, False]) == ["True", "False"]
    assert levels(["a", None]) == ["a", "(missing)"]


def test_a_reference_must_be_a_level_and_the_nearest_common_one_is_named() -> None:
    with pytest.raises(DataError, match=r"reference 'femal' is no level of group column 'g'\. Did you mean 'female'"):
        levels(["female"] * 11 + ["male"] * 11, references={"g": "femal"})


def test_rare_levels_are_not_quoted() -> None:
    with pytest.raises(DataError) as error:
        levels(["common"] * 11 + ["rare"], references={"g": "other"})
    assert "rare" not in str(error.value)


def test_a_column_of_numbers_is_no_group_without_bands() -> None:
    with pytest.raises(DataError, match=r"has 51 levels, more than 50\. Cut it into bands .* bands = \{g = \[…\]\}"):
        levels(list(range(51)))
    with pytest.raises(DataError, match="Make a column of fewer levels"):
        levels([f"street {k}" for k in range(51)])
    assert len(set(levels(list(range(51)), bands={"g": [20]}))) == 2


def test_a_band_holds_its_lower_bound_and_not_its_upper_one() -> None:
    found = levels([29.9, 30, 44, 45, 59.99, 60, 99, None], bands={"g": [30, 45, 60]})
    assert found == [
        "under 30", "30 to under 45", "30 to under 45", "45 to under 60", "45 to under 60", "60 and over",
        "60 and over", "(missing)",
    ]  # fmt: skip


def test_bands_stand_in_their_order_and_not_in_the_alphabets() -> None:
    frame = pd.DataFrame({"age": [100, 7, None, 20, 7]})
    made = membership(frame, CohortSection(groups=("age",), bands={"age": (9, 50)}))
    found = list(subgroups(made.groups, orders=made.orders))
    assert [s.level for s in found] == ["under 9", "9 to under 50", "50 and over", "(missing)"]
    assert made.continuous["age"].tolist()[:2] == [100, 7]
    assert np.isnan(made.continuous["age"][2])


def test_what_cannot_be_cut_is_refused_by_row_and_not_quoted() -> None:
    with pytest.raises(DataError, match="holds no number at rows 1, 2") as refused:
        membership(pd.DataFrame({"age": [30, "forty", np.inf]}), CohortSection(continuous=("age",)))
    assert "forty" not in str(refused.value)


def test_a_bands_reference_is_one_of_the_bands() -> None:
    with pytest.raises(DataError, match=r"'under 40' is no band of 'g'\. Did you mean 'under 30'"):
        levels([20, 70], bands={"g": [30]}, references={"g": "under 40"})
    assert levels([70], bands={"g": [30]}, references={"g": "under 30"}) == ["30 and over"]


def crossed(sex: list[Any], edu: list[Any], **more: Any) -> Cohort:
    made = membership(frame := pd.DataFrame({"sex": sex, "edu": edu}), section(**more))
    return Cohort(
        patients=np.arange(len(frame)).astype(str), features=frame, groups=made.groups, orders=made.orders,
        crossed=section(**more).crossed,
    )  # fmt: skip


def test_an_intersection_joins_the_levels_of_its_parts() -> None:
    cohort = crossed(["f", "m", "f", "m"], ["low", "low", "high", "low"])
    assert cohort.compared["sex×edu"].tolist() == ["f×low", "m×low", "f×high", "m×low"]
    assert list(cohort.groups) == ["sex", "edu"]  # its parts determine it: no covariate of its own elsewhere


def test_all_whose_combination_is_not_known_are_one_group() -> None:
    cohort = crossed(["f", None, "f", None], ["low", "low", None, None])
    assert cohort.compared["sex×edu"].tolist() == ["f×low", "(missing)", "(missing)", "(missing)"]


def test_a_combination_that_nobody_has_is_no_group_and_the_others_stand_in_the_parts_order() -> None:
    cohort = crossed(["f", "m", "m"], [60, 60, 20], bands={"edu": [30]})
    assert cohort.level_orders["sex×edu"] == (
        "f×under 30", "f×30 and over", "m×under 30", "m×30 and over", "(missing)",
    )  # fmt: skip
    found = [s for s in subgroups(cohort.compared, orders=cohort.level_orders) if s.attribute == "sex×edu"]
    assert found == [Subgroup("sex×edu", name) for name in ("f×30 and over", "m×under 30", "m×30 and over")]


def test_three_parts_join_too() -> None:
    frame = pd.DataFrame({"a": ["1", "2"], "b": ["x", "y"], "c": ["u", None]})
    rules = CohortSection(groups=("a", "b", "c"), intersections=(("a", "b", "c"), ("a", "b")))
    made = membership(frame, rules)
    cohort = Cohort(patients=np.array(["p", "q"]), features=frame, groups=made.groups, crossed=rules.crossed)
    assert cohort.compared["a×b×c"].tolist() == ["1×x×u", "(missing)"]
    assert cohort.compared["a×b"].tolist() == ["1×x", "2×y"]


def test_a_named_reference_of_an_intersection_is_made_of_levels_of_its_parts() -> None:
    frame = pd.DataFrame({"sex": ["f", "m"] * 11, "edu": ["low", "high"] * 11})
    group_levels(frame, section(references={"sex×edu": "f×high"}))  # nobody has it, but it can be had
    with pytest.raises(DataError, match=r"'f×hihg' is no level of 'sex×edu'\. Known: f×low, m×high"):
        group_levels(frame, section(references={"sex×edu": "f×hihg"}))


def test_a_level_that_holds_the_sign_of_intersections_is_refused() -> None:
    with pytest.raises(DataError, match="hold the sign ×"):
        group_levels(pd.DataFrame({"sex": ["a×b"], "edu": ["c"]}), section())


def test_an_attribute_without_a_column_is_told_with_the_nearest_and_takes_its_intersections_along() -> None:
    frame = pd.DataFrame({"sex": ["f", "m"], "education": ["low", "high"]})
    rules = section(
        groups=["sex", "educaton", "district"], intersections=[["sex", "educaton"]], references={"district": "x"}
    )
    found = absent_attributes(frame, rules)
    told = "the data have no column 'educaton', which the protocol names as a group (did you mean 'education'?)"
    assert found == {
        "educaton": told, "district": "the data have no column 'district', which the protocol names as a group",
        "sex×educaton": told,
    }  # fmt: skip
    made = membership(frame, rules)
    assert list(made.groups) == ["sex"]
    assert made.absent == found


def test_all_faults_are_told_at_once() -> None:
    frame = pd.DataFrame({"sex": ["f"] * 60, "edu": range(60)})
    with pytest.raises(InputError) as error:
        group_levels(frame, section(references={"sex": "x"}))
    assert len(str(error.value).splitlines()) == 2
