"""Fixes a protocol before the data are seen: a lock file beside it records its sha256, by whom and when."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cds.core.errors import ProtocolError, ResourceError, all_at_once
from cds.core.protocol import ValidationProtocol
from cds.protocol.unfilled import unfilled


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EarlierLock(_Strict):
    """A lock that a later one replaced."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    locked_by: str
    locked_on: str


class Lock(EarlierLock):
    """What a lock file holds (``cds.lock/1``)."""

    schema_: Literal["cds.lock/1"] = Field(default="cds.lock/1", alias="schema")
    earlier: tuple[EarlierLock, ...] = ()


def lock_path(protocol: Path) -> Path:
    """Return where the lock of a protocol file lies: beside it, with ``.lock`` added to its name."""
    return protocol.with_name(protocol.name + ".lock")


def lock_of(protocol: Path, sha256: str) -> Lock | None:
    """Return the lock of a protocol file with this sha256, or None where it has none.

    Raises
    ------
    ProtocolError
        The lock cannot be read, or the protocol was changed after it was locked.
    """
    lock = _read(lock_path(protocol))
    if lock is not None and lock.sha256 != sha256:
        raise ProtocolError(
            f"was changed after {lock.locked_by} locked it on {lock.locked_on}",
            where=protocol.name,
            do="Restore it; or write what was changed, and why, under deviations and lock it again",
        )
    return lock


def lock(path: str | Path, by: str, on: str | None = None) -> Path:
    """Lock a protocol: nothing in it can change unnoticed from now on. Returns the lock file.

    ``on`` is the day (``YYYY-MM-DD``, today by default). A protocol changed after locking can be locked again
    once it lists its deviations; the earlier locks stay on record.

    Raises
    ------
    ProtocolError
        A fault in the protocol, a text left unfilled, a criterion without rationale, no name in ``by``, or
        locked already.
    ResourceError
        The lock file cannot be written.
    """
    from cds.protocol.reading import find_protocol, parse_protocol

    file = find_protocol(path)
    content = file.read_bytes()
    protocol = parse_protocol(content, where=file.name)
    _refuse_unlockable(file.name, protocol, by)
    sha256, before = hashlib.sha256(content).hexdigest(), _read(lock_path(file))
    if before is not None and before.sha256 == sha256:
        raise ProtocolError(f"is locked already, by {before.locked_by} on {before.locked_on}", where=file.name)
    if before is not None and not protocol.deviations:
        raise ProtocolError(
            f"was changed after {before.locked_by} locked it on {before.locked_on}",
            where=file.name,
            do="Write what was changed, and why, under deviations before locking it again",
        )
    new = Lock(sha256=sha256, locked_by=by.strip(), locked_on=_day(on), earlier=_history(before))
    _write(lock_path(file), new)
    return lock_path(file)


def _refuse_unlockable(where: str, protocol: ValidationProtocol, by: str) -> None:
    faults = []
    open_texts = unfilled(protocol)
    if open_texts:
        what = f"cannot be locked: … is not filled in under {', '.join(open_texts)}"
        faults.append(ProtocolError(what, where=where, do="Write what is meant there"))
    without_rationale = [c.measure for c in protocol.criteria if not c.rationale.strip()]
    if without_rationale:
        what = f"cannot be locked: no rationale for the criteria on {', '.join(without_rationale)}"
        faults.append(ProtocolError(what, where=where, do="Say under rationale why each tolerance is good enough"))
    if not by.strip():
        faults.append(ProtocolError("cannot be locked without the name of who locks it", where=where))
    if faults:
        raise all_at_once(faults)


def _history(before: Lock | None) -> tuple[EarlierLock, ...]:
    if before is None:
        return ()
    replaced = EarlierLock(sha256=before.sha256, locked_by=before.locked_by, locked_on=before.locked_on)
    return (*before.earlier, replaced)


def _day(on: str | None) -> str:
    if on is None:
        return datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    try:
        return datetime.date.fromisoformat(on).isoformat()
    except ValueError:
        raise ProtocolError("the day of locking must be written YYYY-MM-DD") from None


def _read(path: Path) -> Lock | None:
    try:
        return Lock.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError):
        raise ProtocolError(
            "is no lock file that cds can read", where=path.name, do="Restore it, or remove it and lock again"
        ) from None


def _write(path: Path, lock: Lock) -> None:
    text = json.dumps(lock.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False) + "\n"
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.partial")
    try:
        with partial.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # Whoever may read the protocol may read its lock.
        shutil.copymode(path.with_suffix(""), partial)
        partial.replace(path)
    except OSError as fault:
        raise ResourceError(f"the lock {path} cannot be written: {fault.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)
