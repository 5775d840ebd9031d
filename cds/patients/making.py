"""Makes the reports of many patients, here or in worker processes, and gives them back as bytes: nothing is written."""

from __future__ import annotations

import pickle
import queue
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cds.core.errors import CdsError, ResourceError, StorageError
from cds.core.model import RegisteredModel
from cds.patients.single import report_of
from cds.report.pdf import warm_up

RENEW_AFTER = 100  # patients: libraries keep some memory of each
FEWEST_PER_WORKER = 3  # a worker needs as long to start as two or three patients do
Loader = Callable[[], RegisteredModel]


@dataclass(frozen=True)
class Task:
    """One patient: the row's position in the data, the row itself, and what the report is about and named after."""

    position: int
    row: pd.DataFrame
    pseudonym: str
    report: str
    input_sha256: str


@dataclass(frozen=True)
class Made:
    """A report as bytes, or why there is none; ``storage`` says that the disk is at fault and no patient."""

    task: Task
    pdf: bytes = b""
    json: bytes = b""
    reason: str = ""
    storage: bool = False


def make_reports(
    model: RegisteredModel,
    tasks: Sequence[Task],
    asked: Mapping[str, Any],
    *,
    jobs: int = 1,
    renew_after: int = RENEW_AFTER,
    load: Loader | None = None,
) -> Generator[Made, None, None]:
    """The report of every task, in the order in which they are done; each has the same bytes however many ``jobs``.

    ``asked`` are further arguments of ``report_of``. With several jobs the patients are explained by processes of
    their own. They get the model from ``load``, which must be picklable, or as a copy of ``model``, and are renewed
    after ``renew_after`` patients. A process that dies costs the patient it was about and no other.

    Raises:
        ResourceError: a worker process cannot be started.
    """
    jobs = min(jobs, max(1, len(tasks) // FEWEST_PER_WORKER))
    if jobs == 1:
        if tasks:
            warm_up()  # the renderer imports its libraries while the first patient is explained
        yield from (made(model, task, asked) for task in tasks)
        return
    yield from _in_workers(_packed(model, load), tasks, asked, jobs, renew_after)


def made(model: RegisteredModel, task: Task, asked: Mapping[str, Any]) -> Made:
    """One patient's report, or the reason why it failed; never an exception."""
    from threadpoolctl import threadpool_limits

    try:
        # One thread, as in a worker among others: sums over several threads may round otherwise.
        with threadpool_limits(1):
            report = report_of(model, task.row, pseudonym=task.pseudonym, **asked)
        return Made(task, report.pdf, report.to_json().encode("utf-8"))
    except StorageError as fault:
        return Made(task, reason=str(fault), storage=True)
    except (CdsError, MemoryError) as fault:
        return Made(task, reason=_reason(fault))
    except Exception as fault:  # one patient's report must not cost the others theirs; it counts as failed
        return Made(task, reason=f"a fault in cds, not in the data ({type(fault).__name__})")


def _reason(fault: Exception) -> str:
    # Each row is read on its own, so a position in the message would be that of a table of one row.
    return str(fault).replace(" at row 0", "").replace("\n", "; ") or "there is not enough memory"


def _packed(model: RegisteredModel, load: Loader | None) -> bytes:
    """What a worker unpacks (``worker.unpacked``): how to load the model, or the model; its hash and standing."""
    try:
        return pickle.dumps((load, model if load is None else None, model.sha256, model.standing))
    except Exception as fault:
        raise ResourceError(
            f"the model cannot be copied to worker processes ({type(fault).__name__}): give explain_batch a function "
            "that loads it (load), or one job (--jobs 1)"
        ) from None


def _in_workers(
    packed: bytes, tasks: Sequence[Task], asked: Mapping[str, Any], jobs: int, renew_after: int
) -> Generator[Made, None, None]:
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    results: queue.SimpleQueue[Made | BaseException] = queue.SimpleQueue()
    lanes = [_Lane(packed, asked, renew_after, waiting, results) for _ in range(jobs)]
    try:
        for lane in lanes:
            lane.start()
        for _ in tasks:
            result = results.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        for lane in lanes:
            lane.end()


class _Lane(threading.Thread):
    """A thread that keeps one worker process busy, renews it, and replaces it when it dies."""

    def __init__(
        self,
        packed: bytes,
        asked: Mapping[str, Any],
        renew_after: int,
        waiting: queue.SimpleQueue[Task],
        results: queue.SimpleQueue[Made | BaseException],
    ) -> None:
        super().__init__(daemon=True)
        self._packed, self._asked, self._renew_after = packed, asked, renew_after
        self._waiting, self._results = waiting, results
        self._worker: Any = None
        self._ended = threading.Event()

    def run(self) -> None:
        done = 0
        try:
            while not self._ended.is_set():
                try:
                    task = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if self._worker is None or not self._worker.alive or done >= self._renew_after:
                    self._renew()
                    done = 0
                    if self._ended.is_set():
                        break
                self._results.put(self._worker.made(task))
                done += 1
        except BaseException as fault:  # the main thread tells it
            self._results.put(fault)
        finally:
            self._close()

    def _renew(self) -> None:
        from cds.patients.worker import Worker

        self._close()
        self._worker = Worker(self._packed, self._asked)

    def _close(self) -> None:
        if self._worker is not None:
            self._worker.close()

    def end(self) -> None:
        """Stop after the report under way, and do not wait for it."""
        self._ended.set()
        if self._worker is not None:
            self._worker.kill()
        if self.is_alive():
            self.join()
