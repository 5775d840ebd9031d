"""Reads a model card strictly, and says in plain words what is wrong with it."""

from __future__ import annotations

import datetime
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from cds.core.card_translation import CardTranslation, InputTranslation
from cds.core.errors import CardError, all_at_once, near_name, nearest
from cds.core.model_card import AskedIf, DevelopmentSummary, Feature, InputSummary, ModelCard, UpdateSummary
from cds.registry.toml_text import toml_text

_BRANCHES = {"int", "float", "str", "bool"}  # names that pydantic adds for the branches of a union
_RULES = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list in brackets",
    "dict_type": "must be a table of keys and values",
    "model_type": "must be a table of keys and values",
    "finite_number": "must be a finite number",
    "string_too_short": "must not be empty",
    "string_too_long": "is too long",
    "missing": "is missing",
}


def read_card(source: ModelCard | Mapping[str, Any] | str | Path) -> ModelCard:
    """Read a card from a TOML file or a mapping with the same keys; a card in memory is returned as it is.

    Types are strict: ``"50"`` is no number and ``1`` no text.

    Raises:
        CardError: lists every fault at once: no such file, text that is not TOML, unknown keys (the nearest
            known one is named), wrong types, inputs that contradict themselves.
    """
    if isinstance(source, ModelCard):
        return source
    if isinstance(source, Mapping):
        return _validated(dict(source), where="")
    path = Path(source)
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise CardError(f"the card cannot be read: {fault.strerror}", where=str(path)) from None
    return parse_card(content, where=path.name)


def parse_card(content: bytes, *, where: str) -> ModelCard:
    """Read the bytes of a card file; ``where`` names it in messages."""
    try:
        raw = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CardError("the card is not UTF-8 text", where=where, do="Save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise CardError(f"the card is not valid TOML: {str(fault)[:200]}", where=where) from None
    return _validated(raw, where=where)


def card_text(card: ModelCard) -> str:
    """The card as a TOML file: what was given, nothing that was defaulted."""
    given = card.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    return toml_text({"schema": card.schema_, **{key: value for key, value in given.items() if key != "schema"}})


def _validated(raw: dict[str, Any], *, where: str) -> ModelCard:
    try:
        # The JSON door of pydantic is the strict one that still takes a list for a tuple.
        return ModelCard.model_validate_json(json.dumps(raw, default=_plain), strict=True)
    except ValidationError as refused:
        details = refused.errors(include_url=False, include_input=False)
    faults = dict.fromkeys(_fault(detail, raw) for detail in details)
    raise all_at_once([CardError(what, where=where, do=do) for what, do in faults])


def _plain(value: object) -> object:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    raise CardError(f"a {type(value).__name__} cannot stand in a card")


def _fault(detail: Mapping[str, Any], raw: Mapping[str, Any]) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    place = [part for part in detail["loc"] if part not in _BRANCHES]
    written = _written(place, raw)
    if kind == "extra_forbidden":
        return f"unknown key {written}", nearest(str(place[-1]), _keys(place))
    if kind == "value_error":
        return str(context["error"]), ""
    if kind == "literal_error":
        return f"{written} must be {context['expected']}", _nearest_literal(place, raw, context["expected"])
    if kind == "string_pattern_mismatch" and place[-1] == "language":
        return f'{written} must be two small letters, such as "en"', ""
    if kind == "string_pattern_mismatch":
        return f"{written} may hold letters, digits, '.', '_' and '-' only (a name: small letters)", ""
    bounds = {
        "greater_than_equal": ("at least", "ge"),
        "greater_than": ("above", "gt"),
        "less_than": ("below", "lt"),
    }
    if kind in bounds:
        words, bound = bounds[kind]
        return f"{written} must be {words} {context[bound]:g}", ""
    if len(place) != len(detail["loc"]):
        return f"{written} has a value of the wrong type", ""
    return f"{written} {_RULES.get(kind, 'is not valid')}", ""


def _written(place: Sequence[Any], raw: Mapping[str, Any]) -> str:
    """A place as the file writes it: ``inputs[0].range (input "age")``."""
    parts = ""
    for part in place:
        parts += f"[{part}]" if isinstance(part, int) else (f".{part}" if parts else str(part))
    if len(place) > 1 and place[0] == "inputs" and isinstance(place[1], int):
        item = raw["inputs"][place[1]]
        name = item.get("name") if isinstance(item, Mapping) else None
        return f'{parts} (input "{name}")' if isinstance(name, str) else parts
    return parts or "the card"


def _keys(place: Sequence[Any]) -> list[str]:
    home: type[BaseModel] = ModelCard
    if len(place) > 2 and place[-2] == "asked_if":
        home = AskedIf
    elif place[0] == "translations":
        home = InputTranslation if "inputs" in place[:-1] else CardTranslation
    elif len(place) > 1:
        inner = InputSummary if place[1] == "inputs" else DevelopmentSummary
        home = {"inputs": Feature, "development": inner, "update": UpdateSummary}.get(str(place[0]), ModelCard)
    return [field.alias or name for name, field in home.model_fields.items()]


def _nearest_literal(place: Sequence[Any], raw: Any, expected: str) -> str:
    value = raw
    for part in place:
        value = value[part]
    known = [word.strip().strip("'") for word in expected.replace(" or ", ",").split(",")]
    near = near_name(str(value), known)
    return f"Did you mean {near!r}?" if near else ""
