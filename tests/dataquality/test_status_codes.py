"""Codes that were taken as competing events undeclared are told, rare ones and the lack of any as a warning."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cds.core.cohort import Cohort
from cds.core.protocol import MeasuresSection, ValidationProtocol
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import Study
from cds.dataquality.status_codes import status_codes
from tests.dataquality.studies import study as binary_study


def study(status, **outcome) -> Study:
    n = len(status)
    sample = CompetingRisksSample(
        time=np.arange(1.0, n + 1), status=np.asarray(status), risk=np.full((n, 1), 0.3), horizons=(90.0,)
    )
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "t", "version": "1", "question": "Do the risks hold?",
            "time_unit": "days", "time_zero": "first visit", "measures": {"horizons": [90]},
            "outcome": {"kind": "competing_risks", "time": "days", "status": "how", **outcome},
            "predictions": {"risk": {"90": "r"}},
            "criteria": [{"measure": "observed_expected", "horizon": 90, "at_most": 2, "rationale": "r"}],
        }
    )  # fmt: skip
    cohort = Cohort(patients=np.arange(n).astype(str), features=pd.DataFrame(index=range(n)))
    made = Study(cohort=cohort, samples=(sample,), measures={}, settings=MeasuresSection(horizons=(90.0,)))
    return replace(made, protocol=protocol)


def test_a_common_undeclared_code_is_told_with_its_count():
    [found] = status_codes(study([1] * 40 + [0] * 40 + [2] * 20))
    assert (found.code, found.severity, found.details["codes"]) == ("DQ024", "info", {"2": 20})
    assert "taken as competing events: 2 in 20 rows. If they are meant, declare" in found.verdict_reason


def test_a_rare_one_is_a_warning_and_not_printed():
    [found] = status_codes(study([1] * 90 + [0] * 90 + [2] * 20 + [7]))
    assert found.severity == "warning"
    assert "2 in 20 rows; one code in fewer than 11 rows. Is a rare one a typing error?" in found.verdict_reason
    assert "7" not in found.verdict_reason and "7" not in found.details["codes"]


def test_the_files_own_code_is_told_where_another_than_0_means_censored():
    [found] = status_codes(study([1] * 40 + [0] * 40 + [9] * 20, censored=9))
    assert found.details["codes"] == {"0": 20}


def test_declared_codes_are_clear():
    [found] = status_codes(study([1] * 40 + [0] * 40 + [2] * 20, others=[2]))
    assert found.severity is None


def test_competing_risks_without_a_competing_event_are_a_warning():
    [found] = status_codes(study([1] * 40 + [0] * 60))
    assert found.severity == "warning" and found.verdict_reason.startswith("Nobody had a competing event")


def test_other_outcomes_have_no_status_codes():
    assert [one.severity for one in status_codes(binary_study())] == [None]
