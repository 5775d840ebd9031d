"""What a message may say about values that a card does not allow: where they are, and what they may be meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, IntArray
from cds.core.errors import PredictionError, known_names, near_name, row_list
from cds.core.model import Feature

SHARED_BY = 11  # a level may be quoted in a message only where this many rows share it
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def not_a_number(feature: Feature, values: pd.Series, text: BoolArray) -> PredictionError:
    """The fault of text in an input of numbers; one word makes a file's whole column text, so only it is named.

    ``values`` are the column's, ``text`` says which of them are neither number nor missing.
    """
    article = "an" if feature.type == "integer" else "a"
    declared = f"input {feature.name!r} is declared {article} {feature.type} but holds"
    unread = pd.to_numeric(values.where(text).astype(str), errors="coerce").isna().to_numpy() & text
    if not unread.any():
        rows = row_list(np.flatnonzero(text).tolist())
        return PredictionError(f"{declared} numbers written as text at {rows}", do="Make the column numeric")
    commas = any(_DECIMAL_COMMA.fullmatch(str(value)) for value in values[unread])
    do = "Some seem to be decimal commas: write points, or separate the columns by semicolons" if commas else ""
    return PredictionError(f"{declared} text or another type at {row_list(np.flatnonzero(unread).tolist())}", do=do)


def unknown_levels(
    feature: Feature, keys: Sequence[str], codes: IntArray, strange: BoolArray, known: Sequence[str]
) -> PredictionError:
    """The fault of levels that the card does not know; one is quoted only where eleven rows share it.

    ``keys`` are the levels found and ``codes`` each row's among them, ``strange`` says which rows hold unknown ones.
    """
    counts = np.bincount(codes[strange], minlength=len(keys))
    common = [keys[code] for code in np.flatnonzero(counts >= SHARED_BY)]
    rare = [keys[code] for code in np.flatnonzero((counts > 0) & (counts < SHARED_BY))]
    found = len(common) + len(rare)
    what = "a level that its card does not know" if found == 1 else f"{found} levels that its card does not know"
    return PredictionError(
        f"input {feature.name!r} has {what}{_quoted(common, rare)} at {row_list(np.flatnonzero(strange).tolist())}",
        do=". ".join([*_hints([*common, *rare], known), known_names(known)]),
    )


def _quoted(common: Sequence[str], rare: Sequence[str]) -> str:
    shown = [repr(level) for level in common]
    if common and rare:
        shown.append(f"{len(rare)} more, not shown to protect patients")
    return f" ({', '.join(shown)})" if shown else ""


def _hints(levels: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """What unknown levels may be meant to be, in words that hold no level but the card's own."""
    yield from dict.fromkeys(hint for level in levels if (hint := _hint(level, known)))


def _hint(level: str, known: Sequence[str]) -> str:
    if level != level.strip() and level.strip() in known:
        return "One begins or ends with a blank"
    near = near_name(level, known)
    if near and near.casefold() == level.casefold():
        return f"One differs in upper and lower case from {near!r}"
    return f"One is written almost like {near!r}" if near else ""
