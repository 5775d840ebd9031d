"""Registers the update of a model: a new version that holds the update and a copy of what it stands on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from cds.core.errors import RegistryError
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.models.update_file import UPDATE_FILE, UPDATED, Step, UpdateFile, parse_update
from cds.registry.background import BACKGROUND
from cds.registry.card_file import card_text, parse_card
from cds.registry.fingerprints import FINGERPRINTS, fingerprint_bytes, fingerprints_of, parse_fingerprints
from cds.registry.folder import refuse_taken, write_version
from cds.registry.reference import registry_root
from cds.registry.shipped import CARD_FILE, EQUATION_FILE, shipped_models
from cds.registry.sums import verified_files
from cds.registry.toml_text import toml_text
from cds.registry.trial import CHECK, check_bytes
from cds.registry.version import CARD, ENTRY, Entry, make_registered, parse_entry


def add_update(
    parent: RegisteredModel,
    card: ModelCard,
    step: Step,
    *,
    patients: pd.DataFrame | None = None,
    root: str | Path | None = None,
) -> RegisteredModel:
    """Write ``card``'s version: the parent's artifact, copied, and ``step`` behind the parent's own steps.

    The keyed fingerprints of the ``patients`` that the step was fitted to stand beside those that the parent has seen.
    Every file is hashed like any other version's, and the model is read back from them before they are written.

    Raises:
        RegistryError: the version exists, or the parent is in memory only or was changed.
        ArtifactError: the parent's artifact cannot be read.
    """
    place = registry_root(root)
    refuse_taken(place, card.name, card.version)
    held = _files_of(parent)
    entry = parse_entry(held[ENTRY], where=parent.source)
    adapter, artifact, before = entry.adapter, entry.artifact, tuple[Step, ...]()
    if entry.adapter == UPDATED:
        earlier = parse_update(held[entry.artifact], where=entry.artifact)
        adapter, artifact, before = earlier.adapter, earlier.artifact, earlier.steps
    update = UpdateFile(adapter=adapter, artifact=artifact, steps=(*before, step))
    told = {"schema": "cds.update/1", **update.model_dump(mode="json", exclude={"schema_"}, exclude_none=True)}
    files = {
        CARD: card_text(card).encode(),
        ENTRY: Entry(UPDATED, UPDATE_FILE).to_bytes(),
        UPDATE_FILE: toml_text(told).encode(),
        artifact: held[artifact],
    }
    if BACKGROUND in held:
        files[BACKGROUND] = held[BACKGROUND]
    seen = parse_fingerprints(held[FINGERPRINTS]) if FINGERPRINTS in held else ()
    if patients is not None:
        seen += fingerprints_of(card, patients, place, seen="update")
    if seen:
        files[FINGERPRINTS] = fingerprint_bytes(seen)
    check = check_bytes(make_registered(files, source=card.identity).model)
    if check is not None:
        files[CHECK] = check
    made = make_registered(files, source=card.identity)
    folder = write_version(place, card.name, card.version, files)
    return replace(made, source=str(folder))


def _files_of(parent: RegisteredModel) -> dict[str, bytes]:
    """The parent's files as they were verified; a shipped one has two and no entry of its own."""
    folder = Path(parent.source)
    if parent.source == "shipped":
        home = shipped_models()[parent.card.name].folder
        return {
            CARD: (home / CARD_FILE).read_bytes(),
            ENTRY: Entry("equation", EQUATION_FILE).to_bytes(),
            EQUATION_FILE: (home / EQUATION_FILE).read_bytes(),
        }
    if not folder.is_dir():
        raise RegistryError(f"{parent.card.identity} is in memory only", do="Register it first: cds.registry.add")
    files = verified_files(folder)
    if parse_card(files[CARD], where=CARD).identity != parent.card.identity:
        raise RegistryError(f"{folder.name} holds another model now", where=parent.source)
    return files
