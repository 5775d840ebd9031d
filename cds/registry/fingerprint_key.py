"""The secret behind fingerprints: one file of the user's, outside every registry, made on first use."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from cds.core.errors import InputError

KEY_FILE = "CDS_FINGERPRINT_KEY_FILE"
_KEY = re.compile(r"[0-9a-f]{64}")
_ELSEWHERE = f"Name another file in the environment variable {KEY_FILE}"


def key_path() -> Path:
    """Where the key is: ``$CDS_FINGERPRINT_KEY_FILE``, else ``fingerprint.key`` in the user's configuration folder."""
    named = os.environ.get(KEY_FILE)
    if named:
        return Path(named)
    home = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "cds" / "fingerprint.key"


def read_key() -> bytes | None:
    """The key; None where there is no file.

    Raises:
        InputError: a file that cannot be read, or holds something else.
    """
    path = key_path()
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        text = ""
    if not _KEY.fullmatch(text):
        raise InputError(
            f"{path} cannot be read as a fingerprint key",
            do=f"It holds one line of 64 digits 0–9 and letters a–f. {_ELSEWHERE}",
        )
    return bytes.fromhex(text)


def key_for(registry: Path) -> bytes:
    """The key, made on first use and readable by its owner only.

    Raises:
        InputError: the key would lie in the registry, or can be neither read nor made.
    """
    path = key_path()
    if path.resolve().is_relative_to(registry.resolve()):
        raise InputError("the fingerprint key must not lie in the registry that it protects", do=_ELSEWHERE)
    known = read_key()
    if known is not None:
        return known
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # another registration made it meanwhile: that one counts
            _write_new(path, secrets.token_bytes(32))
    except OSError as fault:
        raise InputError(f"the fingerprint key {path} cannot be made: {fault.strerror}", do=_ELSEWHERE) from None
    made = read_key()
    if made is None:
        raise InputError(f"the fingerprint key {path} vanished", do=_ELSEWHERE)
    return made


def _write_new(path: Path, key: bytes) -> None:
    """Write the key whole under its name, or not at all; never over another one."""
    beside = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{key.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
