"""Hands out a model by reference: sums first, then exactly the bytes that were verified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cds.core.errors import RegistryError, nearest
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.registry.folder import names, version_folder
from cds.registry.reference import Reference, parse_reference, registry_root
from cds.registry.shipped import CARD_FILE, load_shipped, shipped_models
from cds.registry.standings import latest_standing
from cds.registry.sums import verified_files


def load_model(reference: str | Path, *, root: str | Path | None = None, allow_pickle: bool = False) -> RegisteredModel:
    """The model of ``NAME@VERSION``, ``NAME@ALIAS``, ``NAME`` (where it has one version) or a model folder.

    The registry's own models come before shipped ones of the same name. The latest recorded validation result
    is attached, whichever model hash it was about. A pickle needs ``allow_pickle`` and its pinned hash.

    Raises:
        RegistryError: no such model, files that do not match their recorded sums, an MLflow reference.
        ArtifactError: the artifact cannot be trusted or read, or predicts otherwise than when it was
            registered.
    """
    from cds.registry.version import make_registered

    place, wanted = registry_root(root), parse_reference(reference)
    folder = find_folder(place, wanted)
    if folder is None:
        found = shipped_model(place, wanted)
    else:
        found = make_registered(verified_files(folder), source=str(folder), allow_pickle=allow_pickle)
        if wanted.folder is not None and folder.parent.name == found.card.name:
            place = folder.parent.parent
    return replace(found, standing=latest_standing(place, found.card.name, found.card.version))


def find_card(reference: str | Path, *, root: str | Path | None = None) -> ModelCard:
    """The card of what ``load_model`` would load, its sums checked, without loading the model.

    Raises:
        RegistryError: no such model, or files that do not match their recorded sums.
        CardError: the card cannot be read.
    """
    from cds.registry.card_file import parse_card

    place, wanted = registry_root(root), parse_reference(reference)
    folder = find_folder(place, wanted)
    if folder is not None:
        files = verified_files(folder)
        if CARD_FILE not in files:
            raise RegistryError("the version lacks its card", where=str(folder))
        return parse_card(files[CARD_FILE], where=CARD_FILE)
    entry = shipped_models().get(wanted.name)
    if entry is not None and wanted.label in ("", None, entry.card.version):
        return entry.card
    return shipped_model(place, wanted).card  # says in words why there is none


def find_folder(root: Path, wanted: Reference) -> Path | None:
    """The version's folder; None where only a shipped model can be meant.

    Raises:
        RegistryError: the name is registered but has no such version or alias.
    """
    if wanted.folder is not None:
        return wanted.folder.resolve()
    shipped = shipped_models().get(wanted.name)
    if shipped is not None and wanted.label == shipped.card.version:
        return None
    return version_folder(root, wanted.name, wanted.label)


def shipped_model(root: Path, wanted: Reference) -> RegisteredModel:
    """The shipped model of this name.

    Raises:
        RegistryError: none is shipped under this name or version; the nearest name is given, registered ones too.
    """
    known = shipped_models()
    if wanted.name not in known:
        frozen = ["predictions:"] if wanted.name.startswith("prediction") else []
        do = nearest(wanted.name, [*names(root), *known, *frozen])
        raise RegistryError(f"no model {wanted.name!r} in the registry (folder {root}), and none is shipped", do=do)
    return load_shipped(str(wanted))
