"""Target widths as one writes them."""

import pytest

from cds.core.errors import InputError
from cds.planning.targets import PLANNED, Target, all_targets, read_target, target_faults


def told(*texts: str, kind: str = "binary") -> str:
    return "\n".join(str(fault) for fault in target_faults([read_target(text) for text in texts], kind))


@pytest.mark.parametrize("text", ["auroc", "auroc=", "=0.1", "auroc=wide", "net_benefit=.1@high"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no target width"):
        read_target(text)


def test_faults_are_told_all_at_once() -> None:
    assert told("auroc=.1", "net_benefit=.02@.1") == ""
    assert "Did you mean 'calibration_slope'?" in told("calibration_slop=.1")
    assert "Did you mean 'auroc'?" in told("c-statistic=.1")
    assert "Did you mean 'harrell_c'?" in told("c=.1", kind="survival")
    assert "net_benefit needs a threshold" in told("net_benefit=.1")
    assert "auroc has no threshold" in told("auroc=.1@.2")
    assert "strictly between 0 and 1, got 2" in told("net_benefit=.1@2")
    assert "auroc has two target widths" in told("auroc=.1", "auroc=.2")
    assert len(told("auroc=-1", "auroc=nan", "x=1").splitlines()) == 4


def test_all_targets_are_those_without_a_threshold() -> None:
    assert Target("auroc") in all_targets("binary") and Target("net_benefit") not in all_targets("binary")
    assert {t.measure for t in all_targets("survival")} == set(PLANNED["survival"])
