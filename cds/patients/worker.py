"""A process that explains one patient after another for a batch; it writes no file and ends with its parent.

Run by ``Worker`` as ``python -m cds.patients.worker``. Both sides are the same program: what they send is pickled.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import cds
from cds.core.errors import ResourceError
from cds.core.model import RegisteredModel
from cds.patients.making import Made, Task, made

_SIZE = struct.Struct(">Q")
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Worker:
    """The child process, seen from the batch.

    Raises:
        ResourceError: it does not start, or cannot unpack the model.
    """

    def __init__(self, packed: bytes, asked: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cds.patients.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's log may quote a patient
            env=_environment(os.environ),
        )
        try:
            self._send((packed, asked))
            fault = self._receive()
        except (EOFError, OSError):
            fault = f"it ended with code {self._code()}"
        if fault:
            self.kill()
            self.close()
            raise ResourceError(f"a worker process could not start ({fault}); one job does without (--jobs 1)")

    @property
    def alive(self) -> bool:
        """Whether it can be given another patient."""
        return self._process.poll() is None

    def made(self, task: Task) -> Made:
        """The patient's report; where the process dies over it, that is the reason why there is none."""
        try:
            self._send(task)
            found = self._receive()
        except (EOFError, OSError, pickle.UnpicklingError):
            return Made(task, reason=self._why_ended())
        return found if isinstance(found, Made) else Made(task, reason="the worker process answered strangely")

    def _why_ended(self) -> str:
        code = self._code()
        how = f"was killed (signal {-code})" if code < 0 else f"ended (code {code})"
        return f"its worker process {how}, most likely for want of memory; fewer --jobs need less"

    def _code(self) -> int:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=5)  # it has closed its pipe and is about to end
        self._process.kill()
        return self._process.wait()

    def _send(self, content: Any) -> None:
        _write(_pipe(self._process.stdin), content)

    def _receive(self) -> Any:
        return _read(_pipe(self._process.stdout))

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let it end by itself, which it does when nothing more comes."""
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                _pipe(pipe).close()
            except OSError:  # what was meant for a process that has ended has nowhere to go
                continue
        self._process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """The parent's environment and import path, with one thread: the other cores have workers of their own."""
    path = [str(Path(cds.__file__).resolve().parent.parent), *(entry or os.getcwd() for entry in sys.path)]
    return {**own, **dict.fromkeys(_ONE_THREAD, "1"), "PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}


def _write(pipe: IO[bytes], content: Any) -> None:
    body = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_SIZE.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def _read(pipe: IO[bytes]) -> Any:
    head = pipe.read(_SIZE.size)
    if len(head) < _SIZE.size:
        raise EOFError
    (size,) = _SIZE.unpack(head)
    body = pipe.read(size)
    if len(body) < size:
        raise EOFError
    return pickle.loads(body)  # noqa: S301  # from the other half of this program


def main() -> None:
    """Unpack the model, then answer patient by patient until stdin closes; what libraries print goes nowhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told too, and decides
    inward, outward = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    packed, asked = _read(inward)
    model, fault = _unpacked(packed)
    _write(outward, fault)
    while model is not None:
        try:
            task = _read(inward)
        except EOFError:
            return
        _write(outward, made(model, task, asked))


def _unpacked(packed: bytes) -> tuple[RegisteredModel | None, str]:
    """The model with the standing that the batch knows, or what is wrong."""
    from cds.report.pdf import warm_up

    try:
        warm_up()
        load, model, sha256, standing = pickle.loads(packed)  # noqa: S301  # from the other half of this program
        model = model if load is None else load()
    except Exception as fault:
        return None, f"the model could not be read there: {type(fault).__name__}"
    if model.sha256 != sha256:
        return None, "the model's files have changed meanwhile"
    return dataclasses.replace(model, standing=standing), ""


if __name__ == "__main__":
    main()
