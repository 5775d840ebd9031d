"""Implausible values are warnings; a wrong unit blocks."""

import numpy as np

from cds.core.model import Feature, ModelCard
from cds.dataquality.plausibility import plausibility
from tests.dataquality.studies import by_code, study


def test_values_outside_the_plausible_range_are_a_warning_with_counts() -> None:
    ages = np.r_[150.0, 5.0, np.linspace(20, 80, 98)]
    [fault] = by_code(plausibility(study(age=ages)))["DQ001"]
    assert fault.severity == "warning"
    assert fault.details == {"outside": 2, "rows": 100}
    assert fault.parameters == {"input": "age"}
    assert "2 of 100 values lie outside the plausible range 18 to 100 years" in str(fault.verdict_reason)


def test_heights_in_metres_block() -> None:
    found = by_code(plausibility(study(height=np.linspace(1.5, 1.9, 100))))
    [fault] = found["DQ002"]
    assert fault.severity == "blocking"
    assert "Perhaps written in metres?" in str(fault.verdict_reason)
    [clear] = found["DQ001"]
    assert clear.severity is None


def test_a_card_without_ranges_cannot_be_checked_and_says_so() -> None:
    card = ModelCard(name="m", version="1", outcome="binary", inputs=(Feature(name="age", type="number"),))
    for [finding] in by_code(plausibility(study(card))).values():
        assert finding.record()["reason"] == "the card declares no plausible ranges"
