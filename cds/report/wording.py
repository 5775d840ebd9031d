"""The sentences of a report: one catalogue file per language."""

from __future__ import annotations

import functools
import re
import tomllib
from typing import Any

from cds.core.errors import InputError
from cds.resources import template_folder

CUT = "…"
SOFTWARE = "en"  # the language of this package's own messages
WORDS = 7
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)")
_WHOLLY = re.compile(r"[+−-]?\d+(?:,\d{3})*(?:\.\d+)?")


class Sentences:
    """A catalogue of sentences by dotted name, their braces filled with the given values.

    Only the catalogue's own text is treated as a pattern; what is filled in is never read as one. A value that is
    nothing but a number is written with the language's decimal mark.
    """

    def __init__(self, catalogue: dict[str, Any]) -> None:
        self._catalogue = catalogue
        self.language: str = catalogue.get("language", SOFTWARE)
        marks = catalogue.get("number", {})
        self._marks = {".": marks.get("decimal", "."), ",": marks.get("thousands", ",")}

    def __call__(self, name: str, /, **values: object) -> str:
        """The sentence of this name; KeyError where the catalogue lacks it."""
        found: Any = self._catalogue
        for part in name.split("."):
            found = found[part]
        if not isinstance(found, str):
            raise KeyError(f"{name!r} is a section of the catalogue, not a sentence")
        return found.format(**{name: self._filled(value) for name, value in values.items()})

    def get(self, name: str, default: str) -> str:
        """The sentence of this name, or the default where the catalogue lacks it."""
        try:
            return self(name)
        except KeyError:
            return default

    def numeral(self, text: str) -> str:
        """A text of numbers, as Python writes them with points and commas, with the language's own marks.

        >>> Sentences({"number": {"decimal": ",", "thousands": "."}}).numeral("1,840.5 (17.1–41.3 kg/m²)")
        '1.840,5 (17,1–41,3 kg/m²)'
        """
        if self._marks == {".": ".", ",": ","}:
            return text
        return _NUMBER.sub(lambda found: "".join(self._marks.get(mark, mark) for mark in found[0]), text)

    def message(self, text: str, otherwise: str, /, **values: object) -> str:
        """One of this package's own messages, which are in one language, in that of the catalogue.

        The catalogue knows a message by its first words (``reason.<first seven words>``); of one that it does not know,
        ``otherwise`` stands in another language.
        """
        known = self.get(f"reason.{'_'.join(re.findall('[a-z0-9]+', text.lower())[:WORDS])}", "")
        return known or (text if self.language == SOFTWARE else self(otherwise, **values))

    def _filled(self, value: object) -> object:
        return self.numeral(value) if isinstance(value, str) and _WHOLLY.fullmatch(value) else value


def languages() -> tuple[str, ...]:
    """The languages that a patient's page can be in: one catalogue each."""
    found = (path.stem for path in (template_folder() / "sentences").glob("*.toml"))
    return tuple(sorted(stem for stem in found if re.fullmatch("[a-z]{2}", stem)))


def refuse_other_languages(language: str) -> None:
    """Refuse a language without a catalogue.

    Raises:
        InputError: naming those that there are.
    """
    if language not in languages():
        known = ", ".join(languages())
        raise InputError(f"no patient's page can be written in the language {language!r}", do=f"There are: {known}")


@functools.cache
def sentences(file: str) -> Sentences:
    """The catalogue ``templates/sentences/<file>.toml``."""
    path = template_folder() / "sentences" / f"{file}.toml"
    return Sentences(tomllib.loads(path.read_text(encoding="utf-8")))


def shortened(text: str, longest: int) -> str:
    """A text of at most ``longest`` characters, ended by an ellipsis where it was longer; JSON keeps the whole."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + CUT
