"""What validation runs found about a model: kept outside its immutable version folder, the latest counts."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from cds.core.errors import RegistryError
from cds.core.model import ModelCard, Standing
from cds.registry.folder import write_file
from cds.registry.reference import registry_root

_STANDING = ".standing"


def record_standing(card: ModelCard, standing: Standing, *, root: str | Path | None = None) -> Path:
    """Record a validation run's result for this model and version; returns the file written.

    Raises:
        ResourceError: it cannot be written.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "", f"{standing.created}-{standing.run_id}")
    path = _folder(registry_root(root), card.name, card.version) / f"{name}.json"
    text = json.dumps(asdict(standing), indent=1, sort_keys=True, allow_nan=False, default=_plain)
    write_file(path, f"{text}\n".encode())
    return path


def latest_standing(root: Path, name: str, version: str) -> Standing | None:
    """The standing that was created last, or None where no run was recorded.

    Raises:
        RegistryError: a record cannot be read; an older one must not stand in for it.
    """
    found = [_read(path) for path in sorted(_folder(root, name, version).glob("*.json"))]
    return max(found, key=lambda standing: (standing.created, standing.run_id), default=None)


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
