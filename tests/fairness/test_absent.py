"""An attribute that the protocol names and the data lack is said."""

from dataclasses import replace

from cds.core.measure import NotEstimable
from cds.fairness.absent import absent
from cds.fairness.validator import validate
from tests.studies import answered, parts


def test_an_absent_attribute_is_a_finding_without_a_number() -> None:
    made = answered()
    reason = "the data have no column 'edu', which the protocol names as a group"
    (finding,) = absent(replace(made, cohort=replace(made.cohort, absent={"edu": reason})))
    assert finding.result == NotEstimable(reason)
    assert (finding.attribute, finding.group) == ("edu", None)
    assert not list(absent(made))


def test_the_validator_tells_it() -> None:
    made = answered()
    found, _, _ = parts(validate(replace(made, cohort=replace(made.cohort, absent={"edu": "no such column"}))))
    assert [f.measure for f in found] == ["group_membership"]
