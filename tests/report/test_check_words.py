"""The checks of an explanation in words."""

from __future__ import annotations

import pytest

from cds.core.explanation import Check
from cds.report.check_words import check_sentence, why_withheld
from cds.report.wording import sentences
from tests.report.patient_cases import card, explanation

SAY = sentences("en")


def told(name: str, value: float, limit: float) -> str:
    return check_sentence(Check(name, value, limit, value >= limit), "probability", card(), SAY)


def test_a_value_below_its_limit_is_never_printed_as_the_limit() -> None:
    assert "correlation 0.49, limit 0.50" in told("stability", 0.4999, 0.5)
    assert "as 94 % of random orders; limit 95 %" in told("faithfulness", 0.949, 0.95)
    assert "correlation −0.13, limit 0.50" in told("stability", -0.125, 0.5)


def test_two_failed_checks_are_one_sentence() -> None:
    failed = explanation(checks=(Check("additivity", 0.031, 0.001, False), Check("repeatability", 0.02, 0.001, False)))
    assert why_withheld(failed, card(), SAY) == (
        "Explanation withheld: the contributions differ from the model’s estimate by 3.1 points (limit 0.1); "
        "asked again about the same inputs, the model’s estimates differ by up to 2 points (limit 0.1). "
        "The estimate is unchanged. Do not infer reasons for it."
    )


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "reason",
    ["no_measurement_error", "none_recorded", "infinite", "refused", "another_failed", "single_input", "nothing_moves",
     "nothing_to_rank"],
)  # fmt: skip
def test_every_reason_not_to_run_has_words_and_withholds_nothing(language: str, reason: str) -> None:
    check = Check("stability", None, 0.5, None, reason)
    assert check_sentence(check, "probability", card(), sentences(language))
    assert explanation(checks=(check,)).withheld is None
