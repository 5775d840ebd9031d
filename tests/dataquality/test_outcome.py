"""One class only blocks: nothing can be judged."""

import pytest

from cds.dataquality.outcome import outcome_classes
from cds.dataquality.validator import validate
from tests.dataquality.studies import CARD, by_code, study


@pytest.mark.parametrize(("value", "who"), [(0.0, "No patient"), (1.0, "Every patient")])
def test_one_class_only_blocks(value: float, who: str) -> None:
    [fault] = by_code(outcome_classes(study(outcome=[value] * 100)))["DQ006"]
    assert fault.severity == "blocking"
    assert str(fault.verdict_reason).startswith(who)


def test_another_outcome_column_than_the_cards_blocks_until_it_is_accepted() -> None:
    [finding] = by_code(validate(study(column="died")))["DQ008"]
    assert finding.severity == "blocking"
    assert "'died'" in str(finding.record()["reason"]) and "'y'" in str(finding.record()["reason"])


def test_the_cards_own_outcome_column_is_clear() -> None:
    [finding] = by_code(validate(study()))["DQ008"]
    assert finding.severity is None and finding.record()["status"] == "checked"


def test_a_card_without_an_outcome_column_leaves_the_check_unrun() -> None:
    card = CARD.model_copy(update={"outcome_column": ""})
    [finding] = by_code(validate(study(card)))["DQ008"]
    assert finding.record()["status"] == "not_estimable"
