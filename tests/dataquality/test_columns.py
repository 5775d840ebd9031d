"""Whole rows as codes: equal values have equal codes, missing ones −1."""

import numpy as np

from cds.core.outcome import Binary, CompetingRisks, Continuous, Nominal, Repeated
from cds.dataquality.columns import OUTCOME, coded_inputs, coded_outcome, first_rows
from tests.dataquality.planted import rows, study


def test_equal_values_have_equal_codes_and_missing_ones_none() -> None:
    frame = rows(n=4).assign(work=["a", None, "a", "b"], age=[1.0, np.nan, 2.0, 1.0])
    codes = coded_inputs(study(frame))
    assert codes["work"].tolist() == [0, -1, 0, 2] or codes["work"].tolist() == [0, -1, 0, 1]
    assert codes["age"].tolist() == [0, -1, 1, 0]
    assert "tsk" in codes and "tsk" not in coded_inputs(study(frame), totals=False)


def test_every_kind_of_outcome_has_its_columns() -> None:
    value, event = np.array([1.0, np.nan, 1.0]), np.array([0.0, 1.0, 0.0])
    assert coded_outcome(Binary(event))[OUTCOME].tolist() == [0, 1, 0]
    assert coded_outcome(Continuous(value, "points"))[OUTCOME].tolist() == [0, -1, 0]
    assert coded_outcome(Nominal(np.array([0, 1, 0]), ("a", "b")))[OUTCOME].tolist() == [0, 1, 0]
    assert coded_outcome(Repeated(Continuous(value, "points"), event))[OUTCOME].tolist() == [0, -1, 0]
    assert set(coded_outcome(CompetingRisks(event + 1, np.array([0, 1, 2]), "days"))) == {"(time)", OUTCOME}
    assert coded_outcome(None) == {}


def test_the_first_row_of_each_patient_is_taken() -> None:
    made = study(rows(n=4), patients=np.array(["b", "a", "b", "c"]))
    assert first_rows(made).tolist() == [0, 1, 3]
