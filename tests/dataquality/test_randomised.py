"""Eligible patients without an arm are told: they leave the intention-to-treat set."""

from dataclasses import replace

import pytest

from cds.core.protocol import ValidationProtocol
from cds.core.study import Study
from cds.dataquality.randomised import without_arm
from tests.dataquality.studies import study

TRIAL = {"arm": "group", "control": 0, "eligible": {"column": "ok", "value": 1}}


def trial(missing: int, small_cell: int = 1) -> Study:
    made = study(None)
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "t", "version": "1", "question": "Does it help?",
            "outcome": {"kind": "continuous", "column": "pain"}, "trial": TRIAL, "cohort": {"small_cell": small_cell},
            "criteria": [{"measure": "treatment_effect", "at_most": 0, "category": "1"}],
        }
    )  # fmt: skip
    return replace(made, cohort=replace(made.cohort, without_arm=missing), protocol=protocol)


@pytest.mark.parametrize(
    ("missing", "small_cell", "told"),
    [
        (1, 1, "1 eligible patient has no arm in column 'group' and is left out"),
        (12, 11, "12 eligible patients have no arm"),
        (2, 11, "Fewer than 11 eligible patients have no arm"),
    ],
)
def test_eligible_patients_without_an_arm_are_a_warning(missing: int, small_cell: int, told: str) -> None:
    [fault] = without_arm(trial(missing, small_cell))
    assert (fault.code, fault.severity) == ("DQ023", "warning")
    assert fault.verdict_reason is not None and fault.verdict_reason.startswith(told)


def test_nothing_is_told_where_everyone_has_an_arm_or_there_is_no_trial() -> None:
    assert [one.severity for made in (trial(0), study(None)) for one in without_arm(made)] == [None, None]
