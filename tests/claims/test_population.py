"""Numbers from other patients than those whom the model is for."""

from typing import Any

import pytest

from cds.claims.finding import ClaimFinding
from cds.claims.population import brier_claims, rebalanced_claims
from cds.claims.reported import read_claims


def found(**claims: Any) -> list[ClaimFinding]:
    return list(rebalanced_claims(read_claims(claims)[0]))


def test_a_test_on_rebalanced_data_is_translated_to_the_population() -> None:
    (one,) = found(
        evaluation="rebalanced", accuracy="0.90", sensitivity="0.90", specificity="0.90", population_prevalence="0.05"
    )
    # 45 found and 95 wrongly flagged of 1,000.
    assert one.judgement == "misleading" and "ppv 0.321" in one.sentence


def test_copies_on_both_sides_of_a_split_spoil_every_number() -> None:
    (one,) = found(rebalanced="before_split", auroc="0.95")
    assert one.judgement == "misleading" and "near copies" in one.sentence


def test_rebalancing_the_training_data_asks_for_calibration() -> None:
    assert found(rebalanced="training", auroc="0.80")[0].judgement == "cannot be checked"


@pytest.mark.parametrize(
    ("here", "there", "n", "judged"),
    [
        ("0.50", "0.05", 400, "misleading"),
        ("0.06", "0.05", 400, "consistent"),
        ("0.06", "0.05", None, "consistent"),
        ("0.10", "0.05", None, "misleading"),
    ],
)
def test_another_prevalence_is_told_beyond_chance(here: str, there: str, n: int | None, judged: str) -> None:
    claims = {"prevalence": here, "population_prevalence": there, **({} if n is None else {"n": n})}
    assert [one.judgement for one in found(**claims)] == [judged]


def test_without_a_population_nothing_is_said() -> None:
    assert found(prevalence="0.50", accuracy="0.90") == []


@pytest.mark.parametrize(("brier", "judged"), [("0.20", "misleading"), ("0.08", "consistent")])
def test_a_brier_score_is_held_against_the_average_risk(brier: str, judged: str) -> None:
    (one,) = brier_claims(read_claims({"brier": brier, "prevalence": "0.10"})[0])
    assert one.judgement == judged and "0.1 × 0.9 = 0.0900" in one.sentence


def test_a_brier_score_alone_means_nothing() -> None:
    (one,) = brier_claims(read_claims({"brier": "0.20"})[0])
    assert one.judgement == "cannot be checked"
