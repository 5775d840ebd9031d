"""The sums of a version's files: checked before anything is interpreted, and together its identity."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from cds.core.errors import RegistryError, all_at_once

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)")


def sums_text(files: Mapping[str, bytes]) -> str:
    """One line per file, as ``sha256sum`` writes and checks them."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))


def identity(files: Mapping[str, bytes]) -> str:
    """The sha256 that stands for all files of a version together: that of their sums."""
    return hashlib.sha256(sums_text(files).encode()).hexdigest()


def recorded_sums(folder: Path) -> dict[str, str]:
    """What the folder's sums say: file name to sha256.

    Raises:
        RegistryError: no sums, or sums that are not as this registry writes them.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise RegistryError(f"no readable {SUMS}", where=str(folder), do="This is no registered model") from None
    found = [_LINE.fullmatch(line) for line in lines]
    if not found or None in found:
        raise RegistryError(f"{SUMS} is damaged", where=str(folder), do="Register the model again")
    return {match[2]: match[1] for match in found if match is not None}


def verified_files(folder: Path) -> dict[str, bytes]:
    """Every recorded file, read once; what was hashed is what is returned.

    Raises:
        RegistryError: naming every file that is absent or does not match its sum.
    """
    files: dict[str, bytes] = {}
    faults: list[RegistryError] = []
    for name, expected in recorded_sums(folder).items():
        try:
            files[name] = (folder / name).read_bytes()
        except OSError:
            faults.append(RegistryError(f"{name} is recorded but cannot be read", where=str(folder)))
            continue
        if hashlib.sha256(files[name]).hexdigest() != expected:
            faults.append(
                RegistryError(
                    f"{name} does not match its recorded sha256",
                    where=str(folder),
                    do="It was changed after registration; register it again as a new version",
                )
            )
    if faults:
        raise all_at_once(faults)
    return files
