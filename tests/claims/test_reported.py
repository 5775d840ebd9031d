"""Rounded numbers are intervals."""

from typing import Any

import pytest

from cds.claims.reported import read_claims, read_number
from cds.core.errors import CardError


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ("0.90", 0.895, 0.905),
        (0.9, 0.85, 0.95),
        (".851", 0.8505, 0.8515),
        ("94.8%", 0.9475, 0.9485),
        ("94.8 %", 0.9475, 0.9485),
        ("5 %", 0.045, 0.055),
        ("0,81", 0.805, 0.815),
        (1e-3, 0.0005, 0.0015),
    ],
)
def test_half_a_unit_of_the_last_decimal_lies_to_each_side(given: object, low: float, high: float) -> None:
    assert read_number(given).bounds == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))


def test_a_whole_unit_where_digits_may_have_been_cut_off() -> None:
    assert read_number("0.90", any_rounding=True).bounds == (0.89, 0.91)


@pytest.mark.parametrize("given", [True, None, "high", "nan", [0.9], ""])
def test_what_is_no_number_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="number"):
        read_number(given)


def test_shares_and_counts_are_told_from_each_other() -> None:
    (one,) = read_claims({"recall": "0.80", "n": 200, "events": 50, "observed_expected": 1.1, "auroq": 0.7})
    assert one.shares["sensitivity"].text == "0.80"
    assert one.prevalence is not None and one.prevalence.bounds == (0.25, 0.25)
    assert one.others == ("observed_expected", "auroq (Did you mean 'auroc'?)")


def test_four_counts_give_n_and_prevalence() -> None:
    (one,) = read_claims({"tp": 12, "fn": 8, "fp": 10, "tn": 70})
    assert one.n == 100 and one.prevalence is not None and one.prevalence.value == 0.2


def test_sets_share_what_they_do_not_override() -> None:
    first, second = read_claims(
        {"n": 100, "sets": [{"name": "forest", "accuracy": "0.90"}, {"name": "tree", "n": 50, "accuracy": "0.80"}]}
    )
    assert (first.name, first.n, second.name, second.n) == ("forest", 100, "tree", 50)


def test_a_set_may_override_a_number_under_another_of_its_names() -> None:
    (one,) = read_claims({"auc": "0.80", "sets": [{"auroc": "0.70"}]})
    assert one.shares["auroc"].text == "0.70"


def test_a_float_that_may_have_lost_a_zero_is_told() -> None:
    (one,) = read_claims({"accuracy": 0.9, "f1": 0.8, "auroc": 0.81})
    assert one.remarks[0].startswith("accuracy and f1 are read as rounded to one decimal")
    assert read_claims({"accuracy": "0.90"})[0].remarks == ()


def test_no_claims_are_no_sets() -> None:
    assert read_claims({}) == ()


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"accuracy": 94.8}, 'write a percentage as "94.8%"'),
        ({"accuracy": True}, "claims.accuracy must be a number"),
        ({"n": 10.5}, "claims.n must be a whole number"),
        ({"n": 0}, "n must be at least 1"),
        ({"n": 10, "events": 11}, "events (11) exceed n (10)"),
        ({"n": 10, "tp": 1, "fp": 1, "tn": 1, "fn": 1}, "add up to 4, not to n = 10"),
        ({"events": 3, "tp": 1, "fn": 1}, "add up to 2, not to events = 3"),
        ({"evaluation": "guess"}, "claims.evaluation must be one of apparent"),
        ({"threshold": 2}, "claims.threshold must be a number strictly between 0 and 1"),
        ({"averaged": "yes"}, "claims.averaged must be true or false"),
        ({"sets": 1}, "must be tables"),
        ({"auroc": "1e99999999"}, "claims.auroc must be a number with at most 20 digits"),
        ({"auroc": "1e-99999999"}, "claims.auroc must be a number with at most 20 digits"),
        ({"auroc": "1e99999999%"}, "claims.auroc must be a number with at most 20 digits"),
        ({"auroc": "1e" + "9" * 30}, "claims.auroc must be a number"),
        ({"auroc": float("inf")}, "claims.auroc must be a finite number"),
        ({"n": 10**400}, "claims.n must be a whole number, at least 0 and at most 10¹²"),
        ({"auroc_low": "0.80", "auroc_high": "0.70"}, "auroc_low (0.80) is above auroc_high (0.70)"),
        ({"auc": "0.80", "auroc": "0.70"}, "auc and auroc are names of the same number, auroc; keep one of them"),
        ({"auc": "0.80", "c_statistic": "0.80"}, "auc and c_statistic are names of the same number"),
    ],
)
def test_what_cannot_be_read_is_told(claims: dict[str, Any], told: str) -> None:
    with pytest.raises(CardError) as error:
        read_claims(claims, where="card.toml")
    assert told in str(error.value) and str(error.value).startswith("card.toml: ")


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(CardError) as error:
        read_claims({"accuracy": 2, "n": -1, "f1_average": "mean"})
    assert len(str(error.value).splitlines()) == 3
