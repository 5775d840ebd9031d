"""What a model is called: NAME@VERSION, NAME@ALIAS, NAME alone, or a folder."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from cds.core.errors import RegistryError
from cds.registry.sums import SUMS

NAME_RULE = re.compile(r"[a-z0-9][a-z0-9._-]*")
LABEL_RULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Reference:
    """A name and its version or alias (empty where only the name was given), or a model's folder."""

    name: str = ""
    label: str = ""
    folder: Path | None = None

    def __str__(self) -> str:
        return str(self.folder) if self.folder else f"{self.name}@{self.label}" if self.label else self.name


def registry_root(root: str | Path | None = None) -> Path:
    """The registry's folder: the one given, else ``$CDS_REGISTRY``, else ``./registry``."""
    return Path(root or os.environ.get("CDS_REGISTRY") or "registry")


def parse_reference(text: str | Path) -> Reference:
    """Read a reference.

    Raises:
        RegistryError: text that is none, an MLflow reference, or a path that leads to no model folder.

    >>> parse_reference("chronic-lbp@production")
    Reference(name='chronic-lbp', label='production', folder=None)
    """
    written = str(text)
    if written.startswith("models:"):
        raise RegistryError(
            "MLflow references (models:/…) are not supported in this version",
            do="Download the artifact and register it: cds registry add --card card.toml --artifact FILE",
        )
    if written.startswith("predictions:"):
        raise RegistryError("predictions: names no model", do="Only cds validate takes it")
    folder = Path(written)
    if (folder / SUMS).is_file():
        return Reference(folder=folder)
    name, at, label = written.partition("@")
    if NAME_RULE.fullmatch(name) and (not at or LABEL_RULE.fullmatch(label)):
        return Reference(name, label)
    if isinstance(text, Path) or "/" in written or os.sep in written:
        raise RegistryError(f"no registered model in the folder {written}", do=f"It needs a {SUMS} file")
    raise RegistryError(f"{written!r} names no model", do="Write NAME@VERSION, NAME@ALIAS or a model folder")
