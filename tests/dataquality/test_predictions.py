"""Risks that claim certainty, and risks that run against the outcome."""

import numpy as np

from cds.dataquality.predictions import certain_risks, reversed_risks
from tests.dataquality.studies import by_code, study


def test_risks_of_exactly_zero_and_one_are_counted() -> None:
    risk = np.r_[0.0, 0.0, 1.0, np.linspace(0.1, 0.9, 97)]
    [fault] = by_code(certain_risks(study(risk=risk)))["DQ005"]
    assert (fault.severity, fault.details) == ("warning", {"zero": 2, "one": 1, "rows": 100})


def test_risks_that_run_against_the_outcome_are_a_warning() -> None:
    [fault] = by_code(reversed_risks(study(risk=np.linspace(0.95, 0.05, 100))))["DQ007"]
    assert fault.severity == "warning"
    # By hand: the step is 0.9 / 99 = 1/110, so the means differ by 50/110, and 50 equally spaced values have the
    # variance 50 * 51 / 12 / 110**2.
    np.testing.assert_allclose(fault.details["difference"], -50 / 110, rtol=1e-12)
    np.testing.assert_allclose(fault.details["standard_error"], (2 * (50 * 51 / 12 / 110**2) / 50) ** 0.5, rtol=1e-12)


def test_risks_without_relation_to_the_outcome_are_no_reversal() -> None:
    [row] = by_code(reversed_risks(study(risk=np.tile([0.2, 0.4], 50))))["DQ007"]
    assert row.severity is None


def test_few_events_cannot_show_a_reversal() -> None:
    [row] = by_code(reversed_risks(study(outcome=[1.0] * 9 + [0.0] * 91)))["DQ007"]
    assert "fewer than 10" in row.record()["reason"]
