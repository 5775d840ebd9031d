"""What the registry holds, without loading a model: list, show, verify."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cds.core.errors import InputError, RegistryError, all_at_once
from cds.core.model import RegisteredModel, Standing
from cds.core.model_card import ModelCard
from cds.registry.background import BACKGROUND
from cds.registry.card_file import parse_card
from cds.registry.folder import aliases, names, versions
from cds.registry.loading import find_folder, shipped_model
from cds.registry.reference import parse_reference, registry_root
from cds.registry.shipped import load_shipped, shipped_models
from cds.registry.standings import latest_standing
from cds.registry.sums import SUMS, identity, recorded_sums, verified_files
from cds.registry.version import CARD, ENTRY, parse_entry


@dataclass(frozen=True)
class Listed:
    """One model of the list: identity, origin, latest standing; ``problem`` says how it is damaged."""

    name: str
    version: str
    source: str
    aliases: tuple[str, ...] = ()
    adapter: str = ""
    card: ModelCard | None = None
    sha256: str = ""
    has_background: bool = False
    standing: Standing | None = None
    problem: str = ""

    @property
    def identity(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"


def list_models(*, root: str | Path | None = None) -> tuple[Listed, ...]:
    """Every registered and shipped model, by name and version; works without a registry folder.

    Files are verified, models are not loaded; a damaged version is listed with its problem.
    """
    place = registry_root(root)
    registered = [_listed(place, place / name / version) for name in names(place) for version in versions(place, name)]
    return (*registered, *(_shipped(place, load_shipped(name)) for name in shipped_models()))


def show(reference: str | Path, *, root: str | Path | None = None) -> Listed:
    """One model of the list with its card.

    Raises:
        RegistryError: no such model.
    """
    place, wanted = registry_root(root), parse_reference(reference)
    folder = find_folder(place, wanted)
    if folder is not None:
        return _listed(folder.parent.parent, folder)
    return _shipped(place, shipped_model(place, wanted))


def verify(reference: str | Path | None = None, *, root: str | Path | None = None) -> tuple[str, ...]:
    """Check the recorded sums of one registered model, or of all; returns the identities that match.

    Raises:
        RegistryError: every file that is absent, changed or was added, of all models at once; a shipped model,
            which has no recorded sums.
    """
    place = registry_root(root)
    folders = _folders(place) if reference is None else [_registered_folder(reference, place)]
    faults: list[InputError] = []
    for folder in folders:
        try:
            verified_files(folder)
            _refuse_strangers(folder)
        except InputError as fault:
            faults.append(fault)
    if faults:
        raise all_at_once(faults)
    return tuple(f"{folder.parent.name}@{folder.name}" for folder in folders)


def _folders(root: Path) -> list[Path]:
    return [root / name / version for name in names(root) for version in versions(root, name)]


def _registered_folder(reference: str | Path, root: Path) -> Path:
    found = show(reference, root=root)
    if found.source == "shipped":
        raise RegistryError(
            f"{found.identity} is a shipped model: it comes with the package and has no recorded sums",
            do="It is as trustworthy as the installed package",
        )
    return Path(found.source)


def _refuse_strangers(folder: Path) -> None:
    strangers = {path.name for path in folder.iterdir()} - set(recorded_sums(folder)) - {SUMS}
    if strangers:
        listed = ", ".join(sorted(strangers))
        raise RegistryError(f"files that were never registered: {listed}", where=str(folder), do="Remove them")


def _listed(root: Path, folder: Path) -> Listed:
    name, version = folder.parent.name, folder.name
    try:
        files = verified_files(folder)
        card = parse_card(files[CARD], where=CARD)
        return Listed(
            name=card.name,
            version=card.version,
            source=str(folder),
            aliases=tuple(sorted(a for a, v in aliases(root, name).items() if v == version)),
            adapter=parse_entry(files[ENTRY], where=str(folder)).adapter,
            card=card,
            sha256=identity(files),
            has_background=BACKGROUND in files,
            standing=latest_standing(root, card.name, card.version),
        )
    except InputError as fault:
        return Listed(name=name, version=version, source=str(folder), problem=str(fault))
    except KeyError:
        return Listed(name=name, version=version, source=str(folder), problem="the version lacks its card or its entry")


def _shipped(root: Path, found: RegisteredModel) -> Listed:
    card = found.card
    return Listed(
        name=card.name,
        version=card.version,
        source="shipped",
        adapter=found.adapter,
        card=card,
        sha256=found.sha256,
        standing=latest_standing(root, card.name, card.version),
    )
