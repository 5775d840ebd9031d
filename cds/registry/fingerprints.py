"""Reduces the development rows to keyed fingerprints; the key lies outside the registry, the rows nowhere.

A version's file holds one line of JSON (which columns, how many rows) and the sorted eight-byte fingerprints of each
subset of columns. Without the key nothing can be compared with them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.errors import ArtifactError, DataError, nearest_column
from cds.core.fingerprints import FingerprintedColumn, Fingerprints, FingerprintSet, Seen
from cds.core.model_card import ModelCard
from cds.registry.fingerprint_key import key_for
from cds.stats.fingerprinting import DIGEST, coded, digests, fingerprinted, key_id
from cds.stats.inputs import prepare_inputs

FINGERPRINTS = "fingerprints.bin"
SCHEMA = "cds.fingerprints/1"


def fingerprint_sets(card: ModelCard, frame: pd.DataFrame, key: bytes, *, seen: Seen = "development") -> Fingerprints:
    """The fingerprints of each subset of the card's inputs; none where no input can be compared.

    A patient's equal rows count once, where the card names its ``patient_column``.

    Raises:
        PredictionError: inputs that are not as the card declares them.
        DataError: the patient column is absent.
    """
    prepared = prepare_inputs(card, frame)
    patients = None if seen == "update" and card.patient_column not in frame else _patients(card, frame)
    found = []
    for subset, columns in fingerprinted(card).items():
        scope = f"{card.identity}/{seen}/{subset}"
        made = digests(coded(columns, prepared), key, scope)
        if patients is not None:
            made = pd.DataFrame({"patient": patients, "made": made}).drop_duplicates()["made"].to_numpy()
        unique, counts = np.unique(made, return_counts=True)
        shared = tuple((int(k), int(many)) for k, many in zip(*np.unique(counts, return_counts=True), strict=True))
        found.append(FingerprintSet(key_id(key), seen, subset, scope, columns, len(made), shared, unique))
    return tuple(found)


def _patients(card: ModelCard, frame: pd.DataFrame) -> NDArray[Any] | None:
    if not card.patient_column:
        return None
    if card.patient_column not in frame:
        raise DataError(
            f"the data have no column {card.patient_column!r}, which the card calls patient_column",
            do=nearest_column(card.patient_column, frame.columns),
        )
    codes, _ = pd.factorize(frame[card.patient_column])
    # Nobody's rows are one patient each.
    return np.where(codes < 0, -1 - np.arange(len(codes)), codes)


def fingerprints_of(
    card: ModelCard, frame: pd.DataFrame, registry: Path, *, seen: Seen = "development"
) -> Fingerprints:
    """The rows' fingerprints under the user's key; none where the card has no input that can be compared.

    Raises:
        InputError: see key_for.
        PredictionError, DataError: see fingerprint_sets.
    """
    return fingerprint_sets(card, frame, key_for(registry), seen=seen) if fingerprinted(card) else ()


def fingerprint_bytes(held: Fingerprints) -> bytes:
    """The file: a line of JSON, then each set's fingerprints."""
    sets = [
        {
            "key_id": one.key_id, "seen": one.seen, "subset": one.subset, "scope": one.scope,
            "rows": one.rows, "shared": one.shared, "fingerprints": len(one.digests),
            "columns": [{"name": c.name, "number": c.number, "precision": c.precision} for c in one.columns],
        }
        for one in held
    ]  # fmt: skip
    head = {"schema": SCHEMA, "algorithm": "HMAC-SHA256", "bytes": DIGEST, "sets": sets}
    return json.dumps(head, ensure_ascii=True).encode() + b"\n" + b"".join(_packed(one) for one in held)


def _packed(one: FingerprintSet) -> bytes:
    return one.digests.astype(f">u{DIGEST}").tobytes()


def parse_fingerprints(content: bytes) -> Fingerprints:
    """Read back what ``fingerprint_bytes`` wrote.

    Raises:
        ArtifactError: the file is not as this registry writes it.
    """
    head, _, body = content.partition(b"\n")
    try:
        held = json.loads(head)
        if held["schema"] != SCHEMA or held["bytes"] != DIGEST or held["algorithm"] != "HMAC-SHA256":
            raise ValueError
        sets, at = [], 0
        for one in held["sets"]:
            end = at + DIGEST * int(one["fingerprints"])
            sets.append(_set(one, np.frombuffer(body[at:end], dtype=f">u{DIGEST}").astype(np.uint64)))
            at = end
        if at != len(body):
            raise ValueError
        return tuple(sets)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ArtifactError(f"{FINGERPRINTS} cannot be read", do="Register the model again as a new version") from None


def _set(one: dict[str, Any], found: NDArray[np.uint64]) -> FingerprintSet:
    if len(found) != one["fingerprints"] or not (found[1:] > found[:-1]).all():
        raise ValueError
    if one["seen"] not in ("development", "update") or one["subset"] not in ("inputs", "stable"):
        raise ValueError
    columns = tuple(FingerprintedColumn(str(c["name"]), bool(c["number"]), c["precision"]) for c in one["columns"])
    shared = tuple((int(k), int(many)) for k, many in one["shared"])
    if sum(many for _, many in shared) != len(found) or sum(k * many for k, many in shared) != one["rows"]:
        raise ValueError
    named = (str(one["key_id"]), one["seen"], one["subset"], str(one["scope"]))
    return FingerprintSet(*named, columns, int(one["rows"]), shared, found)
