"""The sentences of a report: one catalogue file per language."""

from __future__ import annotations

import functools
import tomllib
from typing import Any

from cds.resources import template_folder

CUT = "…"


class Sentences:
    """A catalogue of sentences by dotted name, their braces filled with the given values.

    Only the catalogue's own text is treated as a pattern; what is filled in is never read as one.
    """

    def __init__(self, catalogue: dict[str, Any]) -> None:
        self._catalogue = catalogue

    def __call__(self, name: str, /, **values: object) -> str:
        """The sentence of this name; KeyError where the catalogue lacks it."""
        found: Any = self._catalogue
        for part in name.split("."):
            found = found[part]
        if not isinstance(found, str):
            raise KeyError(f"{name!r} is a section of the catalogue, not a sentence")
        return found.format(**values)

    def get(self, name: str, default: str) -> str:
        """The sentence of this name, or the default where the catalogue lacks it."""
        try:
            return self(name)
        except KeyError:
            return default


@functools.cache
def sentences(file: str) -> Sentences:
    """The catalogue ``templates/sentences/<file>.toml``."""
    path = template_folder() / "sentences" / f"{file}.toml"
    return Sentences(tomllib.loads(path.read_text(encoding="utf-8")))


def shortened(text: str, longest: int) -> str:
    """A text of at most ``longest`` characters, ended by an ellipsis where it was longer; JSON keeps the whole."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + CUT
