"""The published models that the package ships: equations and scores with their cards, from cited sources."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cds.core.errors import RegistryError, nearest
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.resources import data_folder

CARD_FILE, EQUATION_FILE = "card.toml", "equation.toml"


@dataclass(frozen=True)
class ShippedEntry:
    """One shipped model: its card, the folder of its two files, and its kind (``logistic``, ``score``, …)."""

    card: ModelCard
    folder: Path
    kind: str


def shipped_models() -> dict[str, ShippedEntry]:
    """The shipped models by name, sorted; reads their cards only once.

    >>> shipped_models()["start-back"].kind
    'score'
    """
    return dict(_entries())


def load_shipped(reference: str) -> RegisteredModel:
    """A shipped model by ``name`` or ``name@version``.

    Its ``sha256`` covers the card and the equation; there is no background sample and no standing.

    Raises:
        RegistryError: no shipped model has this name or version.
    """
    from cds.models.equation import load

    name, _, version = reference.partition("@")
    entries = _entries()
    if name not in entries:
        raise RegistryError(f"no shipped model is named {name!r}", do=nearest(name, entries))
    entry = entries[name]
    if version and version != entry.card.version:
        raise RegistryError(
            f"the shipped model {name!r} has no version {version!r}", do=f"It has {entry.card.version!r}"
        )
    model = load(entry.folder / EQUATION_FILE, entry.card)
    return RegisteredModel(model=model, sha256=_sha256(entry.folder), source="shipped")


@cache
def _entries() -> dict[str, ShippedEntry]:
    folders = sorted(card.parent for card in (data_folder() / "published").glob(f"*/{CARD_FILE}"))
    return {folder.name: _entry(folder) for folder in folders}


def _entry(folder: Path) -> ShippedEntry:
    card = ModelCard.model_validate(tomllib.loads((folder / CARD_FILE).read_text(encoding="utf-8")))
    equation = tomllib.loads((folder / EQUATION_FILE).read_text(encoding="utf-8"))
    return ShippedEntry(card, folder, str(equation["model"]))


def _sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (CARD_FILE, EQUATION_FILE):
        content = (folder / name).read_bytes()
        # The length keeps apart two pairs of files that join to the same bytes.
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
