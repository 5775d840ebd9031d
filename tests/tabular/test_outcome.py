"""A binary outcome holds the declared values and nothing else."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cds.core.errors import DataError
from cds.core.protocol import BinaryOutcome
from cds.tabular.outcome import binary_outcome
from cds.tabular.outcomes import refuse_missing


def read(values: list[Any], **rule: Any) -> list[float]:
    column = pd.Series(values, name="y")
    return binary_outcome(column, BinaryOutcome(kind="binary", column="y", **rule)).event.tolist()


def refused(values: list[Any], **rule: Any) -> str:
    with pytest.raises(DataError) as error:
        read(values, **rule)
    return str(error.value)


def test_values_are_compared_as_written() -> None:
    assert read([0, 1, 1]) == [0, 1, 1]
    assert read([0.0, 1.0, 1.0]) == [0, 1, 1]
    assert read(["0", "1", "1"]) == [0, 1, 1]
    assert read([True, False], positive=True) == [1, 0]
    assert read(["no", "yes"], positive="yes") == [0, 1]
    assert read([2, 1, 2], positive=2) == [1, 0, 1]


def test_missing_outcomes_are_nan() -> None:
    np.testing.assert_equal(read([1, None, 0]), [1, np.nan, 0])


def test_one_class_only_is_legal_here() -> None:
    assert read([0, 0]) == [0, 0]
    assert read([1, 1]) == [1, 1]


def test_another_value_than_declared_is_refused_by_position_and_not_quoted() -> None:
    told = refused([0, 1, 77, 1, 0], negative=0)
    assert "neither the declared positive nor the negative value in 1 of 5 rows, at row 2" in told
    assert "77" not in told


def test_a_value_that_eleven_rows_share_is_quoted() -> None:
    assert "'unknown' in 11 rows" in refused(["yes", "no", *["unknown"] * 11], positive="yes", negative="no")
    assert "unknown" not in refused(["yes", "no", *["unknown"] * 10], positive="yes", negative="no")


def test_without_a_declared_negative_two_others_are_unclear() -> None:
    told = refused([*[0] * 20, 1, 2])
    assert (
        "besides the positive value 2 others ('0' in 20 rows); the rarer ones stand in 1 of 22 rows, at row 21" in told
    )
    assert "Write negative = " in told


def test_positive_and_negative_must_differ() -> None:
    assert "are both '1'" in refused([0, 1], positive=1, negative="1")


def test_missing_outcomes_are_refused_with_count_and_positions() -> None:
    outcome = binary_outcome(pd.Series([1, None, 0, None]), BinaryOutcome(kind="binary", column="y"))
    with pytest.raises(DataError, match="missing in 2 of 4 rows, at rows 1, 3"):
        refuse_missing(outcome, "y")
    with pytest.raises(DataError, match="outcome column 'days' or 'event' is missing in 2 of 4 rows"):
        refuse_missing(outcome, "days", "event")


def test_a_column_that_never_holds_the_positive_value_is_refused_with_what_it_holds() -> None:
    told = refused([*["yes"] * 12, *["no"] * 20, "secret"])
    assert "outcome column 'y' never holds 1; it holds 'no' in 20 rows, 'yes' in 12 rows, 1 rarer value, not" in told
    assert 'positive = "yes"' in told
    assert "secret" not in told
    assert 'positive = "…"' in refused(["a", "b"])


def test_nobody_with_the_event_is_legal_where_the_column_says_so() -> None:
    assert read(["no", "no"], positive="yes") == [0, 0]
    assert read(["healthy"] * 2, positive="ill", negative="healthy") == [0, 0]
    assert "never holds ill" in refused(["healthy"] * 2, positive="ill")


def test_a_declared_true_is_every_spelling_of_it() -> None:
    for words in (["TRUE", "FALSE"], ["true", "false"], [True, False]):
        assert read(words, positive=True) == [1, 0]


def test_rare_stray_values_are_said_not_to_be_shown() -> None:
    assert "Rarer values are not shown, to protect patients" in refused([0, 1, 77, 1, 0], negative=0)
    assert "Rarer" not in refused([*["no"] * 2, "yes", *["unknown"] * 11], positive="yes", negative="no")
