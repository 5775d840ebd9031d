"""What validation runs found about a model: kept outside its immutable version folder, the latest counts."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from cds.core.errors import RegistryError, ResourceError
from cds.core.model import Standing
from cds.core.model_card import ModelCard
from cds.registry.folder import write_file
from cds.registry.reference import registry_root

_STANDING = ".standing"
NUMBER_WIDTH = 6


def record_standing(card: ModelCard, standing: Standing, *, root: str | Path | None = None) -> Path:
    """Record a validation run's result for this model and version; returns the file written.

    Raises:
        ResourceError: it cannot be written.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "", standing.run_id)[:80]
    folder = _folder(registry_root(root), card.name, card.version)
    text = json.dumps(asdict(standing), indent=1, sort_keys=True, allow_nan=False, default=_plain)
    claim = _claimed(folder)
    path = folder / f"{claim.stem}-{name}.json"
    try:
        write_file(path, f"{text}\n".encode())
    finally:
        claim.unlink()
    return path


def _claimed(folder: Path) -> Path:
    """A number that is ours alone: records are ordered by when they were made, not by the time that they print."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number = 1 + max((_number(path) for path in folder.iterdir()), default=0)
        while True:
            claim = folder / f"{number:0{NUMBER_WIDTH}d}.claim"
            try:
                claim.touch(exist_ok=False)
            except FileExistsError:
                number += 1
                continue
            return claim
    except OSError as fault:
        raise ResourceError(f"{folder} cannot be written: {fault.strerror or type(fault).__name__}") from fault


def _number(path: Path) -> int:
    head = path.name.partition("-")[0].partition(".")[0]
    return int(head) if head.isdecimal() and head.isascii() and len(head) == NUMBER_WIDTH else 0


def latest_standing(root: Path, name: str, version: str) -> Standing | None:
    """The standing recorded last by a run on the card's outcome, or None where there is none.

    Raises:
        RegistryError: a record cannot be read; an older one must not stand in for it.
    """
    files = sorted(_folder(root, name, version).glob("*.json"), key=lambda path: (_number(path), path.name))
    found = [standing for standing in map(_read, files) if standing.for_card_outcome]
    return found[-1] if found else None


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)  # NumPy's numbers


def _folder(root: Path, name: str, version: str) -> Path:
    return root / name / _STANDING / version


def _read(path: Path) -> Standing:
    known = {field.name for field in fields(Standing)}
    try:
        held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        given: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in held.items()}
        return Standing(**{key: value for key, value in given.items() if key in known})
    except (OSError, ValueError, TypeError, AttributeError):
        raise RegistryError(
            "the record of a validation run is damaged", where=str(path), do="Delete it and validate again"
        ) from None
