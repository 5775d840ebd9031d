"""``cds protocol`` writes, checks and locks."""

from pathlib import Path

import pytest

from cds.cli import main


def test_a_protocol_is_written_checked_and_locked_once_it_has_its_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["protocol", "new", "ours.toml"]) == 0
    assert main(["protocol", "check", "ours.toml"]) == 0
    told = capsys.readouterr().out
    assert "ours.toml: readable, 3 criteria, can say ready" in told
    assert "has no rationale" in told
    assert main(["protocol", "lock", "ours.toml", "--by", "A"]) == 2
    told = capsys.readouterr().err
    assert "no rationale" in told and "… is not filled in under question" in told
    text = (tmp_path / "ours.toml").read_text().replace('rationale = ""', 'rationale = "r"').replace("…", "it")
    (tmp_path / "ours.toml").write_text(text)
    assert main(["protocol", "lock", "ours.toml", "--by", "A"]) == 0
    assert (tmp_path / "ours.toml.lock").is_file()


def test_a_faulty_protocol_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.toml").write_text("nonsense = 1\n")
    assert main(["protocol", "check", str(tmp_path / "p.toml")]) == 2
    assert "unknown key nonsense" in capsys.readouterr().err
    assert main(["protocol", "check", "absent"]) == 2
    assert main(["protocol"]) == 2


def test_shipped_protocols_are_checked_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "check", "predictions-only"]) == 0
    assert "predictions-only.toml: readable" in capsys.readouterr().out
