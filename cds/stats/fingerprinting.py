"""Rows as keyed fingerprints: canonical, rounded values behind an HMAC, so that rows can be compared and not read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import FloatArray, IntArray
from cds.core.fingerprints import FingerprintedColumn, Subset
from cds.core.model_card import Feature, ModelCard, level_key

DIGITS = 6  # significant digits of a number whose card declares no precision
MISSING = np.iinfo(np.int64).min  # the token of a missing value: no number and hardly a text has it
DIGEST = 8  # bytes kept: among 154,167 × 154,167 pairs of different rows two agree once in a billion times
NUMBERS = ("number", "integer", "boolean")
NOT_COMPARED = ("series", "image")
FEWEST_COLUMNS = 2  # of a subset of stable inputs: one column alone names nobody
_TINY = 1e-290


def fingerprinted(card: ModelCard) -> dict[Subset, tuple[FingerprintedColumn, ...]]:
    """The subsets of a card's inputs that are fingerprinted: all of them, and those that stay as they are.

    Stable are the inputs with ``stable = true``; where the card marks none, those with ``modifiable = false``. No
    stable subset where it holds fewer than two inputs, or all of them. Series and images are left out.
    """
    inputs = [feature for feature in card.inputs if feature.type not in NOT_COMPARED]
    stable = [feature for feature in inputs if feature.stable] or [
        feature for feature in inputs if feature.modifiable is False and feature.stable is None
    ]
    found: dict[Subset, tuple[FingerprintedColumn, ...]] = {}
    if inputs:
        found["inputs"] = tuple(map(_column, inputs))
    if FEWEST_COLUMNS <= len(stable) < len(inputs):
        found["stable"] = tuple(map(_column, stable))
    return found


def coded(columns: Sequence[FingerprintedColumn], prepared: pd.DataFrame) -> IntArray:
    """The rows as canonical whole numbers, shape (n, columns): equal exactly where values are the same.

    ``prepared`` holds the card's inputs as ``prepare_inputs`` gives them. A number is rounded to its precision or to
    six significant digits, a category is its key as the card writes it, a missing value a token of its own.
    """
    codes = np.empty((len(prepared), len(columns)), dtype="<i8")
    for k, column in enumerate(columns):
        values = prepared[column.name]
        codes[:, k] = _numbers(values, column.precision) if column.number else _texts(values)
    return codes


def digests(codes: IntArray, key: bytes, scope: str) -> NDArray[np.uint64]:
    """The first eight bytes of each row's HMAC-SHA256, shape (n,) (RFC 2104).

    ``scope`` derives the key that is used, so that equal rows of two models, or two subsets, have no common
    fingerprint.
    """
    own = hmac.digest(key, scope.encode(), "sha256")
    rows, width = np.ascontiguousarray(codes, dtype="<i8").tobytes(), 8 * codes.shape[1]
    made = [hmac.digest(own, rows[at : at + width], "sha256")[:DIGEST] for at in range(0, len(rows), width)]
    return np.frombuffer(b"".join(made), dtype=">u8").astype(np.uint64)


def key_id(key: bytes) -> str:
    """A name by which a key is recognised, and from which it cannot be found."""
    return hmac.digest(key, b"cds fingerprint key", "sha256")[:DIGEST].hex()


def _column(feature: Feature) -> FingerprintedColumn:
    number = feature.type in NUMBERS and not feature.levels
    return FingerprintedColumn(feature.name, number, feature.precision if number else None)


def _numbers(values: pd.Series, precision: float | None) -> IntArray:
    numbers = values.to_numpy(dtype=np.float64)
    present = np.isfinite(numbers)
    codes = np.full(len(numbers), MISSING, dtype=np.int64)
    codes[present] = _significant(numbers[present]) if precision is None else _steps(numbers[present], precision)
    return codes


def _significant(numbers: FloatArray) -> IntArray:
    """Six significant digits and the power of ten, packed into one whole number."""
    size = np.abs(numbers)
    zero = size < _TINY
    power = np.floor(np.log10(np.where(zero, 1.0, size))).astype(np.int64)
    up, down = np.clip(DIGITS - 1 - power, 0, None), np.clip(power - DIGITS + 1, 0, None)
    digits = np.rint(size * 10.0**up / 10.0**down).astype(np.int64)
    carried = digits >= 10**DIGITS  # 999999.7 is 1000000, written as 100000 and one power more
    digits, power = np.where(carried, digits // 10, digits), power + carried
    packed = np.sign(numbers).astype(np.int64) * (digits * 1024 + power + 512)
    return np.where(zero, 0, packed).astype(np.int64)


def _steps(numbers: FloatArray, precision: float) -> IntArray:
    """How many steps of the precision; halves go up, also where the value is a hair below for want of digits."""
    steps = np.floor(np.round(numbers / precision, 3) + 0.5)
    return np.clip(steps, -(2.0**62), 2.0**62).astype(np.int64)


def _texts(values: pd.Series) -> IntArray:
    codes, uniques = pd.factorize(values.astype(object))
    keys = [level_key(value).strip() for value in uniques]
    table = [int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little", signed=True) for key in keys]
    return np.array([*table, MISSING], dtype=np.int64)[codes]  # a missing value has code −1, the last entry
