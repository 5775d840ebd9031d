"""Protocols are read strictly, and everything that is wrong with one is told at once."""

import hashlib
from pathlib import Path

import pytest

from cds.core.errors import ProtocolError
from cds.protocol import read_protocol
from cds.resources import shipped_protocols

GOOD = """\
schema = "cds.protocol/1"
name = "p"
version = "1"
question = "q"
[outcome]
kind = "binary"
column = "outcome"
[cohort]
groups = ["sex"]
[measures]
thresholds = [0.2]
[[criteria]]
measure = "calibration_slope"
within = [0.8, 1.2]
rationale = "r"
"""


def written(folder: Path, text: str, name: str = "p.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ProtocolError) as error:
        read_protocol(written(folder, text))
    told = str(error.value)
    for jargon in ("pydantic", "http", "Input should", "extra_forbidden", "Value error", "type="):
        assert jargon not in told
    return told


def test_a_good_protocol_is_read_with_its_hash(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    loaded = read_protocol(path)
    assert loaded.protocol.criteria[0].within == (0.8, 1.2)
    assert loaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (loaded.locked, loaded.path) == (False, path)


@pytest.mark.parametrize("name", sorted(shipped_protocols()))
def test_every_shipped_protocol_is_read_by_its_name(name: str) -> None:
    assert read_protocol(name).protocol.name == name


def test_a_file_goes_before_a_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, GOOD, name="predictions-only")
    assert read_protocol("predictions-only").protocol.name == "p"


def test_an_unknown_name_suggests_the_nearest_shipped_one() -> None:
    with pytest.raises(ProtocolError, match="Did you mean 'predictions-only'"):
        read_protocol("prediction-only")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match="is a folder"):
        read_protocol(tmp_path)


def test_text_that_is_not_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in refused(tmp_path, 'schema = "cds.protocol/1"\nname =\n')


def test_bytes_that_are_not_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b'schema = "x"\nname = "caf\xe9"\n')
    with pytest.raises(ProtocolError, match="line 2 is not UTF-8"):
        read_protocol(path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert read_protocol(path).protocol.name == "p"


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('question = "q"', 'qestion = "q"').replace("calibration_slope", "calibration_slop")
    told = refused(tmp_path, text.replace('column = "outcome"', 'colum = "outcome"'))
    assert told.splitlines() == [
        "p.toml: question is missing",
        "p.toml: outcome.column is missing",
        "p.toml: unknown key outcome.colum. Did you mean 'column'?",
        "p.toml: unknown key qestion. Did you mean 'question'?",
        "p.toml: unknown measure 'calibration_slop' for a binary outcome. Did you mean 'calibration_slope'?",
    ]


def test_a_protocol_without_criteria_is_refused(tmp_path: Path) -> None:
    text = GOOD.partition("[[criteria]]")[0]
    assert "criteria is missing" in refused(tmp_path, text)
    assert "cds.evaluate" in refused(tmp_path, "criteria = []\n" + text)


def test_a_date_is_read_as_its_text(tmp_path: Path) -> None:
    assert read_protocol(written(tmp_path, "locked_on = 2026-11-20\n" + GOOD)).protocol.locked_on == "2026-11-20"


def test_a_survival_outcome_says_why_no_other_event_can_end_follow_up(tmp_path: Path) -> None:
    declared = 'kind = "survival"\ntime = "days"\nevent = "event"'
    text = GOOD.replace('kind = "binary"\ncolumn = "outcome"', declared)
    assert 'a survival outcome needs competing = "none: …"' in refused(tmp_path, text)
