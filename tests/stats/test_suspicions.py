"""Suspicious inputs are remarked on, with their rows and a likely cause, and never quoted."""

import pandas as pd
import pytest

from cds.core.model_card import Feature, ModelCard
from cds.stats.suspicions import suspicions

CARD = ModelCard(
    name="m",
    version="1",
    outcome="binary",
    inputs=(Feature(name="age", type="number", unit="years", range=(18, 100)),),
)


def test_a_value_outside_the_plausible_range_is_suspicious_and_not_quoted() -> None:
    (found,) = suspicions(CARD, pd.DataFrame({"age": [30, 417]}))
    assert (found.code, found.input, found.rows, found.likely_cause) == ("out_of_range", "age", (1,), "")
    assert found.sentence == "age: 1 of 2 values lie outside the plausible range 18 to 100 years."


@pytest.mark.parametrize(
    ("unit", "low", "high", "values", "cause"),
    [
        ("cm", 120, 220, [1.62, 1.75, 1.81], "perhaps written in metres"),
        ("kg", 30, 120, [150, 176, 198], "perhaps written in pounds"),
        ("years", 18, 100, [360, 480, 700], "perhaps written in months"),
        ("", 0, 10, [35, 60, 80], "perhaps written in a scale from 0 to 100"),
    ],
)
def test_a_mistaken_unit_is_recognised(unit: str, low: float, high: float, values: list[float], cause: str) -> None:
    card = ModelCard(
        name="m",
        version="1",
        outcome="binary",
        inputs=(Feature(name="x", type="number", unit=unit, range=(low, high)),),
    )
    (found,) = suspicions(card, pd.DataFrame({"x": values}))
    assert (found.code, found.rows, found.likely_cause) == ("wrong_unit", (0, 1, 2), cause)


def test_a_scale_to_ten_inside_a_scale_to_a_hundred_is_recognised() -> None:
    card = ModelCard(
        name="m", version="1", outcome="binary", inputs=(Feature(name="odi", type="number", range=(0, 100)),)
    )
    (found,) = suspicions(card, pd.DataFrame({"odi": [3.0, 7.0] * 10}))
    assert found.likely_cause == "perhaps written on a scale from 0 to 10"
    assert suspicions(card, pd.DataFrame({"odi": [3.0, 70.0] * 10})) == []
