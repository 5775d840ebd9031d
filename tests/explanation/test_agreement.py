"""Agreement of SHAP and LIME: informative, counted by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cds.core.errors import DataError
from cds.core.explanation import Explanation, LocalSurrogate
from cds.explanation.agreement import agreement


def shap(values: Mapping[str, float], output: str = "event") -> Explanation:
    return Explanation(output, "log_odds", 0.0, values, sum(values.values()), "exact", True, 1, "")


def lime(contributions: Mapping[str, float]) -> LocalSurrogate:
    return LocalSurrogate("event", contributions, 0.9, 0.5, 0.5, 1.0, 20, (1,), contributions)


def test_equal_values_agree_in_every_sign_and_rank() -> None:
    values = {"a": 3.0, "b": -2.0, "c": 1.0, "d": 0.0}
    found = agreement(shap(values), lime(values))
    assert (found.same_sign, found.opposite, found.rank_correlation) == (1.0, (), 1.0)
    assert found.compared == ("a", "b", "c")


def test_opposite_signs_and_reversed_ranks_are_told() -> None:
    found = agreement(shap({"a": 3.0, "b": 2.0, "c": 1.0}), lime({"a": 1.0, "b": -2.0, "c": 3.0}))
    assert found.opposite == ("b",)
    assert found.same_sign == pytest.approx(2 / 3)
    assert found.rank_correlation == pytest.approx(-1.0)


def test_only_the_strongest_of_either_are_compared() -> None:
    one = {name: float(9 - rank) for rank, name in enumerate("abcdefg")}
    other = {name: float(rank + 1) for rank, name in enumerate("abcdefg")}
    found = agreement(shap(one), lime(other))
    assert set(found.compared) == set("abcdefg")
    assert set(found.shared) == set("cde")


def test_ranks_of_two_inputs_or_of_ties_have_no_correlation() -> None:
    assert agreement(shap({"a": 1.0, "b": 2.0}), lime({"a": 1.0, "b": 2.0})).rank_correlation is None
    tied = {"a": 1.0, "b": 1.0, "c": 1.0}
    assert agreement(shap(tied), lime(tied)).rank_correlation is None


def test_different_outputs_are_refused() -> None:
    with pytest.raises(DataError, match="different outputs"):
        agreement(shap({"a": 1.0}, output="365"), lime({"a": 1.0}))
