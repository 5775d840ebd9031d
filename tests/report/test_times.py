"""Times in words, and phrases that do not say the time twice."""

import pytest

from cds.report.times import main_horizon, span, within, without_time
from cds.report.wording import sentences
from tests.report import survival_cases as made

SAY = sentences("en")


@pytest.mark.parametrize(
    ("time", "unit", "said"),
    [(1.0, "years", "1 year"), (2.5, "years", "2.5 years"), (1.0, "visits", "1 visits"),
     (90.0, "", "90 (unit of time not stated)")],
)  # fmt: skip
def test_a_time_is_written_with_its_unit(time: float, unit: str, said: str) -> None:
    assert span(time, unit, SAY) == said
    assert within(time, unit, SAY) == f"within {said}"


@pytest.mark.parametrize(
    ("phrase", "left"),
    [("have recovered within 365 days", "have recovered"), ("have pain by 90 days", "have pain"),
     ("have pain for 90 days", "have pain for 90 days"), ("have recovered", "have recovered"),
     ("rest within 42 days or work", "rest within 42 days or work")],
)  # fmt: skip
def test_a_horizon_at_the_end_of_a_phrase_is_left_to_the_page(phrase: str, left: str) -> None:
    assert without_time(phrase, made.card(), SAY) == left


def test_the_page_is_about_the_last_horizon_unless_the_card_puts_another_first() -> None:
    shown = made.risks(0.1, 0.2, 0.3)
    assert main_horizon(made.card(), shown) == 365
    assert main_horizon(made.card(main_horizon=90.0), shown) == 90
    assert main_horizon(made.card(main_horizon=90.0), None) == 90
    assert main_horizon(made.made.card(), None) is None
