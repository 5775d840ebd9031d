"""Reads the red-flag rules: an editable TOML file, checked in full before any patient is screened by it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cds.core.errors import InputError, all_at_once
from cds.core.safety import ItemRule, RedFlag, SafetyRules, Urgency, Wording

SHIPPED = Path(__file__).with_name("lbp_red_flags.toml")
COLUMN_PREFIX = "red_flag_"
Said = Annotated[str, Field(min_length=1, pattern=r"\S")]  # blanks alone say nothing
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Strict):
    name: Said
    label: Said
    concern: Said
    action: Said


class _Rule(_Strict):
    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Said
    label: Said
    concern: Said
    urgency: Urgency
    action: Said
    sources: tuple[str, ...] = Field(min_length=1)
    set: Literal["general", "postpartum"] = "general"
    in_: dict[LanguageCode, _Words] = Field(default_factory=dict, alias="in")


class _Flag(_Rule):
    group: Said
    emergency: bool
    column: str = ""


class _Item(_Rule):
    columns: tuple[str, ...] = Field(min_length=1)
    position_columns: tuple[str, ...] = ()
    maximum: int = Field(ge=1)


class _File(_Strict):
    schema_: Literal["cds.red_flags/1"] = Field(alias="schema")
    name: Said
    version: Said
    language: LanguageCode = "en"
    approved_by: str = ""
    approved_on: str = ""
    sources: dict[str, str]
    flags: tuple[_Flag, ...] = Field(min_length=1)
    items: tuple[_Item, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        rules: list[_Rule] = [*self.flags, *self.items]
        ids = [rule.id for rule in rules]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"rules named twice: {', '.join(twice)}")
        if unknown := sorted({key for rule in rules for key in rule.sources} - set(self.sources)):
            raise ValueError(f"sources that are not listed under [sources]: {', '.join(unknown)}")
        if bool(self.approved_by.strip()) != bool(self.approved_on.strip()):
            raise ValueError("an approval needs both approved_by and approved_on")
        if self.approved_on.strip() and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", self.approved_on.strip()):
            raise ValueError("approved_on must be a date, such as 2027-01-31")
        return self


def read_rules(path: Path | None = None) -> SafetyRules:
    """The red-flag rules of a TOML file; the shipped rules where no file is given.

    Raises:
        InputError: the file is absent or no TOML, or a rule is incomplete, unknown or named twice (all at
        once).
    """
    file = SHIPPED if path is None else Path(path)
    try:
        raw = file.read_bytes()
    except OSError as fault:
        raise InputError(f"the red-flag rules cannot be read: {fault.strerror}", where=str(file)) from None
    try:
        content = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"the red-flag rules are not TOML: {fault}", where=str(file)) from None
    try:
        parsed = _File.model_validate(content)
    except ValidationError as fault:
        raise _faults(fault, file, content) from None
    flags = tuple(_red_flag(flag) for flag in parsed.flags)
    return SafetyRules(
        name=parsed.name,
        version=parsed.version,
        approved_by=parsed.approved_by.strip(),
        approved_on=parsed.approved_on.strip(),
        flags=flags,
        items=tuple(ItemRule(**_fields(item)) for item in parsed.items),
        sources=parsed.sources,
        sha256=hashlib.sha256(raw).hexdigest(),
        language=parsed.language,
        left_out=() if file == SHIPPED else _left_out(flags),
    )


def _left_out(flags: tuple[RedFlag, ...]) -> tuple[RedFlag, ...]:
    """The shipped emergency flags that these rules lack, or whose absence from the data would not withhold."""
    kept = {flag.id for flag in flags if flag.emergency}
    return tuple(flag for flag in read_rules().flags if flag.emergency and flag.id not in kept)


def write_rules(path: Path) -> None:
    """Write the shipped rules to a new file, for a clinic to edit and sign; an existing file is never overwritten.

    Raises:
        InputError: the file exists, or cannot be written.
    """
    try:
        with Path(path).open("xb") as file:
            file.write(SHIPPED.read_bytes())
    except FileExistsError:
        raise InputError("the file exists already", where=str(path), do="Name a new one") from None
    except OSError as fault:
        raise InputError(f"the rules cannot be written: {fault.strerror}", where=str(path)) from None


def _red_flag(flag: _Flag) -> RedFlag:
    return RedFlag(**_fields(flag) | {"column": flag.column or f"{COLUMN_PREFIX}{flag.id}"})


def _fields(rule: _Rule) -> dict[str, Any]:
    fields = rule.model_dump()
    return fields | {"wording": {code: Wording(**words) for code, words in fields.pop("in_").items()}}


def _faults(fault: ValidationError, file: Path, content: Mapping[str, Any]) -> InputError:
    found = [
        InputError(_plain(error["type"], str(error["msg"])), where=f"{file}: {_place(error['loc'], content)}")
        for error in fault.errors()
    ]
    return all_at_once(found)


_PLAIN = {
    "extra_forbidden": "no such key",
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_pattern_mismatch": "an id holds small letters, digits and _ only, a language two small letters",
}


def _plain(kind: str, message: str) -> str:
    said = message.removeprefix("Value error, ").replace("Input should be", "must be")
    return _PLAIN.get(kind, said)


def _place(where: tuple[int | str, ...], content: Mapping[str, Any]) -> str:
    """``flags.trauma.urgency``: a rule by its id, where it has one, else by its place in the file, from 1."""
    parts = [str(part) for part in where]
    if len(where) > 1 and isinstance(where[1], int):
        rule = content[str(where[0])][where[1]]
        known = rule.get("id") if isinstance(rule, dict) else None
        parts[1] = str(known) if known else f"number {where[1] + 1}"
    return ".".join(parts) or "rules"
