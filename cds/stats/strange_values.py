"""What a message may say about values that a card does not allow: where they are, and what they may be meant to be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, IntArray
from cds.core.errors import PredictionError, known_names, near_name, row_list
from cds.core.model_card import Feature, level_key

SHARED_BY = 11  # a level may be quoted in a message only where this many rows share it
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
# Words for a missing value, as programs and people write them; only these may be quoted back.
_NOTHING = ("None", "NA", "N/A", "NaN", "NULL", "<NA>", "<undefined>", "undefined", "missing")
_NOTHING_BY_KEY = {word.casefold(): word for word in _NOTHING} | {".": ".", "-": "-", "?": "?", "": "a blank"}
_CODE = re.compile(r"-[1789]|-?(9{2,5}|8{2,5}|7{2,5})(\.9|\.0)?")
_SHORT = {"y": "yes", "n": "no", "t": "true", "f": "false"}


def missing_word(value: object) -> str:
    """The word for a missing value that a text is, as programs commonly write it; empty where it is none.

    >>> missing_word(" NONE "), missing_word("<undefined>"), missing_word("female")
    ('None', '<undefined>', '')
    """
    return _NOTHING_BY_KEY.get(value.strip().casefold(), "") if isinstance(value, str) else ""


def lost_levels(feature: Feature, column: pd.Series) -> list[str]:
    """The card's own levels that readers of files take for a missing value, where some are missing and none occurs.

    >>> lost_levels(
    ...     Feature(name="x", type="category", levels={"None": "no pain", "mild": ""}), pd.Series(["mild", None])
    ... )
    ['None']
    """
    words = [level for level in feature.levels or () if missing_word(level)]
    if not words or not column.isna().any():
        return []
    present = {level_key(value) for value in column.dropna().unique()}
    return [level for level in words if level not in present]


def taken_for_missing(levels: Sequence[str]) -> str:
    """What may have happened to levels that are words for a missing value, and what to do."""
    quoted = ", ".join(repr(level) for level in levels)
    return (
        f"The card's level {quoted} does not occur: it may have been read as missing. Write it otherwise in the data "
        "and in a new version of the card (no_pain, say)"
    )


def missing_code(key: str) -> bool:
    """Whether a number is one that files often write for a missing value: −9, 99, 999, −1 and the like.

    >>> missing_code("-9"), missing_code("999"), missing_code("9"), missing_code("98")
    (True, True, False, False)
    """
    return _CODE.fullmatch(key) is not None


def code_shift(found: Collection[str], known: Collection[str]) -> int:
    """By how much whole-number codes are too high (negative: too low) for the known ones; 0 where that explains none.

    Some code must be unknown, and every one known after 1 is taken off, or added.

    >>> code_shift(["1", "2"], ["0", "1"]), code_shift(["0", "1"], ["1", "2"]), code_shift(["0", "1"], ["0", "1"])
    (1, -1, 0)
    """
    codes, declared = _whole(found), _whole(known)
    if codes is None or len(codes) < 2 or declared is None or codes <= declared:
        return 0
    return next((shift for shift in (1, -1) if {code - shift for code in codes} <= declared), 0)


def counted_from(shift: int) -> str:
    """What data whose codes are off by one should do, in words without any level."""
    high, do = ("high", "Subtract 1 from") if shift > 0 else ("low", "Add 1 to")
    return (
        f"Every code seems to be 1 too {high}, as 1 and 2 are where 0 and 1 are meant (or the reverse). Look it up in "
        f"the codebook, because 1 and 2 may also mean yes and no. {do} every code, or recode"
    )


def _whole(keys: Collection[str]) -> set[int] | None:
    """The whole numbers that keys stand for; None where one is no number. A boolean's words are left out."""
    numbers = [key for key in keys if key.casefold() not in ("yes", "no", "true", "false")]
    if not numbers or not all(re.fullmatch(r"-?\d{1,4}", key) for key in numbers):
        return None
    return {int(key) for key in numbers}


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
    words = dict.fromkeys(word for value in values[unread] if (word := missing_word(value)))
    do = "Some seem to be decimal commas: write points, or separate the columns by semicolons" if commas else ""
    if words:
        do = ". ".join([*([do] if do else []), _nothing_recorded(words)])
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
        do=". ".join([*_hints([*common, *rare], keys, known, feature.levels or {}), known_names(known)]),
    )


def _quoted(common: Sequence[str], rare: Sequence[str]) -> str:
    shown = [repr(level) for level in common]
    if common and rare:
        shown.append(f"{len(rare)} more, not shown to protect patients")
    return f" ({', '.join(shown)})" if shown else ""


def _hints(
    levels: Sequence[str], found: Sequence[str], known: Sequence[str], labels: Mapping[str, str]
) -> Iterator[str]:
    """What unknown levels may be meant to be, in words that hold no level but the card's own."""
    words = dict.fromkeys(word for level in levels if (word := missing_word(level)))
    rest = [level for level in levels if not missing_word(level)]
    if words:
        yield _nothing_recorded(words)
    present = [key for key in found if not missing_word(key) and not (missing_code(key) and key not in known)]
    shift = code_shift(present, known)
    if shift:
        yield counted_from(shift)
        rest = [level for level in rest if level not in present]
    if any(missing_code(level) for level in rest):
        yield "One looks like a code for a missing value: empty those cells, or declare it in the card's missing_codes"
        rest = [level for level in rest if not missing_code(level)]
    yield from dict.fromkeys(hint for level in rest if (hint := _hint(level, known, labels)))


def _nothing_recorded(words: Iterable[str]) -> str:
    quoted = ", ".join(repr(word) for word in words)
    return (
        f"Some say that nothing was recorded ({quoted}): leave those cells empty, or declare it in the card's "
        "missing_codes"
    )


def _hint(level: str, known: Sequence[str], labels: Mapping[str, str]) -> str:
    if level != level.strip() and level.strip() in known:
        return "One begins or ends with a blank"
    for key, label in labels.items():
        if label and level.strip().casefold() == label.casefold() and label.casefold() != key.casefold():
            return f"One is the card's word for a level: write {key!r} for {label!r}"
    near = near_name(level.strip(), known)
    if near and near.casefold() == level.strip().casefold():
        blank = "" if level == level.strip() else ", and has a blank before or after it"
        return f"One differs in upper and lower case from {near!r}{blank}"
    if near:
        return f"One is written almost like {near!r}"
    short = level.strip().casefold()
    word = _SHORT.get(short, "")
    if word in known:
        return f"One seems short for {word!r}"
    begun = [name for name in known if len(short) == 1 and short.isalpha() and name.casefold().startswith(short)]
    return f"One seems short for {begun[0]!r}" if len(begun) == 1 else ""
