"""A batch that is killed, loses a worker or fills the disk: what is complete stays, and the next run makes the rest."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cds.core.errors import ResourceError, StorageError
from cds.patients import batch, explain_batch, files, making, worker
from tests.patients import made

SCRIPT = (
    "import sys; from cds.patients import explain_batch; from tests.patients import made;"
    "explain_batch(made.model(), made.withheld_patients(), out=sys.argv[1], jobs=int(sys.argv[2]))"
)
ENOSPC = OSError(28, "No space left on device")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    explain_batch(made.model(), made.withheld_patients(), out=folder)
    return contents(folder)


def begun(out: Path, jobs: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(out), str(jobs)], env={**os.environ, "PYTHONPATH": os.getcwd()}
    )


def until(reached: Callable[[], bool], seconds: float = 120) -> None:
    started = time.monotonic()
    while not reached() and time.monotonic() - started < seconds:
        time.sleep(0.005)


def complete(folder: Path) -> int:
    manifest = folder / "manifest.jsonl"
    return manifest.read_bytes().count(b'"complete"') if manifest.exists() else 0


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "finished", "later"), [(1, 1, 0.0), (1, 3, 0.11), (2, 2, 0.05)])
def test_a_batch_killed_at_any_moment_is_resumed_to_the_same_files(
    tmp_path: Path, whole: dict[str, bytes], jobs: int, finished: int, later: float
) -> None:
    process = begun(tmp_path, jobs)
    until(lambda: complete(tmp_path) >= finished)
    time.sleep(later)
    process.send_signal(signal.SIGKILL)
    process.wait()
    known = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_bytes().split(b"\n")[:-1]]
    for entry in (line for line in known if line.get("status") == "complete"):
        assert all((tmp_path / name).read_bytes() == whole[name] for name in entry["files"])
    outcome = explain_batch(made.model(), made.withheld_patients(), out=tmp_path)
    assert len(outcome.skipped) >= finished
    assert len(outcome.skipped) + len(outcome.written) == 6
    assert contents(tmp_path) == whole


def test_a_worker_that_is_killed_costs_its_patient_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: dict[str, bytes]
) -> None:
    explained = worker.Worker.made

    def killed(self: worker.Worker, task: making.Task) -> making.Made:
        if task.pseudonym == "Q-1":
            self._process.kill()
        return explained(self, task)

    monkeypatch.setattr(worker.Worker, "made", killed)
    outcome = explain_batch(made.model(), made.withheld_patients(), out=tmp_path, jobs=2)
    assert [failure.row for failure in outcome.failed] == [1]
    assert "was killed (signal 9)" in outcome.failed[0].reason
    assert "Q-1" not in outcome.failed[0].reason
    assert len(outcome.written) == 5
    last = (tmp_path / "manifest.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last) == {"finished": {"complete": 5, "failed": 1}}
    monkeypatch.undo()
    assert len(explain_batch(made.model(), made.withheld_patients(), out=tmp_path).written) == 1
    assert contents(tmp_path) == whole


def test_workers_that_cannot_start_are_told_once_and_not_as_every_patient(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"could not start.*--jobs 1"):
        explain_batch(made.model(), made.withheld_patients(), out=tmp_path, jobs=2, load=unloadable)
    with pytest.raises(ResourceError, match="files have changed meanwhile"):
        explain_batch(made.model(), made.withheld_patients(), out=tmp_path, jobs=2, load=another)
    assert complete(tmp_path) == 0


def unloadable() -> Any:
    raise ValueError("no such model")


def another() -> Any:
    return made.model(sha256="0" * 64)


@pytest.fixture(params=[1, 2])
def jobs(request: pytest.FixtureRequest) -> Iterator[int]:
    yield request.param


def test_a_full_disk_stops_the_batch_says_what_to_do_and_a_later_run_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: dict[str, bytes], jobs: int
) -> None:
    write, written = files.write_whole, []

    def full_after_two_reports(path: Path, content: bytes) -> None:
        if len(written) == 4:
            with files.storing(path.parent):
                raise ENOSPC
        written.append(path)
        write(path, content)

    monkeypatch.setattr(batch, "write_whole", full_after_two_reports)
    with pytest.raises(StorageError, match=r"No space left.*2 of 6 reports are complete.*run the same command again"):
        explain_batch(made.model(), made.withheld_patients(), out=tmp_path, jobs=jobs)
    assert complete(tmp_path) == 2
    assert not list(tmp_path.glob(".*"))
    monkeypatch.undo()
    outcome = explain_batch(made.model(), made.withheld_patients(), out=tmp_path)
    assert (len(outcome.skipped), len(outcome.written)) == (2, 4)
    assert contents(tmp_path) == whole
