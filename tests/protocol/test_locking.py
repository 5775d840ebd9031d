"""A locked protocol cannot change unnoticed."""

import json
import os
from pathlib import Path

import pytest

from cds.core.errors import ProtocolError, ResourceError
from cds.protocol import lock, read_protocol
from tests.protocol.test_reading import GOOD, written


def test_a_lock_records_the_hash_the_name_and_the_day(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    lock_file = lock(path, "A. Statistician", "2026-11-20")
    assert lock_file == tmp_path / "p.toml.lock"
    held = json.loads(lock_file.read_text())
    assert (held["locked_by"], held["locked_on"]) == ("A. Statistician", "2026-11-20")
    loaded = read_protocol(path)
    assert loaded.locked
    assert held["sha256"] == loaded.sha256
    assert (loaded.protocol.locked_by, loaded.protocol.locked_on) == ("A. Statistician", "2026-11-20")


def test_a_change_after_locking_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    lock(path, "A", "2026-11-20")
    written(tmp_path, GOOD.replace("0.8", "0.5"))
    with pytest.raises(ProtocolError, match="was changed after A locked it on 2026-11-20"):
        read_protocol(path)


def test_a_criterion_without_rationale_cannot_be_locked(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace('rationale = "r"', ""))
    with pytest.raises(ProtocolError, match="no rationale for the criteria on calibration_slope"):
        lock(path, "A")
    assert not (tmp_path / "p.toml.lock").exists()


def test_a_lock_needs_a_name_and_a_real_day(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    with pytest.raises(ProtocolError, match="without the name"):
        lock(path, " ")
    with pytest.raises(ProtocolError, match="YYYY-MM-DD"):
        lock(path, "A", "20.11.2026")


def test_locking_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    lock(path, "A")
    with pytest.raises(ProtocolError, match="is locked already, by A"):
        lock(path, "B")


def test_a_changed_protocol_is_locked_again_only_with_its_deviations(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    lock(path, "A", "2026-11-20")
    changed = GOOD.replace("0.8", "0.7")
    written(tmp_path, changed)
    with pytest.raises(ProtocolError, match="under deviations"):
        lock(path, "B")
    written(tmp_path, 'deviations = ["slope from 0.7: fewer patients than planned"]\n' + changed)
    held = json.loads(lock(path, "B", "2026-12-01").read_text())
    assert [earlier["locked_by"] for earlier in held["earlier"]] == ["A"]
    assert read_protocol(path).locked


def test_a_broken_lock_is_no_lock_and_no_pass(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    (tmp_path / "p.toml.lock").write_text("{}")
    with pytest.raises(ProtocolError, match="is no lock file that cds can read"):
        read_protocol(path)


def test_who_may_read_the_protocol_may_read_its_lock(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.chmod(0o644)
    assert lock(path, "A").stat().st_mode & 0o777 == 0o644


def test_a_lock_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResourceError, match="No space left"):
        lock(path, "A")
    assert [file.name for file in tmp_path.iterdir()] == ["p.toml"]
