"""Criteria that no measure can answer, or that should decide nothing, are refused with the reason."""

from typing import Any

import pytest

from cds import catalog
from cds.core.errors import ProtocolError
from cds.core.protocol import ValidationProtocol
from cds.protocol import refuse_unanswerable
from cds.protocol.criteria import REFUSED, accept_faults, criterion_faults


def faults(**criterion: Any) -> str:
    raw = {"outcome": {"kind": "binary"}, "criteria": [criterion]}
    return "\n".join(f"{what}. {do}" for what, do in criterion_faults(raw))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_each_refused_habit_is_told_its_reason(name: str) -> None:
    assert REFUSED[name] in faults(measure=name, at_least=0.5)


@pytest.mark.parametrize("name", ["F1", "Hosmer-Lemeshow", "f1_score", "youden_index"])
def test_other_spellings_of_a_refused_habit_are_known(name: str) -> None:
    assert "is refused as a criterion" in faults(measure=name, at_least=0.5)


@pytest.mark.parametrize("name", ["average_precision", "spiegelhalter_z"])
def test_measures_refused_by_their_own_file_are_told_its_reason(name: str) -> None:
    assert catalog.measures("binary")[name].refused_as_criterion in faults(measure=name, at_least=0.5)


def test_an_unknown_measure_suggests_the_nearest() -> None:
    assert "Did you mean 'net_benefit_gain'?" in faults(measure="net_benefit_gian", threshold=0.2, at_least=0)


@pytest.mark.parametrize(
    "tolerance", [{"at_least": 0.0}, {"within": [0, 0.1]}, {"difference_within": [0, 0.1], "across": "sex"}]
)
def test_a_distance_takes_at_most_only(tolerance: dict[str, Any]) -> None:
    assert "Give it at_most" in faults(measure="ici", **tolerance)
    assert faults(measure="ici", at_most=0.05) == ""


def test_a_measure_at_a_threshold_needs_its_threshold() -> None:
    assert "needs a threshold" in faults(measure="net_benefit_gain", at_least=0.0)
    assert faults(measure="net_benefit_gain", at_least=0.0, threshold=0.2) == ""


def test_a_parameter_that_a_measure_lacks_is_refused() -> None:
    assert "'auroc' has no threshold" in faults(measure="auroc", at_least=0.6, threshold=0.2)
    assert "'auroc' has no horizon" in faults(measure="auroc", at_least=0.6, horizon=90)


def test_a_ratio_has_positive_bounds() -> None:
    assert "must be greater than 0" in faults(measure="observed_expected", ratio_within=[0, 2], across="sex")


def test_a_contrast_that_is_never_computed_is_refused():
    found = faults(measure="observed_expected", difference_within=[-0.2, 0.2], across="sex")
    assert "compared in observed_expected by their ratio" in found and "Give it ratio_within" in found
    found = faults(measure="auroc", ratio_within=[0.8, 1.2], across="sex")
    assert "compared in auroc by their difference" in found and "Give it difference_within" in found


def test_a_protocol_made_in_python_is_checked_alike() -> None:
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1",
            "name": "p",
            "version": "1",
            "question": "q",
            "outcome": {"kind": "binary", "column": "y"},
            "criteria": [{"measure": "auroc", "at_least": 0.6}, {"measure": "accuracy", "at_least": 0.9}],
            "accept": [{"code": "DQ9", "reason": "r"}],
        }
    )
    with pytest.raises(ProtocolError) as error:
        refuse_unanswerable(protocol)
    assert "accuracy" in str(error.value)
    assert "DQ9" in str(error.value)


def test_accepting_a_fault_that_no_check_has_is_refused() -> None:
    assert accept_faults({"accept": [{"code": "DQ001"}]}) == []
    [(what, _)] = accept_faults({"accept": [{"code": "DQ01"}]})
    assert "no data check has the code 'DQ01'" in what
