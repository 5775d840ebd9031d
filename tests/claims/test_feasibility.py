"""Numbers that cannot be true together."""

from typing import Any

import pytest

from cds.claims.feasibility import feasibility_claims
from cds.claims.finding import ClaimFinding
from cds.claims.reported import read_claims


def found(**claims: Any) -> list[ClaimFinding]:
    return list(feasibility_claims(read_claims(claims)[0]))


def test_an_f1_out_of_reach_is_impossible_and_may_be_another_average() -> None:
    (one,) = found(f1="0.851", prevalence="27%", error="0.147")
    assert one.judgement == "impossible" and one.claim == "F1 0.851"
    assert "each taken as any value that is printed so, F1 lies between 0.614 and 0.790" in one.sentence
    printed = "With the numbers as printed: F1 is greatest when nobody with the outcome is missed, "
    assert printed + "2 × 0.27 / (2 × 0.27 + 0.147) = 0.786." in one.sentence
    assert "weighted by their size" in one.sentence


def test_the_same_f1_declared_as_another_classs_is_judged_as_that() -> None:
    (one,) = found(f1="0.851", prevalence="27%", error="0.147", f1_average="negative")
    assert one.judgement == "impossible" and "without the outcome" in one.claim
    assert found(f1="0.900", prevalence="27%", error="0.147", f1_average="negative")[0].judgement == "consistent"


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"ppv": "0.90"}, "ppv = 0.471"),
        ({"npv": "0.80"}, "npv = 0.976"),
        ({"accuracy": "0.80"}, "= 0.890, error 0.110"),
    ],
)
def test_bayes_rule_is_shown(claims: dict[str, str], told: str) -> None:
    (one,) = found(prevalence="0.100", sensitivity="0.800", specificity="0.900", **claims)
    assert one.judgement == "impossible" and told in one.sentence


def test_f1_is_the_harmonic_mean() -> None:
    (one,) = found(sensitivity="0.80", ppv="0.60", f1="0.75")
    assert one.judgement == "impossible" and "= 0.686." in one.sentence


def test_numbers_that_agree_are_shown_with_a_table() -> None:
    (one,) = found(sensitivity="0.60", specificity="0.88", accuracy="0.82", n=100, events=20)
    assert one.judgement == "consistent"
    assert "12 found, 8 missed, 10 wrongly flagged and 70 rightly left" in one.sentence


def test_no_whole_patients_is_impossible_too() -> None:
    (one,) = found(sensitivity="0.83", specificity="0.91", n=24, events=10)
    assert one.judgement == "impossible" and "no table of 24 whole patients" in one.sentence


def test_counts_are_numbers_too() -> None:
    (one,) = found(tp=12, fn=8, fp=10, tn=70, sensitivity="0.70")
    assert one.judgement == "impossible" and "sensitivity" in one.claim


def test_exact_counts_are_not_said_to_be_rounded() -> None:
    (one,) = found(tp=12, fn=8, fp=10, tn=70, sensitivity="0.70")
    assert "printed so" not in one.sentence and "as printed" not in one.sentence


def test_averages_over_folds_need_not_agree() -> None:
    (one,) = found(f1="0.851", prevalence="27%", error="0.147", averaged=True)
    assert one.judgement == "cannot be checked"


def test_too_few_numbers_contradict_nothing() -> None:
    assert found(sensitivity="0.80", prevalence="0.10") == []
    assert found(auroc="0.80", prevalence="0.10", n=100) == []
