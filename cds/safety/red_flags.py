"""Screens one patient for red flags: present, absent or not recorded, and never one taken for the other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cds.core.errors import InputError, all_at_once, nearest
from cds.core.safety import FlagAnswer, FlagState, ItemAnswer, ItemRule, SafetyRules, SafetyScreen
from cds.safety.rules import COLUMN_PREFIX
from cds.safety.rules import read_rules as _read_rules

LONGEST = 3  # digits of a score
_WORDS: dict[str, FlagState] = {
    "yes": "present",
    "true": "present",
    "1": "present",
    "no": "absent",
    "false": "absent",
    "0": "absent",
}


def read_rules(path: Path | None = None) -> SafetyRules:
    """The red-flag rules of a TOML file; the shipped rules where no file is given.

    Raises:
        InputError: the file is absent, no TOML, or holds rules that are incomplete, unknown or named twice.
    """
    return _read_rules(path)


def screen(row: Mapping[str, object], *, rules: SafetyRules | None = None) -> SafetyScreen:
    """Every red flag of one patient, from columns ``red_flag_<id>``.

    yes, true and 1 mean present; no, false and 0 absent; blank, or a column that the data do not have, not
    recorded. Upper and lower case are the same. Questionnaire items appear only where their column is among
    the inputs.

    Raises:
        InputError: any other value, or a red-flag column that no rule reads: all of them at once, without
        values.

    >>> screen({"red_flag_saddle_numbness": "yes"}).stop
    True
    >>> screen({}).ask_first
    True
    """
    rules, row = rules or _read_rules(), dict(row)  # a pandas Series iterates over its values
    faults: list[InputError] = list(_unknown_columns(row, rules))
    answers: list[FlagAnswer] = []
    items: list[ItemAnswer] = []
    for flag in rules.flags:
        try:
            answers.append(FlagAnswer(flag, _state(row.get(flag.column), flag.column)))
        except InputError as fault:
            faults.append(fault)
    for item in rules.items:
        try:
            items.extend(_item_answer(item, row))
        except InputError as fault:
            faults.append(fault)
    if faults:
        raise all_at_once(faults)
    return SafetyScreen(rules, tuple(answers), tuple(items))


def _unknown_columns(row: Mapping[str, object], rules: SafetyRules) -> list[InputError]:
    # A misspelt column would otherwise hide a flag that somebody recorded.
    known = {flag.column for flag in rules.flags}
    strange = [str(c) for c in row if plain_name(c).startswith(COLUMN_PREFIX) and str(c) not in known]
    return [InputError(f"no red-flag rule reads column {column!r}", do=nearest(column, known)) for column in strange]


def plain_name(column: object) -> str:
    """A column's name without what a typist varies: blanks around it, case, blanks and hyphens for underscores.

    >>> plain_name(" Red flag-saddle_numbness ")
    'red_flag_saddle_numbness'
    """
    return re.sub(r"[\s_-]+", "_", str(column).strip().lower())


def _state(value: object, column: str) -> FlagState:
    if _blank(value):
        return "not_recorded"
    state = _WORDS.get(_word(value))
    if state is None:
        raise InputError(
            f"column {column!r} holds something other than yes, no or blank", do="Write yes, no or nothing"
        )
    return state


def _blank(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    return isinstance(value, str) and not value.strip()


def _word(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    return str(value).strip().lower()


def _item_answer(item: ItemRule, row: Mapping[str, object]) -> list[ItemAnswer]:
    points = [_score(row[column], column, 0, item.maximum) for column in _named(item.columns, row)]
    # An answer's position from the top of the form: the first of them is worth the most points.
    last = item.maximum + 1
    answers = [_score(row[column], column, 1, last) for column in _named(item.position_columns, row)]
    scores = [*points, *(None if answer is None else last - answer for answer in answers)]
    if not scores:
        return []
    # Two columns for one item: the higher answer counts, for safety.
    recorded = [score for score in scores if score is not None]
    state: FlagState = "not_recorded" if not recorded else "present" if max(recorded) > 0 else "absent"
    return [ItemAnswer(item, state)]


def _named(names: Sequence[str], row: Mapping[str, object]) -> list[str]:
    known = {name.lower() for name in names}
    return [column for column in row if str(column).lower() in known]


def _score(value: Any, column: str, least: int, most: int) -> int | None:
    if _blank(value):
        return None
    word = _word(value)
    if (
        isinstance(value, (bool, np.bool_))
        or not word.isascii()
        or not word.isdigit()
        or len(word) > LONGEST
        or not least <= int(word) <= most
    ):
        raise InputError(f"column {column!r} must be a whole number from {least} to {most}, or blank")
    return int(word)
