"""The registry as folders: NAME/VERSION/ holds a model and never changes, NAME/aliases.toml points to it.

::

    registry/NAME/VERSION/card.toml  entry.toml  model.*  [background.csv]  [check.json]  [refits.skops]
                          [conformal.json]  [fingerprints.bin]  SHA256SUMS
    registry/NAME/aliases.toml
    registry/NAME/.standing/VERSION/*.json     what validation runs found
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from cds.core.errors import RegistryError, ResourceError, nearest
from cds.registry.reference import LABEL_RULE, parse_reference, registry_root
from cds.registry.shipped import shipped_models
from cds.registry.sums import SUMS, sums_text
from cds.registry.toml_text import toml_text

ALIASES = "aliases.toml"


def names(root: Path) -> list[str]:
    """The names that have a registered version; none where the folder does not exist."""
    if not root.is_dir():
        return []
    return sorted(path.name for path in root.iterdir() if versions(root, path.name))


def versions(root: Path, name: str) -> list[str]:
    """The registered versions of a name, in order of the text."""
    folder = root / name
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if not path.name.startswith(".") and (path / SUMS).is_file())
    return sorted(path.name for path in found)


def aliases(root: Path, name: str) -> dict[str, str]:
    """The aliases of a name: alias to version.

    Raises:
        RegistryError: the file of aliases is damaged.
    """
    path = root / name / ALIASES
    if not path.is_file():
        return {}
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8")).get("aliases", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise RegistryError("the file of aliases is damaged", where=str(path)) from None
    return {str(alias): str(version) for alias, version in held.items()}


def version_folder(root: Path, name: str, label: str) -> Path | None:
    """The folder of a version or alias; None where the registry has no such name.

    Raises:
        RegistryError: the name exists but has neither this version nor this alias, or several versions and
            none was named.
    """
    known, pointing = versions(root, name), aliases(root, name)
    if not known:
        return None
    if not label and len(known) == 1:
        return root / name / known[0]
    version = pointing.get(label, label)
    if version in known:
        return root / name / version
    listed = f"It has version{'s' if len(known) > 1 else ''} {', '.join(known)}"
    if pointing:
        listed += f" and alias{'es' if len(pointing) > 1 else ''} {', '.join(sorted(pointing))}"
    if label:
        raise RegistryError(f"model {name!r} has no version or alias {label!r}", do=listed)
    raise RegistryError(f"model {name!r} has several versions", do=f"{listed}: say which, such as {name}@{known[-1]}")


def set_alias(reference: str, alias: str, *, root: str | Path | None = None) -> None:
    """Let ``NAME@alias`` mean this registered version from now on; an alias that exists is moved.

    Raises:
        RegistryError: no such version, a shipped model, or an alias that is not a name or is itself a
            version.
    """
    place = registry_root(root)
    wanted = parse_reference(reference)
    if not wanted.name or not wanted.label:
        raise RegistryError("an alias needs its version", do="Write: cds registry alias NAME@VERSION ALIAS")
    folder = version_folder(place, wanted.name, wanted.label)
    if folder is None:
        shipped = wanted.name in shipped_models()
        do = "Shipped models have no aliases" if shipped else nearest(wanted.name, names(place))
        raise RegistryError(f"no model {wanted.name!r} in the registry (folder {place})", do=do)
    if not LABEL_RULE.fullmatch(alias):
        raise RegistryError(f"{alias!r} is no alias", do="Use letters, digits, '.', '_' and '-'")
    if alias in versions(place, wanted.name):
        raise RegistryError(f"{alias!r} is a version of {wanted.name!r} and cannot be an alias")
    held = {**aliases(place, wanted.name), alias: folder.name}
    write_file(place / wanted.name / ALIASES, toml_text({"aliases": held}).encode())


def refuse_taken(root: Path, name: str, version: str) -> None:
    """Refuse a version that is registered, shipped, or an alias of its name.

    Raises:
        RegistryError: which of them.
    """
    shipped = shipped_models().get(name)
    if shipped is not None and shipped.card.version == version:
        raise RegistryError(f"{name}@{version} is a shipped model", do="Give the card another name or version")
    if (root / name / version).exists():
        raise RegistryError(
            f"{name}@{version} is registered already, and a version never changes",
            where=str(root),
            do="Give the card a new version",
        )
    if version in aliases(root, name):
        raise RegistryError(f"{version!r} is an alias of {name!r} and cannot be a version")


def write_version(root: Path, name: str, version: str, files: Mapping[str, bytes]) -> Path:
    """Write a version's files and their sums: complete under its final name, or not at all.

    Raises:
        RegistryError: the version appeared meanwhile.
        ResourceError: the files cannot be written.
    """
    final = root / name / version
    with _writing(final):
        (root / name).mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=root / name))
        try:
            for file, content in {**files, SUMS: sums_text(files).encode()}.items():
                _write_synced(beside / file, content)
            _sync_folder(beside)
            beside.chmod(0o755)
            _move(beside, final)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        _sync_folder(root / name)
    return final


def write_file(path: Path, content: bytes) -> None:
    """Write one file beside its final name, then put it there.

    Raises:
        ResourceError: it cannot be written.
    """
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        os.close(handle)
        try:
            _write_synced(Path(beside), content)
            Path(beside).chmod(0o644)
            os.replace(beside, path)
        finally:
            Path(beside).unlink(missing_ok=True)
        _sync_folder(path.parent)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise ResourceError(f"{path} cannot be written: {fault.strerror}") from None


def _move(beside: Path, final: Path) -> None:
    # A folder that exists and is not empty refuses the rename, so that of two writers one wins whole.
    try:
        os.rename(beside, final)
    except OSError:
        if final.exists():
            raise RegistryError(f"{final.parent.name}@{final.name} is registered already") from None
        raise


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to flush it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
