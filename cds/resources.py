"""Finds what the package ships beside its code: templates, ready-made protocols and data.

A wheel carries them inside the package, as ``cds/_shipped/…``; an editable install or a checkout has them
at the root of the repository.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def template_folder() -> Path:
    """Return the folder of templates, style sheets, fonts and sentence catalogues.

    Raises
    ------
    FileNotFoundError
        Neither the installed package nor a checkout holds it.
    """
    return _shipped("templates")


def protocol_folder() -> Path:
    """Return the folder of ready-made validation protocols.

    Raises
    ------
    FileNotFoundError
        Neither the installed package nor a checkout holds it.
    """
    return _shipped("validation_protocols")


def shipped_protocols() -> dict[str, Path]:
    """Return the ready-made protocols: name (the file's, without ``.toml``) to file, sorted by name."""
    return {file.stem: file for file in sorted(protocol_folder().glob("*.toml"))}


def data_folder() -> Path:
    """Return the folder of data that the package embeds (``cds/data``).

    Raises
    ------
    FileNotFoundError
        The installed package is incomplete.
    """
    return _first_folder(_PACKAGE / "data")


def _shipped(name: str) -> Path:
    return _first_folder(_PACKAGE / "_shipped" / name, _PACKAGE.parent / name)


def _first_folder(*candidates: Path) -> Path:
    for folder in candidates:
        if folder.is_dir():
            return folder
    places = " or ".join(str(folder) for folder in candidates)
    raise FileNotFoundError(f"the package is incomplete: no folder {places}; install cds-suite again")
