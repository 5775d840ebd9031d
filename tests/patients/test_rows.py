"""A patient's row by pseudonym, or by position where the data have no pseudonyms."""

import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.patients.rows import rows_asked

NAMED = pd.DataFrame({"patient": ["a", "b"], "id": [7, 8]})


def test_a_position_is_never_shown_as_a_pseudonym() -> None:
    ids, rows = rows_asked(NAMED[["id"]], "patient", ["1", "row 0"])
    assert (ids, rows) == (["row 0", "row 1"], [1, 0])


def test_every_row_where_none_is_named() -> None:
    assert rows_asked(NAMED, "id", None) == (["7", "8"], [0, 1])


def test_an_unknown_patient_names_the_column_searched_and_not_the_patient() -> None:
    with pytest.raises(DataError, match="the patient asked for is not in column 'patient'") as caught:
        rows_asked(NAMED, "patient", ["CANARY"])
    assert "CANARY" not in str(caught.value)
