"""Red flags: every id in every state, and nothing unrecorded read as absent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import InputError
from cds.core.safety import SafetyScreen
from cds.safety.red_flags import read_rules, screen

EMERGENCY = (
    "bladder_bowel",
    "saddle_numbness",
    "bilateral_leg_deficit",
    "sexual_dysfunction",
    "fever_or_sepsis",
    "post_block_pain_or_deficit",
    "anticoagulant_with_deficit",
    "venous_thrombosis",
)
OTHERS = ("immunosuppression", "cancer_history", "weight_loss", "trauma", "steroids_or_osteoporosis")
NONE: dict[str, object] = {f"red_flag_{flag}": "no" for flag in (*EMERGENCY, *OTHERS)}


def test_the_shipped_rules_are_exactly_those_of_the_design() -> None:
    flags = read_rules().flags
    assert tuple(flag.id for flag in flags if flag.emergency) == EMERGENCY
    assert tuple(flag.id for flag in flags if not flag.emergency) == OTHERS
    assert all(flag.column == f"red_flag_{flag.id}" for flag in flags)


def test_the_shipped_rules_say_new_or_worsening_and_name_their_sources() -> None:
    rules = read_rules()
    for flag in rules.flags:
        assert "new" in flag.label
        assert "worsening" in flag.label
        assert flag.action.endswith(".")
        assert all(rules.sources[key] for key in flag.sources)
    assert all(flag.urgency == "now" for flag in rules.flags if flag.emergency)


def test_the_shipped_rules_are_not_clinically_approved() -> None:
    assert not read_rules().approved


def test_all_flags_absent_withholds_nothing() -> None:
    found = screen(NONE)
    assert not (found.stop or found.ask_first or found.withhold)
    assert len(found.absent) == 13
    assert found.most_urgent is None


@pytest.mark.parametrize("flag", [*EMERGENCY, *OTHERS])
@pytest.mark.parametrize("yes", ["yes", "YES", " Yes ", "true", True, np.True_, 1, 1.0, np.int64(1), "1"])
def test_any_flag_present_stops_and_withholds(flag: str, yes: object) -> None:
    found = screen(NONE | {f"red_flag_{flag}": yes})
    assert found.stop
    assert not found.ask_first
    assert [(w.flag.id, w.state) for w in found.withhold] == [(flag, "present")]
    assert found.most_urgent is not None


@pytest.mark.parametrize("blank", [None, "", "  ", np.nan, pd.NA, pd.NaT, float("nan")])
@pytest.mark.parametrize("flag", EMERGENCY)
def test_an_emergency_flag_that_is_blank_asks_first_and_withholds(flag: str, blank: object) -> None:
    found = screen(NONE | {f"red_flag_{flag}": blank})
    assert (found.stop, found.ask_first) == (False, True)
    assert [(w.flag.id, w.state) for w in found.withhold] == [(flag, "not_recorded")]
    assert flag not in {absent.id for absent in found.absent}


@pytest.mark.parametrize("flag", OTHERS)
def test_another_flag_that_is_blank_is_shown_and_withholds_nothing(flag: str) -> None:
    found = screen(NONE | {f"red_flag_{flag}": None})
    assert [each.id for each in found.not_recorded] == [flag]
    assert not (found.stop or found.ask_first or found.withhold)


@pytest.mark.parametrize("flag", [*EMERGENCY, *OTHERS])
def test_an_absent_column_is_not_recorded(flag: str) -> None:
    found = screen({name: value for name, value in NONE.items() if name != f"red_flag_{flag}"})
    assert [each.id for each in found.not_recorded] == [flag]
    assert found.ask_first == (flag in EMERGENCY)


@pytest.mark.parametrize("no", ["no", "No", "false", False, np.False_, 0, 0.0, "0"])
@pytest.mark.parametrize("flag", [*EMERGENCY, *OTHERS])
def test_no_is_absent(flag: str, no: object) -> None:
    assert flag in {each.id for each in screen(NONE | {f"red_flag_{flag}": no}).absent}


def test_without_any_column_every_emergency_flag_withholds() -> None:
    found = screen({})
    assert found.ask_first
    assert len(found.withhold) == len(EMERGENCY)


def test_present_and_unasked_flags_are_both_told_present_first() -> None:
    found = screen(NONE | {"red_flag_trauma": "yes", "red_flag_bladder_bowel": ""})
    assert (found.stop, found.ask_first) == (True, True)
    assert [w.state for w in found.withhold] == ["present", "not_recorded"]


@pytest.mark.parametrize("other", ["maybe", "unknown", "n", "-", 2, 0.5, "none", "1.5", float("inf"), ["no"]])
@pytest.mark.parametrize("flag", [EMERGENCY[0], OTHERS[0]])
def test_any_other_value_is_refused_and_never_shown(flag: str, other: object) -> None:
    with pytest.raises(InputError) as caught:
        screen(NONE | {f"red_flag_{flag}": other})
    assert f"red_flag_{flag}" in str(caught.value)
    assert "maybe" not in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        screen(NONE | {"red_flag_trauma": "x", "red_flag_saddle_numbness": "y", "epds_item_10": 9})
    for column in ("red_flag_trauma", "red_flag_saddle_numbness", "epds_item_10"):
        assert column in str(caught.value)


@pytest.mark.parametrize("column", ["red_flag_sadle_numbness", "RED_FLAG_SADDLE_NUMBNESS"])
def test_a_misspelt_column_is_refused_rather_than_overlooked(column: str) -> None:
    with pytest.raises(InputError, match="no red-flag rule reads"):
        screen({column: "yes"})


def test_a_pandas_row_is_read_like_a_mapping() -> None:
    row = pd.Series(NONE | {"age": 31, "red_flag_trauma": True})
    assert [flag.id for flag in screen(row.to_dict()).present] == ["trauma"]
    assert [flag.id for flag in screen(row).present] == ["trauma"]  # type: ignore[arg-type]  # met in notebooks


def item_state(found: SafetyScreen) -> str | None:
    return found.items[0].state if found.items else None


@pytest.mark.parametrize("column", ["epds_item_10", "EPDS10", "epds_10", "EPDS_item_10"])
@pytest.mark.parametrize(
    ("answer", "state"),
    [(0, "absent"), ("0", "absent"), (1, "present"), (3.0, "present"), ("2", "present"), (None, "not_recorded")],
)
def test_item_ten_has_its_own_action_and_does_not_withhold(column: str, answer: object, state: str) -> None:
    found = screen(NONE | {column: answer, "epds_total": 2})
    assert item_state(found) == state
    assert bool(found.alerts) == (state == "present")
    assert not found.withhold
    if found.alerts:
        assert "self-harm" in found.alerts[0].item.action
        assert found.most_urgent == "now"


@pytest.mark.parametrize(
    ("answer", "state"), [(1, "present"), (2, "present"), ("3", "present"), (4, "absent"), (None, "not_recorded")]
)
def test_the_item_as_a_position_from_the_top_counts_the_other_way(answer: object, state: str) -> None:
    assert item_state(screen(NONE | {"epds_answer_10": answer})) == state


@pytest.mark.parametrize("answer", [0, 5])
def test_points_in_a_column_of_positions_are_refused(answer: object) -> None:
    with pytest.raises(InputError, match="whole number from 1 to 4"):
        screen(NONE | {"epds_answer_10": answer})


def test_without_the_item_among_the_inputs_nothing_is_said_about_it() -> None:
    assert screen(NONE).items == ()


def test_two_columns_for_one_item_give_the_higher_answer() -> None:
    assert item_state(screen(NONE | {"epds_item_10": 0, "EPDS10": 1})) == "present"


@pytest.mark.parametrize("answer", [4, -1, 0.5, "often", True, "²"])
def test_an_impossible_answer_to_the_item_is_refused(answer: object) -> None:
    with pytest.raises(InputError, match="whole number from 0 to 3"):
        screen(NONE | {"epds_item_10": answer})


@pytest.mark.parametrize(
    "column",
    [" red_flag_cancer_history", "red flag_cancer_history", "Red_Flag_Cancer_History", "red-flag-cancer-history"],
)
def test_a_red_flag_under_a_slightly_other_name_is_refused_not_overlooked(column: str) -> None:
    with pytest.raises(InputError, match="no red-flag rule reads column"):
        screen(NONE | {column: "yes"})


def test_a_score_of_thousands_of_digits_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="whole number from 0 to 3"):
        screen(NONE | {"epds_item_10": "9" * 5000})
