"""Files that appear whole or not at all, and one run per folder, whichever of them is killed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cds.core.errors import ResourceError, StorageError

PARTIAL = ".partial"
LOCK = ".cds.lock"
MODE = 0o640  # patient data: not for everyone on the machine


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all: beside its place, to the disk, then renamed.

    Raises:
        StorageError: the disk is full or not writable.
    """
    with storing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=PARTIAL)
        try:
            with os.fdopen(handle, "wb") as file:
                _try_lock(handle)  # until it has its name, ``sweep`` knows that somebody is writing it
                file.write(content)
                file.flush()
                os.fsync(handle)
                os.chmod(name, MODE)
                if os.name != "nt":
                    os.replace(name, path)
            if os.name == "nt":  # an open file cannot be renamed there
                os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what killed runs left half-written, however young; a file that is being written is left alone."""
    for path in folder.glob(f".*{PARTIAL}"):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR)
            try:
                dead = _try_lock(handle)
            finally:
                os.close(handle)
            if dead:
                path.unlink()


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder: a second run in it is refused. A run that is killed holds it no longer.

    Raises:
        ResourceError: another run is writing into the folder.
        StorageError: the folder cannot be written.
    """
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = _locked(folder / LOCK)
    if handle is None:
        raise ResourceError(f"another run is writing into {folder}: wait for it, or name another folder with --out")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if os.name == "nt":  # an open file cannot be removed there
                os.close(handle)
            (folder / LOCK).unlink()
            if os.name != "nt":
                os.close(handle)


@contextlib.contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Make a StorageError of the system's refusal to write into ``folder``."""
    try:
        yield
    except OSError as fault:
        raise StorageError(f"{folder} could not be written: {fault.strerror or type(fault).__name__}") from None


def _locked(path: Path) -> int | None:
    """The open and locked file; None where another process holds it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, MODE)
        try:
            held = _try_lock(handle)
            # The holder removes the file as it leaves: a lock on a removed file would be worth nothing.
            there = held and os.path.exists(path) and os.path.samestat(os.fstat(handle), os.stat(path))
        except OSError:
            os.close(handle)
            raise
        if there:
            return handle
        os.close(handle)
        if not held:
            return None


def _try_lock(handle: int) -> bool:
    """Lock an open file if nobody holds it; the lock ends with the process."""
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
