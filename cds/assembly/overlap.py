"""Finds the patients whom the model has seen before, by the fingerprints of its version, and leaves them out beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, IntArray
from cds.core.cohort import Cohort, FlowStep
from cds.core.fingerprints import FingerprintSet, Overlap, SubsetOverlap
from cds.core.measure import NotEstimable
from cds.core.model import RegisteredModel
from cds.core.model_card import ModelCard
from cds.core.protocol import ValidationProtocol
from cds.registry.fingerprint_key import KEY_FILE, read_key
from cds.stats.chance_matches import Chance, coverage, coverage_like, frequencies, number_by_chance
from cds.stats.fingerprinting import coded, digests, key_id
from cds.stats.inputs import prepare_inputs

WITHOUT_OVERLAP = "without_overlap"
FEWEST = 3  # patients above chance, before an excess is taken for real
PERMUTATIONS, PERMUTED_ROWS = 50, 4_000
STREAM = 2**31 + 5  # of the protocol's seed, apart from the bootstrap's children
OFTEN_ALIKE, SELDOM_ALIKE = 0.9, 0.5
NO_DEVELOPMENT = (
    "the model was registered without development data, or without fingerprints of them: who of these patients was "
    "among those it was developed on is not known. Register a new version with --development"
)
NO_KEY = (
    "the key of the model's fingerprints is not here, and without it nothing can be compared with them. Bring the file "
    f"fingerprint.key from where the model was registered, and name it in the environment variable {KEY_FILE}"
)
OTHER_KEY = (
    "the key here is not the one that the model's fingerprints were made with. Bring the file fingerprint.key from "
    f"where the model was registered, and name it in the environment variable {KEY_FILE}"
)


@dataclass(frozen=True, eq=False)
class _Judged:
    """The patients judged as rows of inputs, in every imputation, and which patient each row is (0 … patients − 1)."""

    prepared: pd.DataFrame
    patient: IntArray
    first: BoolArray
    seed: int

    @property
    def patients(self) -> int:
        return int(self.patient.max()) + 1


def development_overlap(
    protocol: ValidationProtocol, cohorts: Sequence[Cohort], model: RegisteredModel | None
) -> Overlap | NotEstimable | None:
    """How many of the patients the model has seen, against chance; None of frozen predictions.

    ``cohorts`` hold the same patients: the rows judged, and where inputs were imputed each imputation. A patient
    matches who has one row like one that was seen. Subsets go on from each other: stable inputs are compared among
    those patients only who do not match in all inputs, where that match is more than chance.

    Raises:
        InputError: a key that cannot be read.
        ArtifactError: damaged fingerprints.
    """
    if model is None:
        return None
    if model.load_fingerprints is None:
        return NotEstimable(NO_DEVELOPMENT)
    held, key = model.load_fingerprints(), read_key()
    if key is None:
        return NotEstimable(NO_KEY)
    if any(one.key_id != key_id(key) for one in held):
        return NotEstimable(OTHER_KEY)
    judged = _judged(protocol, cohorts, model.card)
    matched, found = np.full(judged.patients, False), list[SubsetOverlap]()
    for _, sets in groupby(held, key=lambda one: one.seen):
        left = np.full(judged.patients, True)
        for one in sets:
            alike, result = _compared(one, judged, left, key)
            found.append(result)
            if result.real:
                matched |= alike
                left &= ~alike
    rows = matched[pd.factorize(cohorts[0].patients)[0]]
    return Overlap(tuple(found), rows, judged.patients, int(matched.sum()), _not_repeated(protocol, rows))


def without_overlap(overlap: Overlap | NotEstimable | None) -> IntArray | None:
    """The rows of the analysis without patients whom the model has seen; None where there is no such analysis."""
    if not isinstance(overlap, Overlap) or not overlap.real or overlap.not_repeated:
        return None
    return np.flatnonzero(~overlap.matching)


def taken(cohort: Cohort, rows: IntArray) -> Cohort:
    """The cohort of the patients whom the model has not seen, and the step in its data flow."""
    step = FlowStep(
        "patients that the model has not seen", len(rows), len(cohort) - len(rows), "fingerprint of a row seen before"
    )
    part = cohort.take(rows)
    return replace(part, flow=(*cohort.flow, step))


def _not_repeated(protocol: ValidationProtocol, rows: BoolArray) -> str:
    if protocol.judges_development:
        return "the design judges the model on its own patients"
    if protocol.landmark is not None:
        return "numbers are by landmark"
    if protocol.trial is not None:
        return "a trial is judged as randomised"
    return "no patient would be left" if rows.all() else ""


def _judged(protocol: ValidationProtocol, cohorts: Sequence[Cohort], card: ModelCard) -> _Judged:
    names = pd.factorize(cohorts[0].patients)[1]
    place = [pd.Index(names).get_indexer(pd.Index(cohort.patients)) for cohort in cohorts]
    prepared = [prepare_inputs(card, cohort.features) for cohort in cohorts]
    patient = np.concatenate(place).astype(np.int64)
    whole = prepared[0] if len(prepared) == 1 else pd.concat(prepared, ignore_index=True)
    first = ~pd.Series(patient).duplicated().to_numpy()
    return _Judged(whole, patient, first, protocol.measures.seed)


def _compared(one: FingerprintSet, judged: _Judged, left: BoolArray, key: bytes) -> tuple[BoolArray, SubsetOverlap]:
    """Which patients match in a subset of columns, and how many of them would by chance."""
    codes = coded(one.columns, judged.prepared)
    made = digests(codes, key, one.scope)
    patients = left[judged.patient]
    alike = np.full(len(left), False)
    alike[judged.patient[_seen(made, one.digests) & patients]] = True
    n, observed = int(left.sum()), int(alike.sum())
    names = tuple(column.name for column in one.columns)
    if not n:
        return alike, SubsetOverlap(one.seen, one.subset, names, 0, 0, 0.0, 0, 0)
    chances = {
        "permuted": _permuted(one, codes[judged.first], judged.seed, key),
        "seen": coverage(one.counts, one.rows),
        "judged": coverage_like(frequencies(made[judged.first]), one.rows, one.counts),
    }
    distinct = pd.DataFrame({"patient": judged.patient, "made": made}).drop_duplicates()["patient"]
    rows = np.bincount(distinct.to_numpy(dtype=np.int64), minlength=len(left))[left]
    rng = np.random.default_rng(np.random.SeedSequence(judged.seed, spawn_key=(STREAM, 1)))
    numbers = {name: number_by_chance(chance, rows, rng) for name, chance in chances.items()}
    expected, low, high = max(numbers.values(), key=lambda each: each[0])
    result = SubsetOverlap(
        one.seen, one.subset, names, n, observed, expected, low, high,
        by_chance={name: number[0] for name, number in numbers.items()},
        real=observed > high and observed - expected >= FEWEST,
        repeats=observed > numbers["permuted"][2] + FEWEST and _often_alike(chances),
    )  # fmt: skip
    return alike, result


def _often_alike(chances: Mapping[str, Chance]) -> bool:
    """Whether the rows seen repeat each other as those judged here do not: several rows of a patient, most likely."""
    return chances["seen"].rate > OFTEN_ALIKE and chances["judged"].rate < SELDOM_ALIKE


def _permuted(one: FingerprintSet, codes: IntArray, seed: int, key: bytes) -> Chance:
    """The share of rows seen before where each column is drawn for itself from the patients judged."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAM, 0)))
    rows, hits = min(len(codes), PERMUTED_ROWS), 0
    for _ in range(PERMUTATIONS):
        drawn = np.column_stack([column[rng.integers(len(codes), size=rows)] for column in codes.T])
        hits += int(_seen(digests(drawn, key, one.scope), one.digests).sum())
    return Chance(hits / (rows * PERMUTATIONS), rows * PERMUTATIONS)


def _seen(made: NDArray[np.uint64], known: NDArray[np.uint64]) -> BoolArray:
    """Which fingerprints are among the known ones, which are sorted."""
    if not len(known):
        return np.full(len(made), False)
    place = np.minimum(np.searchsorted(known, made), len(known) - 1)
    return np.asarray(known[place] == made)
