"""What a protocol does not ask is said before the data are seen."""

from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.protocol import can_be_ready, check, lock, new, not_set, read_protocol
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


VALUES = """\
schema = "cds.protocol/1"
name = "p"
version = "1"
question = "q"
[outcome]
kind = "continuous"
column = "y"
unit = "points"
[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
rationale = "r"
"""
CLASSES = """\
schema = "cds.protocol/1"
name = "p"
version = "1"
question = "q"
[outcome]
kind = "nominal"
column = "y"
categories = ["a", "b", "c"]
[measures]
thresholds = [0.2]
[[criteria]]
measure = "observed_expected"
category = "b"
within = [0.8, 1.2]
rationale = "r"
"""


def criterion(measure: str, rule: str) -> str:
    return f'[[criteria]]\nmeasure = "{measure}"\n{rule}\nrationale = "r"\n'


@pytest.mark.parametrize("measure", ["mae = at_most", "rmse = at_most", "r_squared = at_least", "pearson = at_least"])
def test_a_number_needs_calibration_and_an_error_or_discrimination_instead_of_net_benefit(
    tmp_path: Path, measure: str
) -> None:
    name, bound = measure.split(" = ")
    assert not can_be_ready(read_protocol(written(tmp_path, VALUES)).protocol)
    assert can_be_ready(read_protocol(written(tmp_path, VALUES + criterion(name, f"{bound} = 0.5"))).protocol)
    alone = VALUES.replace("calibration_slope", name).replace("within = [0.8, 1.2]", f"{bound} = 0.5")
    assert not can_be_ready(read_protocol(written(tmp_path, alone)).protocol)


def test_criteria_on_prediction_intervals_alone_are_not_enough(tmp_path: Path) -> None:
    text = VALUES.replace("calibration_slope", "interval_coverage") + criterion("interval_score", "at_most = 9")
    assert not can_be_ready(read_protocol(written(tmp_path, text)).protocol)
    assert not can_be_ready(read_protocol(written(tmp_path, text + criterion("mae", "at_most = 3"))).protocol)


def test_what_was_not_asked_of_a_number_does_not_speak_of_risks(tmp_path: Path) -> None:
    told = " ".join(not_set(read_protocol(written(tmp_path, VALUES)).protocol))
    assert "No criterion on the error or on discrimination was set" in told
    assert "risk" not in told and "net_benefit" not in told
    assert any("and one on the error (mae" in remark for remark in check(written(tmp_path, VALUES)))


def test_a_number_without_a_unit_or_with_a_minimum_of_events_is_remarked(tmp_path: Path) -> None:
    text = VALUES.replace('unit = "points"', "[cohort]\nminimum_events = 20")
    told = " ".join(check(written(tmp_path, text)))
    assert "has no unit" in told and "minimum_events says nothing about a continuous outcome" in told


def test_a_minimum_of_events_means_something_only_where_there_are_any(tmp_path: Path) -> None:
    minimum = "minimum_events = 20\n"
    course = new("repeated", tmp_path / "course.toml")
    course.write_text(
        course.read_text(encoding="utf-8").replace("groups = []", minimum + "groups = []"), encoding="utf-8"
    )
    assert any("minimum_events says nothing about a repeated outcome" in remark for remark in check(course))
    trial = new("trial", tmp_path / "trial.toml")  # whose responders are events
    assert not any("minimum_events" in remark for remark in check(trial))


def test_categories_that_no_calibration_criterion_is_about_are_named(tmp_path: Path) -> None:
    gain = criterion("net_benefit_gain", 'category = "b"\nthreshold = 0.2\nat_least = 0.0')
    protocol = read_protocol(written(tmp_path, CLASSES + gain)).protocol
    assert can_be_ready(protocol)
    assert any(sentence.startswith("No calibration criterion is about a, c") for sentence in not_set(protocol))


def test_a_category_that_the_outcome_lacks_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"the outcome has no category 'bb'.*Did you mean 'b'"):
        read_protocol(written(tmp_path, CLASSES.replace('category = "b"', 'category = "bb"')))
    reference = CLASSES.replace("observed_expected", "multinomial_recalibration_slope")
    with pytest.raises(ProtocolError, match="is not computed for 'a', only for b, c"):
        read_protocol(written(tmp_path, reference.replace('category = "b"', 'category = "a"')))
