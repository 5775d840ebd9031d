"""Writes plain values as TOML text that the standard library reads back unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cds.core.errors import CardError


def toml_text(table: Mapping[str, Any]) -> str:
    """The table as TOML: text, numbers, booleans, lists and tables; keys whose value is None are left out.

    Raises:
        CardError: a value of another type, or a number that is not finite.

    >>> print(toml_text({"name": "a", "inputs": [{"name": "age", "range": [18.0, 60.0]}]}))
    name = "a"
    <BLANKLINE>
    [[inputs]]
    name = "age"
    range = [18.0, 60.0]
    <BLANKLINE>
    """
    return "\n".join(_lines(table, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    given = {key: value for key, value in table.items() if value is not None}
    for key, value in given.items():
        if not isinstance(value, Mapping) and not _is_list_of_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in given.items():
        header = ".".join(_key(part) for part in (*path, key))
        if isinstance(value, Mapping):
            yield from ("", f"[{header}]")
            yield from _lines(value, (*path, key))
        elif _is_list_of_tables(value):
            for item in value:
                yield from ("", f"[[{header}]]")
                # Inner tables stand in one line: a header for them would end the list's item.
                yield from (f"{_key(k)} = {_value(v)}" for k, v in item.items() if v is not None)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    # JSON escapes what TOML wants escaped, but for the delete character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and abs(value) < float("inf"):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item) for item in value if item is not None)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + "}"
    raise CardError(f"a {type(value).__name__} cannot be written to a TOML file, or a number is not finite")
