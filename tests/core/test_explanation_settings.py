"""The limits that a card may set for its explanations."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from cds.core.explanation_settings import ExplanationSettings


def test_a_card_without_limits_has_the_documented_ones() -> None:
    limits = ExplanationSettings().limits
    assert (limits.additivity, limits.stability, limits.faithfulness) == (1e-6, 0.5, 0.95)


@pytest.mark.parametrize(
    "limits",
    [
        {"additivity": 0},
        {"additivity": -0.1},
        {"stability": 1.0},
        {"stability": -0.2},
        {"faithfulness": 0},
        {"faithfulness": 1.01},
        {"stabilty": 0.5},
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(limits))):
        ExplanationSettings.model_validate({"limits": limits})
