"""Finds a protocol by path or shipped name, reads it strictly, and says whether it is locked."""

from __future__ import annotations

import datetime
import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cds.core.errors import ProtocolError, all_at_once, nearest
from cds.core.protocol import ValidationProtocol
from cds.protocol.criteria import accept_faults, criterion_faults, target_faults
from cds.protocol.faults import plain_faults
from cds.protocol.locking import lock_of
from cds.resources import shipped_protocols


@dataclass(frozen=True)
class LoadedProtocol:
    """A protocol as it stands in its file: the file's sha256, and whether it was locked before use."""

    protocol: ValidationProtocol
    sha256: str
    locked: bool
    path: Path


def read_protocol(path_or_shipped_name: str | Path) -> LoadedProtocol:
    """Read a protocol from a TOML file, or one that the package ships by its name.

    Types are strict: ``"50"`` is no number and ``1`` no text. A lock file beside the protocol
    (``NAME.toml.lock``) makes it locked; a protocol changed after locking is refused.

    Raises
    ------
    ProtocolError
        Lists every fault at once: no such file, text that is not TOML, unknown keys and measures (the nearest
        known one is named), wrong types, criteria that no measure can answer, a broken lock.
    """
    path = find_protocol(path_or_shipped_name)
    content = _content(path)
    protocol = parse_protocol(content, where=path.name)
    sha256 = hashlib.sha256(content).hexdigest()
    lock = lock_of(path, sha256)
    if lock is not None:
        protocol = protocol.model_copy(update={"locked_by": lock.locked_by, "locked_on": lock.locked_on})
    return LoadedProtocol(protocol, sha256, lock is not None, path)


def find_protocol(path_or_shipped_name: str | Path) -> Path:
    """Return the file of a protocol; a file of that name goes before a shipped protocol."""
    path = Path(path_or_shipped_name)
    if path.is_file():
        return path
    if path.is_dir():
        raise ProtocolError(f"{path} is a folder", do="Name a protocol file in it")
    shipped = shipped_protocols()
    if str(path_or_shipped_name) in shipped:
        return shipped[str(path_or_shipped_name)]
    raise ProtocolError(
        f"there is no protocol file {path}, and none that cds ships has that name",
        do=nearest(path.stem, shipped),
    )


def parse_protocol(content: bytes, *, where: str) -> ValidationProtocol:
    """Read the bytes of a protocol; ``where`` names the file in messages."""
    raw = _toml(content, where)
    faults: list[ProtocolError] = []
    protocol = None
    try:
        # The JSON door of pydantic is the strict one that still takes a list for a tuple.
        protocol = ValidationProtocol.model_validate_json(json.dumps(raw, default=_date_text), strict=True)
    except ValidationError as refused:
        details = refused.errors(include_url=False, include_input=False)
        faults += [ProtocolError(what, where=where, do=do) for what, do in plain_faults(details, raw)]
    unfit = [*criterion_faults(raw), *target_faults(raw), *accept_faults(raw)]
    faults += [ProtocolError(what, where=where, do=do) for what, do in unfit]
    if protocol is None or faults:
        raise all_at_once(faults)
    return protocol


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise ProtocolError(f"cannot be read: {fault.strerror}", where=path.name) from None


def _toml(content: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise ProtocolError(f"line {line} is not UTF-8 text", where=where, do="Save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise ProtocolError(f"is not valid TOML: {str(fault)[:200]}", where=where) from None


def _date_text(value: object) -> str:
    if isinstance(value, (datetime.date, datetime.datetime, datetime.time)):
        return value.isoformat()
    raise ProtocolError(f"a {type(value).__name__} cannot stand in a protocol")
