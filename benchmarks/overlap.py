"""Fingerprints and overlap of 154,167 against 154,167 rows with 40 columns, beside a join that needs both tables."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.large_cohort import PATIENTS, peak_gigabytes
from benchmarks.printing import figure
from cds.assembly.overlap import development_overlap
from cds.core.cohort import Cohort
from cds.core.fingerprints import Overlap
from cds.core.model import RegisteredModel
from cds.core.model_card import Feature, ModelCard
from cds.core.prediction import Risk
from cds.core.protocol import ValidationProtocol
from cds.registry.fingerprint_key import KEY_FILE
from cds.registry.fingerprints import fingerprint_bytes, fingerprints_of, parse_fingerprints

NUMBERS, LEVELS = 15, 25  # of the 40 columns
SHARE = 0.2  # of the patients judged, who are development rows
INPUTS = (
    *(Feature(name=f"number_{k}", type="number", stable=k < 2) for k in range(NUMBERS)),
    *(
        Feature(name=f"level_{k}", type="category", levels={str(v): str(v) for v in range(4)}, stable=k < 4)
        for k in range(LEVELS)
    ),
)
CARD = ModelCard(name="made", version="1", outcome="binary", inputs=INPUTS)
PROTOCOL = ValidationProtocol.model_validate(
    {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q",
        "outcome": {"kind": "binary", "column": "y"}, "criteria": [{"measure": "auroc", "at_least": 0.6}],
    }
)  # fmt: skip


class Made:
    """A card without a model behind it: nothing is predicted here."""

    adapter, card = "made", CARD

    def predict(self, features: pd.DataFrame, *, horizons: object = None) -> Risk:
        """Not asked."""
        raise NotImplementedError


def table(seed: int) -> pd.DataFrame:
    """Numbers with one decimal and levels, both following one trait of the patient."""
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=(PATIENTS, 1))
    numbers = np.round(50 + 10 * (trait + rng.normal(size=(PATIENTS, NUMBERS))), 1)
    levels = np.clip(np.round(1.5 + 0.7 * (trait + rng.normal(size=(PATIENTS, LEVELS)))), 0, 3)
    names = [feature.name for feature in INPUTS]
    return pd.DataFrame(np.column_stack([numbers, levels]), columns=names)


def main() -> None:
    """Print the figure beside pandas' merge on every column."""
    development, judged = table(1), table(2)
    shared = int(SHARE * PATIENTS)
    judged.iloc[:shared] = development.sample(shared, random_state=1).to_numpy()
    cohort = Cohort(patients=np.arange(PATIENTS).astype(str), features=judged)
    before = peak_gigabytes()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[KEY_FILE] = str(Path(folder) / "key")
        started = time.perf_counter()
        held = fingerprint_bytes(fingerprints_of(CARD, development, Path(folder) / "registry"))
        registered = time.perf_counter() - started
        model = RegisteredModel(Made(), "", "", load_fingerprints=lambda: parse_fingerprints(held))
        found = development_overlap(PROTOCOL, [cohort], model)
        seconds = time.perf_counter() - started
    gigabytes = peak_gigabytes()
    if not isinstance(found, Overlap) or found.subsets[0].observed != shared:
        raise RuntimeError("the planted patients were not found")
    started = time.perf_counter()
    merged = judged.merge(development.drop_duplicates(), how="inner")
    peer_seconds = time.perf_counter() - started
    figure(
        "n = 154,167 against 154,167, 40 columns: fingerprints of both, matching, and the number by chance",
        seconds=seconds,
        peer="pandas.merge on all columns, which needs the development rows and tells nothing about chance",
        peer_seconds=peer_seconds,
        target="<= 10 s, <= 1 GB",
        registration_seconds=round(registered, 2),
        gigabytes=round(gigabytes, 2),
        gigabytes_before=round(before, 2),
        stored_megabytes=round(len(held) / 1e6, 1),
        found=found.subsets[0].observed,
        found_by_peer=len(merged),
        by_chance=round(found.subsets[0].expected, 2),
    )


if __name__ == "__main__":
    main()
