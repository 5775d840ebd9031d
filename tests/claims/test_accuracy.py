"""An accuracy beside that of always saying "no"."""

from typing import Any

from cds.claims.accuracy import accuracy_claims
from cds.claims.finding import ClaimFinding
from cds.claims.reported import read_claims


def found(**claims: Any) -> list[ClaimFinding]:
    return list(accuracy_claims(read_claims(claims)[0]))


def test_the_base_rate_is_no_achievement() -> None:
    (one,) = found(accuracy="94.8%", prevalence="5.2%", n=154_167)
    assert one.judgement == "misleading"
    assert "Always saying 'no' is right in 94.8 % of these patients" in one.sentence
    assert found(accuracy="94.8%", prevalence="5.2%")[0].judgement == "misleading"


def test_an_accuracy_above_it_is_something() -> None:
    (one,) = found(accuracy="0.85", prevalence="0.30", n=400)
    # R 4.2.2: binom::binom.wilson(.845 * 400, 400)$lower is 0.8064 (from the lowest value that rounds to .85).
    assert one.judgement == "consistent" and "80.6 %" in one.sentence


def test_a_small_study_does_not_show_it() -> None:
    assert found(accuracy="0.75", prevalence="0.30", n=20)[0].judgement == "misleading"


def test_an_error_is_an_accuracy() -> None:
    assert found(error="0.147", prevalence="27%")[0].judgement == "consistent"
    assert found(error="0.30", prevalence="0.27")[0].judgement == "misleading"


def test_the_commoner_answer_may_be_yes() -> None:
    assert "Always saying 'yes'" in found(accuracy="0.80", prevalence="0.80")[0].sentence


def test_without_a_prevalence_nothing_can_be_said() -> None:
    assert found(accuracy="0.90")[0].judgement == "cannot be checked"
    assert found(auroc="0.80") == []
