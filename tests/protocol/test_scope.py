"""What this version does not analyse is refused, never ignored."""

from typing import Any

import pytest

from cds.core.errors import ProtocolError
from cds.core.protocol import ValidationProtocol
from cds.protocol import refuse_unsupported


def protocol(**changes: Any) -> ValidationProtocol:
    raw: dict[str, Any] = {
        "schema": "cds.protocol/1",
        "name": "p",
        "version": "1",
        "question": "q",
        "outcome": {"kind": "binary", "column": "y"},
        "criteria": [{"measure": "auroc", "at_least": 0.6}],
    }
    return ValidationProtocol.model_validate({**raw, **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"cohort": {"visit": "v"}}, "cohort.visit"),
        ({"cohort": {"groups": ["a", "b"], "intersections": [["a", "b"]]}}, "cohort.intersections"),
        ({"measures": {"horizons": [90]}}, "measures.horizons"),
        ({"drift": {"window": "year"}}, "drift"),
        ({"measures": {"follow_up": "all"}}, "measures.follow_up"),
        ({"predictions": {"risk": {"90": "r"}}}, "predictions.risk"),
        ({"predictions": {"risk": "r", "linear_predictor": "lp"}}, "predictions.linear_predictor"),
        ({"predictions": {"value": "v"}}, "predictions.value"),
    ],
)
def test_each_unsupported_request_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ProtocolError, match="does not analyse") as error:
        refuse_unsupported(protocol(**changes))
    assert told in str(error.value)


@pytest.mark.parametrize(
    "outcome", [{"kind": "survival", "time": "t", "event": "e"}, {"kind": "repeated", "column": "y"}]
)
def test_a_kind_that_is_not_analysed_is_refused_first(outcome: dict[str, str]) -> None:
    with pytest.raises(ProtocolError, match=r"^this version validates binary, nominal, ordinal and cont") as error:
        refuse_unsupported(protocol(outcome=outcome, cohort={"visit": "s"}))
    assert f"no {outcome['kind']} outcomes (outcome.kind)" in str(error.value)


def test_what_means_nothing_for_a_continuous_outcome_is_refused() -> None:
    with pytest.raises(ProtocolError) as error:
        refuse_unsupported(
            protocol(
                outcome={"kind": "continuous", "column": "y"},
                predictions={"risk": "r"},
                measures={"thresholds": [0.2]},
            )
        )
    assert "predictions.risk" in str(error.value)
    assert "measures.thresholds" in str(error.value)


def test_weights_and_groups_are_supported() -> None:
    refuse_unsupported(protocol(cohort={"weight": "w", "groups": ["sex"], "patient": "id"}))


def test_all_requests_are_told_at_once() -> None:
    with pytest.raises(ProtocolError) as error:
        refuse_unsupported(
            protocol(cohort={"visit": "s", "groups": ["a"], "intersections": [["a"]]}, measures={"horizons": [90]})
        )
    assert len(str(error.value).splitlines()) == 3
