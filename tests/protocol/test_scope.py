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


SURVIVAL = {"kind": "survival", "time": "t", "event": "e", "competing": "none: nobody dies in a year"}
ASKED = {"outcome": SURVIVAL, "criteria": [{"measure": "harrell_c", "at_least": 0.6}]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"measures": {"horizons": [90], "smoother": "loess"}}, "measures.smoother"),
        ({"measures": {"horizons": [90]}, "predictions": {"risk": "r"}}, "predictions.risk"),
        ({"measures": {"horizons": [90]}, "outcome": {**SURVIVAL, "missing": "weight"}}, "outcome.missing"),
        ({"measures": {"horizons": [90]}, "sampling": "case_control"}, "sampling"),
        ({"measures": {"horizons": [90]}, "design": "internal"}, "design"),
        ({"measures": {"horizons": [90]}, "landmark": {"times": [0, 30]}}, "landmarks whose column is not named"),
        (
            {"measures": {"horizons": [90]}, "landmark": {"times": [0]}, "cohort": {"visit": "v", "groups": ["sex"]}},
            "cohort.groups",
        ),
    ],
)
def test_what_is_not_done_for_times_to_an_event_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ProtocolError, match="does not analyse") as error:
        refuse_unsupported(protocol(**{**ASKED, **changes}))
    assert told in str(error.value)


def test_landmarks_are_judged_each_for_itself() -> None:
    wanted = {"cohort": {"visit": "v"}, "landmark": {"times": [0, 30]}, "measures": {"horizons": [90]}}
    each = [{"measure": "uno_c", "horizon": 90, "across": "landmark", "each": True, "at_least": 0.6}]
    refuse_unsupported(protocol(**{**ASKED, **wanted, "criteria": each}))
    with pytest.raises(ProtocolError, match="one number over all landmarks"):
        refuse_unsupported(protocol(**{**ASKED, **wanted}))


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
        refuse_unsupported(protocol(cohort={"visit": "s"}, drift={"window": "year"}, measures={"horizons": [90]}))
    assert len(str(error.value).splitlines()) == 3


def test_every_fault_names_the_protocols_file_where_it_is_known() -> None:
    effect = {"measure": "treatment_effect", "at_most": 0}
    trial: dict[str, Any] = {"trial": {"arm": "arm", "control": 0}, "criteria": [effect]}
    for changes in ({"cohort": {"visit": "s"}}, trial):
        unfit = protocol(**changes)
        with pytest.raises(ProtocolError) as error:
            refuse_unsupported(unfit, where="p.toml")
        assert all(line.startswith("p.toml: ") for line in str(error.value).splitlines())


def test_intersections_bands_and_continuous_groups_are_analysed() -> None:
    cohort = {"groups": ["a", "b"], "intersections": [["a", "b"]], "bands": {"b": [1]}, "continuous": ["c"]}
    refuse_unsupported(protocol(cohort=cohort))
