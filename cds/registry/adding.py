"""Registers a model: checks it against its card, proves that it survives storage, writes it as a new version."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cds import catalog
from cds.core.errors import ArtifactError, DataError, InputError, located
from cds.core.model import Adapter, Model, RegisteredModel
from cds.core.model_card import ModelCard
from cds.registry.background import BACKGROUND, Background, background_bytes, read_background
from cds.registry.card_file import card_text, read_card
from cds.registry.conformal import CONFORMAL_FILE, conformal_bytes, conformal_of
from cds.registry.development import development_summary, with_nearness, with_predictions
from cds.registry.fingerprints import FINGERPRINTS, fingerprint_bytes, fingerprints_of, parse_fingerprints
from cds.registry.folder import refuse_taken, write_version
from cds.registry.reference import registry_root
from cds.registry.refits import REFITS, parse_refits, refit_bytes
from cds.registry.standings import latest_standing
from cds.registry.sums import identity
from cds.registry.trial import CHECK, check_bytes, prediction_numbers, trial_rows
from cds.registry.version import (
    CARD,
    ENTRY,
    Entry,
    adapter_for_file,
    is_pickle,
    make_model,
    refuse_pickle,
)
from cds.stats.inputs import missing_required, prepare_inputs

ROUND_TRIP = 1e-12
BACKGROUND_DATA, DEVELOPMENT_DATA, APART = "background", "development", "conformal"  # how messages call the samples

Card = ModelCard | Mapping[str, Any] | str | Path


@dataclass(frozen=True)
class _Artifact:
    """An artifact's file name, bytes and adapter, and the model in memory where it came from there."""

    name: str
    content: bytes
    adapter: str
    original: Model | None = None


def add(
    source: Any,
    card: Card,
    *,
    background: pd.DataFrame | None = None,
    development: pd.DataFrame | None = None,
    instability: int = 0,
    conformal: pd.DataFrame | None = None,
    fingerprints: bool = True,
    root: str | Path | None = None,
    allow_pickle: bool = False,
) -> RegisteredModel:
    """Register a fitted estimator in memory, or an artifact's file, under the card's name and version.

    ``background`` is stored: it is the reference sample for explanations (raw inputs, and the outcome column
    where present). ``development`` is reduced to a summary in the card and not stored; with ``instability``, so many
    refits on bootstrap samples of it are stored too, and a patient's page says how far they spread. ``conformal`` are
    patients apart from the development data, with outcomes: one score of theirs is stored, by which values get an
    interval and categories a set (split conformal prediction, 95 % on average over patients). With
    ``fingerprints`` its rows' keyed fingerprints are stored, by which a validation recognises patients that the model
    was developed on; the key (``$CDS_FINGERPRINT_KEY_FILE``, else ~/.config/cds/fingerprint.key) is made on first use.
    A model from memory must predict the same after storage, to 1e-12, on both samples and on rows made from the card.

    Raises:
        RegistryError: the version exists already.
        CardError: a card that cannot be read, or does not fit the model.
        ArtifactError: a model that no adapter takes or that cannot be stored, a pickle that was not allowed.
        DataError: a sample that is no data frame, or has no rows.
        PredictionError: a sample that is not as the card declares its inputs.
        InputError: the fingerprints' key can be neither read nor made.
    """
    read = read_card(card)
    place = registry_root(root)
    refuse_taken(place, read.name, read.version)
    _refuse_no_frames(background, development, conformal)
    if development is not None:
        with _about(DEVELOPMENT_DATA):
            read = read.model_copy(update={"development": development_summary(read, development)})
    sample = None if background is None else _sample(read, background)
    if development is not None and sample is not None and read.inputs:
        read = with_nearness(read, sample.frame, development)
    artifact = _artifact(source, read, allow_pickle=allow_pickle)
    stored = make_model(artifact.name, artifact.content, read, adapter=artifact.adapter, allow_pickle=allow_pickle)
    if development is not None:
        with _about(DEVELOPMENT_DATA):
            read = with_predictions(read, stored, _complete(read, development))
        stored = make_model(artifact.name, artifact.content, read, adapter=artifact.adapter, allow_pickle=allow_pickle)
    files = _files(artifact, stored, sample)
    made_up = trial_rows(read) if CHECK in files else None
    samples = {BACKGROUND_DATA: background, DEVELOPMENT_DATA: development, "": made_up}
    _verify_round_trip(stored, artifact.original, samples)
    load_refits = None
    if instability:
        with _about(DEVELOPMENT_DATA):
            files[REFITS] = refit_bytes(stored, development, instability)
        load_refits = functools.partial(parse_refits, files[REFITS], stored.card)
    apart = None
    if conformal is not None:
        with _about(APART):
            apart = conformal_of(stored, conformal, development)
        files[CONFORMAL_FILE] = conformal_bytes(apart)
    load_fingerprints = None
    if fingerprints and development is not None:
        with _about(DEVELOPMENT_DATA):
            made_of = fingerprints_of(stored.card, development, place)
        if made_of:
            files[FINGERPRINTS] = fingerprint_bytes(made_of)
            load_fingerprints = functools.partial(parse_fingerprints, files[FINGERPRINTS])
    folder = write_version(place, read.name, read.version, files)
    standing = latest_standing(place, read.name, read.version)
    made = _registered(stored, sample, str(folder), identity(files))
    return replace(
        made, standing=standing, load_refits=load_refits, load_fingerprints=load_fingerprints, conformal=apart
    )


def wrap(estimator: Any, card: Card, *, background: pd.DataFrame | None = None) -> RegisteredModel:
    """A fitted estimator (or a Model) as a registered model, in memory only.

    ``sha256`` is what registration would give it; empty where the estimator cannot be stored, and ``source``
    then says why.

    Raises:
        CardError: a card that cannot be read, or does not fit the model.
        ArtifactError: no adapter takes this object.
        PredictionError: a background sample that is not as the card declares its inputs.
    """
    read = read_card(card)
    _refuse_no_frames(background, None)
    sample = None if background is None else _sample(read, background)
    if isinstance(estimator, Model):
        return _registered(estimator, sample, "memory (not hashed: it has no artifact)")
    model = _wrapped(_adapter_for_object(estimator), estimator, read)
    try:
        files = _files(_artifact(estimator, read, allow_pickle=False), model, sample)
    except ArtifactError as error:
        return _registered(model, sample, f"memory (not hashed: {error.what})")
    return _registered(model, sample, "memory", identity(files))


@contextlib.contextmanager
def _about(what: str) -> Iterator[None]:
    """Faults inside say which of the samples they are about."""
    try:
        yield
    except InputError as fault:
        raise located(fault, what) from None


def _sample(card: ModelCard, background: pd.DataFrame) -> Background:
    with _about(BACKGROUND_DATA):
        return read_background(card, background)


def _refuse_no_frames(background: object, development: object, conformal: object = None) -> None:
    for what, given in ((BACKGROUND_DATA, background), (DEVELOPMENT_DATA, development), (APART, conformal)):
        if given is not None and not isinstance(given, pd.DataFrame):
            raise DataError(
                f"must be a data frame, got a {type(given).__name__}",
                where=what,
                do="Give a data frame; cds registry add reads files",
            )


def _registered(model: Model, sample: Background | None, source: str, sha256: str = "") -> RegisteredModel:
    return RegisteredModel(
        model=model,
        sha256=sha256,
        source=source,
        background=sample.frame if sample else None,
        background_outcome=sample.outcome if sample else None,
        background_sha256=hashlib.sha256(background_bytes(sample)).hexdigest() if sample else "",
    )


def _artifact(source: Any, card: ModelCard, *, allow_pickle: bool) -> _Artifact:
    if isinstance(source, (str, Path)):
        return _artifact_file(Path(source), card, allow_pickle=allow_pickle)
    adapter = _adapter_for_object(source)
    original = _wrapped(adapter, source, card)
    if adapter.save is None:
        raise ArtifactError(f"the adapter {adapter.name} cannot store a {type(source).__name__}")
    name = f"model{adapter.suffixes[0]}"
    with tempfile.TemporaryDirectory(prefix="cds-") as private:
        path = Path(private) / name
        adapter.save(source, path)
        return _Artifact(name, path.read_bytes(), adapter.name, original)


def _artifact_file(path: Path, card: ModelCard, *, allow_pickle: bool) -> _Artifact:
    refuse_pickle(path.name, allow_pickle)
    adapter = "sklearn_pipeline" if is_pickle(path.name) else adapter_for_file(path.name, card.outcome).name
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise ArtifactError(f"the artifact cannot be read: {fault.strerror}", where=str(path)) from None
    return _Artifact(f"model{path.suffix.lower()}", content, adapter)


def _adapter_for_object(candidate: Any) -> Adapter:
    for adapter in catalog.adapters().values():
        if adapter.recognises is not None and adapter.wrap is not None and adapter.recognises(candidate):
            return adapter
    raise ArtifactError(
        f"no adapter takes a {type(candidate).__name__}",
        do="Give a fitted scikit-learn or scikit-survival estimator, a lifelines fitter, an XGBoost booster, or the "
        "path of an artifact",
    )


def _wrapped(adapter: Adapter, candidate: Any, card: ModelCard) -> Model:
    if adapter.wrap is None:
        raise ArtifactError(f"the adapter {adapter.name} takes files only")
    return adapter.wrap(candidate, card)


def _files(artifact: _Artifact, model: Model, sample: Background | None) -> dict[str, bytes]:
    """A version's files by name."""
    files = {
        CARD: card_text(model.card).encode(),
        ENTRY: Entry(artifact.adapter, artifact.name).to_bytes(),
        artifact.name: artifact.content,
    }
    check = check_bytes(model)
    if check is not None:
        files[CHECK] = check
    if sample is not None:
        files[BACKGROUND] = background_bytes(sample)
    return files


def _verify_round_trip(stored: Model, original: Model | None, samples: Mapping[str, pd.DataFrame | None]) -> None:
    for what, sample in samples.items():
        with _about(what):
            rows = None if sample is None else _complete(stored.card, sample)
            if rows is None or rows.empty:
                continue
            after = prediction_numbers(stored.predict(rows))
        if original is None:
            continue
        before = prediction_numbers(original.predict(rows))
        if before.shape != after.shape or float(np.abs(before - after).max()) > ROUND_TRIP:
            raise ArtifactError(
                "the stored model predicts otherwise than the one in memory",
                do="It was not registered; does a step hold state that skops does not store?",
            )


def _complete(card: ModelCard, sample: pd.DataFrame) -> pd.DataFrame:
    """The rows with every required input: the others have no prediction to compare."""
    prepared = prepare_inputs(card, sample)
    lacking = {row for rows in missing_required(card, prepared).values() for row in rows}
    return sample.iloc[[row for row in range(len(sample)) if row not in lacking]]
