"""A new protocol is valid from the start."""

from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.core.protocol import RepeatedOutcome
from cds.protocol import can_be_ready, check, lock, new, read_protocol
from cds.protocol.template_texts import KINDS


def test_a_new_protocol_is_named_after_its_file_and_can_be_ready(tmp_path: Path) -> None:
    loaded = read_protocol(new("binary", tmp_path / "our clinic.toml"))
    assert loaded.protocol.name == "our-clinic"
    assert can_be_ready(loaded.protocol)


PREDICTED_BY = {
    "nominal": "probabilities",
    "ordinal": "probabilities",
    "continuous": "value",
    "survival": "risk",
    "competing_risks": "risk",
    "repeated": "value",
    "landmark": "risk",
}


@pytest.mark.parametrize("kind", PREDICTED_BY)
def test_each_kind_has_a_protocol_that_can_be_ready(tmp_path: Path, kind: str) -> None:
    path = new(kind, tmp_path / f"{kind}.toml")
    loaded = read_protocol(path)
    assert loaded.protocol.outcome.kind == {"landmark": "survival"}.get(kind, kind)
    assert can_be_ready(loaded.protocol)
    check(path)
    text = path.read_text(encoding="utf-8")
    named = PREDICTED_BY[kind]
    assert f"# {named} = " in text and ("risk = " in text) == (named == "risk")
    assert ("minimum_events" in text) == (kind not in ("continuous", "repeated"))
    opened(path, "[predictions]", "value =", "low =", "high =", "interval_level =", "probabilities =", "risk =")
    assert getattr(read_protocol(path).protocol.predictions, named)


def opened(path: Path, *keys: str) -> None:
    """Take the mark of a comment from these lines of a new protocol."""
    lines = path.read_text(encoding="utf-8").splitlines()
    shown = [line[2:] if line.startswith(tuple(f"# {key}" for key in keys)) else line for line in lines]
    path.write_text("\n".join(shown), encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_no_line_of_a_new_protocol_is_too_long_to_read(tmp_path: Path, kind: str) -> None:
    lines = new(kind, tmp_path / "protocol.toml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 120] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_protocol_can_be_locked_once_it_is_filled_in(tmp_path: Path, kind: str) -> None:
    path = new(kind, tmp_path / "p.toml")
    with pytest.raises(ProtocolError, match="cannot be locked"):
        lock(path, "A", "2026-11-20")
    text = path.read_text(encoding="utf-8").replace("…", "filled in").replace('rationale = ""', 'rationale = "r"')
    path.write_text(text, encoding="utf-8")
    assert lock(path, "A", "2026-11-20").is_file()


@pytest.mark.parametrize("kind", ["survival", "competing_risks", "landmark"])
def test_the_choices_about_times_are_keys_that_a_protocol_has(tmp_path: Path, kind: str) -> None:
    path = new(kind, tmp_path / "p.toml")
    opened(path, "grid =", "clip =", "entry =", "weight =", "dated =", "synthetic =", "deviations =")
    protocol = read_protocol(path).protocol
    assert protocol.measures.grid == (90, 180, 270, 365)
    assert protocol.measures.clip == (0.001, 0.999)
    assert getattr(protocol.outcome, "entry", None) == "entered"
    assert (protocol.landmark is not None) == (kind == "landmark")
    text = path.read_text(encoding="utf-8").replace('censoring = "marginal"', 'censoring = "cox"')
    path.write_text(text, encoding="utf-8")
    opened(path, "censoring_given =")
    check(path)
    assert read_protocol(path).protocol.measures.censoring_given == ("age",)


def test_a_survival_protocol_does_not_lock_before_it_says_why_no_other_event_can_end_follow_up(tmp_path: Path) -> None:
    path = new("survival", tmp_path / "p.toml")
    text = path.read_text(encoding="utf-8").replace('rationale = ""', 'rationale = "r"')
    path.write_text(text.replace("predict … by … days well enough to …", "predict recovery"), encoding="utf-8")
    with pytest.raises(ProtocolError, match=r"… is not filled in under outcome\.competing"):
        lock(path, "A", "2026-11-20")


def test_the_rule_of_responders_over_visits_is_one_that_a_protocol_has(tmp_path: Path) -> None:
    path = new("repeated", tmp_path / "p.toml")
    first = 'responder = {baseline = "pain_before", relative_change'
    opened(path, first)
    protocol = read_protocol(path).protocol
    assert isinstance(protocol.outcome, RepeatedOutcome) and protocol.outcome.responder is not None
    assert protocol.cohort.visit == "week"


@pytest.mark.parametrize(
    "kind", ["binary", "nominal", "ordinal", "continuous", "survival", "competing_risks", "repeated"]
)
def test_the_target_width_is_one_that_a_protocol_may_have(tmp_path: Path, kind: str) -> None:
    path = new(kind, tmp_path / "p.toml")
    before, mark, after = path.read_text(encoding="utf-8").partition("# [[precision]]")
    target, _, rest = after.partition("\n\n")
    shown = "\n".join(line.removeprefix("# ") for line in (mark + target).splitlines())
    path.write_text(f"{before}{shown}\n\n{rest}", encoding="utf-8")
    assert read_protocol(path).protocol.precision[0].width == 0.3
    assert ("cds plan" in target) == (kind in ("binary", "continuous", "survival"))


def test_a_new_trial_has_its_section_and_one_criterion_on_the_effect(tmp_path: Path) -> None:
    path = new("trial", tmp_path / "p.toml")
    loaded = read_protocol(path)
    assert loaded.protocol.trial is not None and loaded.protocol.trial.baseline == "pain_before"
    assert can_be_ready(loaded.protocol)
    assert not any("minimum_events" in remark for remark in check(path))
    opened(path, "baseline_date", "randomised_on", "stratified_by", "cluster", "eligible", "missing_values")
    opened(path, "risk =", "benefit =", "responder = {at_most")
    trial = read_protocol(path).protocol.trial
    assert trial is not None and trial.responder is not None and trial.eligible is not None
    check(path)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("mine")
    with pytest.raises(ProtocolError, match="exists already"):
        new("binary", path)
    assert path.read_text() == "mine"


def test_an_unknown_kind_is_refused_and_the_known_ones_are_listed(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"Known: binary, .*, landmark, .*, survival, trial"):
        new("counts", tmp_path / "p.toml")
    with pytest.raises(ProtocolError, match="Did you mean 'binary'"):
        new("binray", tmp_path / "p.toml")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="there is no folder"):
        new("binary", tmp_path / "absent" / "p.toml")


def test_every_choice_that_people_look_for_is_in_the_template(tmp_path: Path) -> None:
    import tomllib

    path = new("binary", tmp_path / "p.toml")
    text = path.read_text(encoding="utf-8")
    for key in ("negative", "deviations", "clip", "synthetic", "weight"):
        assert f"# {key} = " in text
    assert "deviations = []" in text
    # With its comments opened, every line is a key that a protocol has.
    opened = text.replace("# clip =", "clip =").replace("# negative =", "negative =")
    opened = opened.replace("# synthetic =", "synthetic =").replace("# deviations =", "deviations =")
    path.write_text(opened, encoding="utf-8")
    assert tomllib.loads(opened)["synthetic"] is True
    assert read_protocol(path).protocol.measures.clip == (0.001, 0.999)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"trial"}))
def test_what_can_be_said_of_groups_is_in_the_template_except_at_landmarks(tmp_path: Path, kind: str) -> None:
    path = new(kind, tmp_path / "p.toml")
    text = path.read_text(encoding="utf-8").replace("groups = []", 'groups = ["sex", "age"]')
    path.write_text(text, encoding="utf-8")
    keys = ("references", "bands", "intersections", "continuous", "small_cell", "[target_population]", "source", "sex")
    opened(path, *keys)
    protocol = read_protocol(path).protocol
    if kind == "landmark":
        assert not any(f"# {key}" in text for key in keys if key != "small_cell")
        return
    assert protocol.cohort.attributes == ("sex", "age", "sex×age")
    assert protocol.cohort.along == ("age", "bmi")
    assert protocol.target_population is not None and protocol.target_population.shares["sex"]["female"] == 0.51
    check(path)
