"""What the overall family hands over."""

from cds.core.finding import Finding
from cds.overall.validator import validate
from tests.studies import answered


def test_it_hands_over_its_findings_and_nothing_else():
    found = list(validate(answered()))
    assert all(isinstance(one, Finding) and one.family == "overall" for one in found)
    assert {one.measure for one in found if isinstance(one, Finding)} == {
        "brier", "scaled_brier", "log_loss", "nagelkerke_r2", "spiegelhalter_z",
    }  # fmt: skip
