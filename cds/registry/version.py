"""One version as files: what they are called, and the model that they make."""

from __future__ import annotations

import functools
import hashlib
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cds import catalog
from cds.core.errors import ArtifactError, RegistryError
from cds.core.model import Adapter, Model, RegisteredModel
from cds.core.model_card import ModelCard
from cds.models.update_file import UPDATED, parse_update
from cds.models.updated import UpdatedModel
from cds.registry.background import BACKGROUND, parse_background
from cds.registry.card_file import parse_card
from cds.registry.conformal import CONFORMAL_FILE, parse_conformal
from cds.registry.fingerprints import FINGERPRINTS, parse_fingerprints
from cds.registry.refits import REFITS, parse_refits
from cds.registry.sums import identity
from cds.registry.toml_text import toml_text
from cds.registry.trial import CHECK, refuse_drift

CARD, ENTRY = "card.toml", "entry.toml"
PICKLES = (".pkl", ".pickle", ".joblib")


@dataclass(frozen=True)
class Entry:
    """What the registry notes about a version: the adapter and the name of the artifact's file."""

    adapter: str
    artifact: str

    def to_bytes(self) -> bytes:
        """The note as a TOML file."""
        return toml_text({"schema": "cds.entry/1", "adapter": self.adapter, "artifact": self.artifact}).encode()


def parse_entry(content: bytes, *, where: str) -> Entry:
    """Read the note.

    Raises:
        RegistryError: it is damaged.
    """
    try:
        held = tomllib.loads(content.decode("utf-8"))
        return Entry(str(held["adapter"]), str(held["artifact"]))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError):
        raise RegistryError(f"{ENTRY} is damaged", where=where) from None


def adapter_for_file(name: str, outcome: str = "") -> Adapter:
    """The adapter that reads files of this suffix, for a card of this outcome.

    Where several read the suffix, one that is for the outcome goes before those that are for any.

    Raises:
        ArtifactError: none, or several.
    """
    suffix = Path(name).suffix.lower()
    reading = [adapter for adapter in catalog.adapters().values() if suffix in adapter.suffixes]
    found = [a for a in reading if outcome in a.outcomes] or [a for a in reading if not a.outcomes]
    if len(found) == 1:
        return found[0]
    if found:
        raise ArtifactError(f"several adapters read {suffix}: {', '.join(a.name for a in found)}", where=name)
    known = sorted({suffix for adapter in catalog.adapters().values() for suffix in adapter.suffixes})
    raise ArtifactError(
        f"no adapter reads {suffix or 'a file without suffix'}", where=name, do=f"Known: {', '.join(known)}"
    )


def is_pickle(name: str) -> bool:
    """Whether the file's name says that it is a pickle, which runs code when it is read."""
    return Path(name).suffix.lower() in PICKLES


def refuse_pickle(name: str, allow_pickle: bool) -> None:
    """Refuse a pickle unless it was allowed.

    Raises:
        ArtifactError: it was not.
    """
    if is_pickle(name) and not allow_pickle:
        raise ArtifactError(
            "a pickle runs whatever code it holds when it is read, and is refused",
            where=name,
            do="Store the model with skops; or, for a file of your own, allow pickles (--allow-pickle)",
        )


def make_model(artifact: str, content: bytes, card: ModelCard, *, adapter: str = "", allow_pickle: bool) -> Model:
    """A model from an artifact's bytes.

    The adapter reads a private copy of exactly these bytes: a file that is exchanged meanwhile is never seen.

    Raises:
        ArtifactError: a pickle that was not allowed, a file that no adapter reads, or that its adapter
            refuses.
        CardError: the card does not fit the artifact.
    """
    refuse_pickle(artifact, allow_pickle)
    if is_pickle(artifact):
        from cds.models.sklearn_pipeline import load_pickle

        return load_pickle(content, card)
    chosen = catalog.adapters().get(adapter) or adapter_for_file(artifact, card.outcome)
    with tempfile.TemporaryDirectory(prefix="cds-") as private:
        copy = Path(private) / artifact
        copy.write_bytes(content)
        return chosen.load(copy, card)


def make_registered(files: Mapping[str, bytes], *, source: str, allow_pickle: bool = False) -> RegisteredModel:
    """A registered model from a version's files, all of which were verified.

    Raises:
        RegistryError: files that do not belong together.
        ArtifactError: see make_model; also predictions other than those noted on registration.
    """
    if CARD not in files or ENTRY not in files:
        raise RegistryError("the version lacks its card or its entry", where=source)
    card, entry = parse_card(files[CARD], where=CARD), parse_entry(files[ENTRY], where=source)
    model = _model_of(entry, files, card, source=source, allow_pickle=allow_pickle)
    if CHECK in files:
        refuse_drift(model, files[CHECK])
    background = parse_background(card, files[BACKGROUND]) if BACKGROUND in files else None
    return RegisteredModel(
        model=model,
        sha256=identity(files),
        source=source,
        background=background.frame if background else None,
        background_outcome=background.outcome if background else None,
        background_sha256=hashlib.sha256(files[BACKGROUND]).hexdigest() if background else "",
        load_refits=functools.partial(parse_refits, files[REFITS], card) if REFITS in files else None,
        load_fingerprints=functools.partial(parse_fingerprints, files[FINGERPRINTS]) if FINGERPRINTS in files else None,
        conformal=parse_conformal(files[CONFORMAL_FILE]) if CONFORMAL_FILE in files else None,
    )


def _model_of(entry: Entry, files: Mapping[str, bytes], card: ModelCard, *, source: str, allow_pickle: bool) -> Model:
    """The model behind an entry; an updated one is made of its update and the artifact that it stands on."""
    if entry.artifact not in files:
        raise RegistryError(f"the version lacks its artifact {entry.artifact}", where=source)
    content = files[entry.artifact]
    if entry.adapter != UPDATED:
        return make_model(entry.artifact, content, card, adapter=entry.adapter, allow_pickle=allow_pickle)
    update = parse_update(content, where=entry.artifact)
    base = Entry(update.adapter, update.artifact)
    if base.adapter == UPDATED:
        raise ArtifactError("an update stands on another update", where=entry.artifact)
    model = _model_of(base, files, card, source=source, allow_pickle=allow_pickle)
    return UpdatedModel(card, model, update.steps)
