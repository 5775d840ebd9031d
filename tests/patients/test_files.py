import os
import subprocess
import sys
from pathlib import Path

import pytest

from cds.core.errors import ResourceError, StorageError
from cds.patients import files

HOLD = """
import sys, time
from pathlib import Path
from cds.patients import files
with files.alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_left_is_removed_however_young_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    left, written = tmp_path / ".a.partial", tmp_path / ".b.partial"
    left.touch()
    with written.open("wb") as file:
        assert files._try_lock(file.fileno())
        files.sweep(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [".b.partial"]
    files.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_an_error_with_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        files.write_whole(tmp_path / "a.pdf", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_in_one_folder_is_refused_until_the_first_has_ended_even_by_kill(tmp_path: Path) -> None:
    with files.alone_in(tmp_path):
        second = files.alone_in(tmp_path)
        with pytest.raises(ResourceError, match="another run is writing"):
            second.__enter__()
    assert list(tmp_path.iterdir()) == []
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(ResourceError, match="another run is writing"), files.alone_in(tmp_path):
            pass
        process.kill()
    with files.alone_in(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="could not be written"), files.alone_in(tmp_path / "file" / "inside"):
        pass
