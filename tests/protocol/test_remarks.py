"""What a protocol does not ask is said before the data are seen."""

from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.protocol import can_be_ready, check, lock, not_set, read_protocol
from cds.resources import shipped_protocols
from tests.protocol.test_reading import GOOD, written

GAIN = '[[criteria]]\nmeasure = "net_benefit_gain"\nthreshold = 0.2\nat_least = 0.0\nrationale = "r"\n'
AUROC = '[[criteria]]\nmeasure = "auroc"\nat_least = 0.6\nrationale = "r"\n'


def test_ready_needs_calibration_and_net_benefit(tmp_path: Path) -> None:
    assert not can_be_ready(read_protocol(written(tmp_path, GOOD)).protocol)
    assert can_be_ready(read_protocol(written(tmp_path, GOOD + GAIN)).protocol)


def test_an_apparent_design_is_never_ready(tmp_path: Path) -> None:
    path = written(tmp_path, 'design = "apparent"\n' + GOOD + GAIN)
    assert not can_be_ready(read_protocol(path).protocol)
    assert any("the design is apparent" in remark for remark in check(path))


def test_a_contrast_of_calibration_is_no_calibration_criterion(tmp_path: Path) -> None:
    contrast = 'difference_within = [-0.2, 0.2]\nacross = "sex"'
    text = GOOD.replace("within = [0.8, 1.2]", contrast)
    text = text.replace('groups = ["sex"]', 'groups = ["sex"]\nreferences = {sex = "female"}')
    assert not can_be_ready(read_protocol(written(tmp_path, text + GAIN)).protocol)


def test_kinds_of_criteria_that_were_not_set_are_sentences(tmp_path: Path) -> None:
    told = not_set(read_protocol(written(tmp_path, GOOD)).protocol)
    assert [sentence.split(":")[0] for sentence in told] == [
        "No criterion on net_benefit_gain was set",
        "No criterion on discrimination was set",
        "No criterion looks across sex",
    ]
    told = not_set(read_protocol(written(tmp_path, GOOD + GAIN + AUROC)).protocol)
    assert [sentence.split(":")[0] for sentence in told] == ["No criterion looks across sex"]


def test_remarks_name_missing_rationales_and_tolerances_that_ask_nothing(tmp_path: Path) -> None:
    lax = GAIN.replace("at_least = 0.0", "at_least = -0.1").replace('rationale = "r"', "")
    told = "\n".join(check(written(tmp_path, GOOD + lax)))
    assert "The criterion on net_benefit_gain has no rationale" in told
    assert "A net_benefit_gain below 0 is accepted" in told
    assert "It is not locked" in told


def test_a_lock_claimed_in_the_file_is_no_lock(tmp_path: Path) -> None:
    path = written(tmp_path, 'locked_by = "A"\n' + GOOD)
    assert any("there is no lock file" in remark for remark in check(path))


def test_a_locked_protocol_is_not_told_to_lock(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    lock(path, "A")
    assert not any("locked" in remark for remark in check(path))


def test_check_refuses_what_is_not_analysed(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"cohort\.visit"):
        check(written(tmp_path, GOOD.replace("[cohort]", '[cohort]\nvisit = "s"')))


@pytest.mark.parametrize("name", sorted(shipped_protocols()))
def test_every_shipped_protocol_can_say_ready_and_gives_its_reasons(name: str) -> None:
    protocol = read_protocol(name).protocol
    check(name)
    assert can_be_ready(protocol)
    assert all(criterion.rationale for criterion in protocol.criteria)
