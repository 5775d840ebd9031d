"""Writes a new protocol with a comment at every choice."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cds.core.errors import ProtocolError, ResourceError, nearest
from cds.protocol.template_texts import KINDS, template


def new(kind: str, out: str | Path) -> Path:
    """Write a commented protocol of one kind to ``out`` and return its path.

    Kinds are those of the outcome, and ``landmark`` (renewed predictions of a time to an event) and ``trial``.

    Raises
    ------
    ProtocolError
        No such kind, a file that exists already, or no folder for it.
    ResourceError
        The file cannot be written.
    """
    if kind not in KINDS:
        raise ProtocolError(f"there is no new protocol of the kind {kind!r}", do=nearest(kind, KINDS))
    path = Path(out)
    text = template(kind).format(name=_name(path), file=path.name)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ProtocolError(f"{path} exists already", do="Choose another name") from None
    except FileNotFoundError:
        raise ProtocolError(f"there is no folder {path.parent}", do="Make it first") from None
    except OSError as fault:
        raise ResourceError(f"{path} cannot be written: {fault.strerror}") from None
    return path


def _name(path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem) or "protocol"
