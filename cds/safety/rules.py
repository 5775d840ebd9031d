"""Reads the red-flag rules: an editable TOML file, checked in full before any patient is screened by it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cds.core.errors import InputError, all_at_once
from cds.core.safety import ItemRule, RedFlag, SafetyRules, Urgency

SHIPPED = Path(__file__).with_name("lbp_red_flags.toml")
COLUMN_PREFIX = "red_flag_"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rule(_Strict):
    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str = Field(min_length=1)
    label: str = Field(min_length=1)
    concern: str = Field(min_length=1)
    urgency: Urgency
    action: str = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)


class _Flag(_Rule):
    group: str = Field(min_length=1)
    emergency: bool
    column: str = ""


class _Item(_Rule):
    columns: tuple[str, ...] = Field(min_length=1)
    position_columns: tuple[str, ...] = ()
    maximum: int = Field(ge=1)


class _File(_Strict):
    schema_: Literal["cds.red_flags/1"] = Field(alias="schema")
    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
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
        parsed = _File.model_validate(tomllib.loads(raw.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"the red-flag rules are not TOML: {fault}", where=str(file)) from None
    except ValidationError as fault:
        raise _faults(fault, file) from None
    return SafetyRules(
        name=parsed.name,
        version=parsed.version,
        approved_by=parsed.approved_by.strip(),
        approved_on=parsed.approved_on.strip(),
        flags=tuple(_red_flag(flag) for flag in parsed.flags),
        items=tuple(ItemRule(**item.model_dump()) for item in parsed.items),
        sources=parsed.sources,
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _red_flag(flag: _Flag) -> RedFlag:
    fields = flag.model_dump()
    return RedFlag(**fields | {"column": flag.column or f"{COLUMN_PREFIX}{flag.id}"})


def _faults(fault: ValidationError, file: Path) -> InputError:
    found = [
        InputError(str(error["msg"]), where=f"{file}: {'.'.join(map(str, error['loc'])) or 'rules'}")
        for error in fault.errors()
    ]
    return all_at_once(found)
