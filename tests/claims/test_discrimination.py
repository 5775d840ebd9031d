"""AUROCs that are too high, too precise, or do not fit their ROC point."""

from typing import Any

import pytest

from cds.claims.discrimination import discrimination_claims, evaluation_claims
from cds.claims.reported import read_claims


def judged(**claims: Any) -> list[str]:
    return [one.judgement for one in discrimination_claims(read_claims(claims)[0])]


def test_a_nearly_perfect_auroc_outside_an_external_validation_is_implausible() -> None:
    (one,) = discrimination_claims(read_claims({"auroc": "0.997"})[0])
    assert one.judgement == "implausible"
    assert "of 1,000 pairs" in one.sentence and "997" in one.sentence and "0.59 to 0.83" in one.sentence
    assert judged(auroc="0.997", evaluation="external") == ["cannot be checked"]
    assert judged(harrell_c="0.99", evaluation="cv") == ["implausible"]


def test_a_lower_limit_above_095_is_too() -> None:
    assert judged(auroc="0.97", auroc_low="0.96", evaluation="split") == ["implausible"]
    assert judged(auroc="0.81") == ["consistent"]


def test_an_interval_that_n_does_not_allow_is_implausible() -> None:
    # 20 of 200: about .15 wide.
    narrow = {"auroc": "0.80", "auroc_low": "0.78", "auroc_high": "0.82", "n": 200}
    assert judged(**narrow, events=20) == ["consistent", "implausible"]
    wide = {**narrow, "auroc_low": "0.71", "auroc_high": "0.88"}
    assert judged(**wide, events=20) == ["consistent", "consistent"]
    assert judged(**narrow) == ["consistent", "cannot be checked"]
    assert judged(auroc="0.80", auroc_low="0.82", auroc_high="0.90") == ["consistent", "impossible"]


@pytest.mark.parametrize(
    ("auroc", "verdict"),
    # Se .80, Sp .90 (.795·.895 = .712 to 1 − .195·.095 = .981; the two lines: .845).
    [("0.70", "impossible"), ("0.99", "impossible"), ("0.75", "implausible"), ("0.85", "consistent")],
)
def test_the_roc_point_bounds_the_area(auroc: str, verdict: str) -> None:
    assert judged(auroc=auroc, sensitivity="0.80", specificity="0.90", evaluation="external")[-1] == verdict


def test_apparent_performance_is_misleading() -> None:
    (one,) = evaluation_claims(read_claims({"auroc": "0.80", "evaluation": "apparent"})[0])
    assert one.judgement == "misleading"
    assert list(evaluation_claims(read_claims({"auroc": "0.80"})[0])) == []
