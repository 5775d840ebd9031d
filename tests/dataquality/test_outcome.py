"""One class only blocks: nothing can be judged."""

import pytest

from cds.dataquality.outcome import outcome_classes
from tests.dataquality.studies import by_code, study


@pytest.mark.parametrize(("value", "who"), [(0.0, "No patient"), (1.0, "Every patient")])
def test_one_class_only_blocks(value: float, who: str) -> None:
    [fault] = by_code(outcome_classes(study(outcome=[value] * 100)))["DQ006"]
    assert fault.severity == "blocking"
    assert str(fault.verdict_reason).startswith(who)
