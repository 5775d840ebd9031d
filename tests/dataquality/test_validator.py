"""Every data check has a row: a fault, nothing found, or the reason why it could not run."""

from cds.core.finding import Finding
from cds.core.measure import NotEstimable
from cds.dataquality.validator import CHECKS, validate
from tests.dataquality.studies import DEVELOPED, by_code, study


def test_codes_and_names_differ_and_each_check_has_a_source() -> None:
    assert [check.code for check in CHECKS] == [f"DQ{number:03d}" for number in range(1, len(CHECKS) + 1)]
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.what and check.source for check in CHECKS)


def test_a_clean_study_has_one_clear_row_per_check() -> None:
    found = by_code(validate(study(DEVELOPED)))
    assert set(found) == {check.code for check in CHECKS}
    for [finding] in found.values():
        assert finding.severity is None
        assert finding.record()["status"] == "checked"


def test_without_a_card_the_checks_of_inputs_say_why_they_did_not_run() -> None:
    found = by_code(validate(study(None)))
    assert set(found) == {check.code for check in CHECKS}
    for code in ("DQ001", "DQ002", "DQ003", "DQ004"):
        [finding] = found[code]
        assert isinstance(finding.result, NotEstimable)
        assert (finding.severity, finding.verdict) == (None, None)


def test_faults_carry_no_verdict_and_no_value_of_a_patient() -> None:
    ages = [4321.125, *[30.0] * 99]
    for finding in validate(study(age=ages)):
        if isinstance(finding, Finding):
            assert finding.verdict is None
            assert "4321" not in str(finding.record())
