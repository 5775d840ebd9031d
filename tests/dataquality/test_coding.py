"""An input that never varies is a wrong column, or a cohort chosen by it."""

import numpy as np

from cds.dataquality.coding import constant_inputs
from tests.dataquality.studies import by_code, study


def test_a_constant_input_is_a_warning() -> None:
    [fault] = by_code(constant_inputs(study(sex=["f"] * 100)))["DQ004"]
    assert (fault.severity, fault.parameters) == ("warning", {"input": "sex"})


def test_a_constant_beside_missing_values_is_still_constant() -> None:
    [fault] = by_code(constant_inputs(study(age=np.r_[np.nan, np.full(99, 30.0)])))["DQ004"]
    assert fault.severity == "warning"


def test_an_input_that_is_missing_throughout_is_left_to_the_check_of_missing_inputs() -> None:
    [row] = by_code(constant_inputs(study(age=np.full(100, np.nan))))["DQ004"]
    assert row.severity is None
