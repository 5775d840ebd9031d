"""What the utility family hands over: findings, the decision curve, and what happens to 1,000 patients."""

from cds.utility.validator import per_thousand, validate
from tests.samples import small
from tests.studies import answered, parts


def test_findings_curve_and_table():
    findings, curves, tables = parts(validate(answered()))
    assert {f.threshold for f in findings} == {0.2, 0.4} and {f.family for f in findings} == {"utility"}
    assert [c.name for c in curves] == ["decision"] and [t.name for t in tables] == ["per_thousand"]


def test_without_thresholds_only_the_curve_is_left():
    findings, curves, tables = parts(validate(answered(thresholds=())))
    assert not findings and len(curves) == 1 and not tables


def test_of_a_thousand_patients_by_hand():
    # Of 24: 7 found, 4 missed, 4 wrongly flagged, 9 rightly left at .5; net benefit 7/24 − 4/24; all: 11/24 − 13/24.
    (row,) = per_thousand(small(), (0.5,)).rows
    assert row == ("0.5", "292", "167", "167", "375", "125", "-83", "0")
