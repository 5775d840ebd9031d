"""Fills a template with a view: sandboxed, everything escaped, every text cleaned."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, Any

from cds.resources import template_folder

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

LONGEST_TEXT = 2000

# Control, format (bidirectional overrides, zero-width marks), private, unassigned and surrogate characters
# can hide or reorder what a reader sees; line and paragraph separators break a line where none was written.
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_SPACES = frozenset({"Zl", "Zp"})


def clean(text: object, limit: int = LONGEST_TEXT) -> str:
    """Text without control or bidirectional characters, at most ``limit`` characters long.

    Tabs and line breaks become spaces. A longer text ends with an ellipsis.

    >>> clean("a" + chr(0x202E) + "b" + chr(10) + "c")
    'ab c'
    >>> clean("abcdef", 4)
    'abc…'
    """
    kept = "".join(filter(None, map(_kept, str(text)[: 4 * limit])))
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _kept(character: str) -> str:
    if character in "\t\n\r" or unicodedata.category(character) in _SPACES:
        return " "
    return "" if unicodedata.category(character) in _DROPPED else character


def render(template: str, **view: object) -> str:
    """Fill a template of the package's template folder with a view; the same view gives the same text.

    Every printed value is cleaned (``clean``) and escaped; only ``markupsafe.Markup`` made by our own code
    (drawings, whose texts are escaped there) passes as it is. An unknown name or None is an error.

    Raises
    ------
    jinja2.UndefinedError
        The template asks for something that the view lacks: a fault of the template.
    """
    return _environment().get_template(template).render(**view)


@functools.cache
def _environment() -> SandboxedEnvironment:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(template_folder()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _printed(value: Any) -> Any:
    from markupsafe import Markup

    if value is None:
        raise TypeError("a template printed None: the view must say in words what is absent")
    if isinstance(value, Markup) or _is_undefined(value):
        return value
    return clean(value)


def _is_undefined(value: object) -> bool:
    from jinja2 import Undefined

    return isinstance(value, Undefined)
