"""The protocols that every adapter answers, and a model as the registry hands it out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.fingerprints import Fingerprints
from cds.core.measure import NotEstimable
from cds.core.model_card import ModelCard
from cds.core.outcome import Outcome
from cds.core.prediction import Prediction
from cds.core.spread import Conformal
from cds.core.structure import Shares, Trees

if TYPE_CHECKING:  # a card alone is read without it, and it is slow to load
    import pandas as pd


@runtime_checkable
class Model(Protocol):
    """Anything that predicts: raw inputs in, a Prediction out; nothing outside ``models/`` knows what is behind it."""

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        ...

    @property
    def adapter(self) -> str:
        """The adapter's name, as results and manifests print it."""
        ...

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        """Predict from raw inputs, one row per prediction; refuses undefined rows with a PredictionError."""
        ...


@runtime_checkable
class Refittable(Model, Protocol):
    """A model whose every development step can be redone."""

    def refit(
        self,
        features: pd.DataFrame,
        outcome: Outcome,
        *,
        weights: FloatArray | None,
        rng: np.random.Generator,
    ) -> Model:
        """A new model, every modelling step redone on these rows."""
        ...


@runtime_checkable
class Imputing(Model, Protocol):
    """A model that fills missing inputs with a value it can name."""

    @property
    def assumed_inputs(self) -> Mapping[str, Any]:
        """The raw value that takes a missing input's place, by input; only those that are the same for everybody."""
        ...


@runtime_checkable
class Sampled(Model, Protocol):
    """A model that may know the covariance of its coefficients."""

    def sampling_bounds(self, features: pd.DataFrame, *, level: float) -> tuple[FloatArray, FloatArray] | NotEstimable:
        """Bounds of every estimate by the sampling error of the coefficients, each shaped as the prediction."""
        ...


@runtime_checkable
class Additive(Model, Protocol):
    """A model that may be a sum of functions of one input each, on some scale."""

    def additive_shares(self, features: pd.DataFrame) -> Shares | None:
        """What each input adds, row by row; None where inputs act together or the scale is not a simple one."""
        ...


@runtime_checkable
class OfTrees(Model, Protocol):
    """A model that may be a sum of decision trees, on some scale."""

    def trees(self) -> Trees | None:
        """Its trees; None where it is no sum of trees, or their columns do not come from one input each."""
        ...


@dataclass(frozen=True)
class Standing:
    """What the latest validation run found about a model, as the physician's page cites it.

    ``unsettled`` lists the criteria that were not met: measure, label, estimate, low, high, criterion, verdict,
    group, reason. ``performance`` lists overall measures (measure, label, estimate, low, high, level) and, with
    attribute and group, those of subgroups. ``decision`` lists, per threshold, net benefit of the model, of
    treating all, and per 1,000 patients the found, missed and wrongly flagged. ``for_card_outcome`` is False where
    the run judged another outcome column than the card's and its protocol did not accept that.
    """

    run_id: str
    created: str
    readiness: str
    model_sha256: str
    protocol: str
    question: str
    population: str
    design: str
    n: int
    events: int | None
    synthetic: bool = False
    for_card_outcome: bool = True
    unsettled: tuple[Mapping[str, Any], ...] = ()
    performance: tuple[Mapping[str, Any], ...] = ()
    decision: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class RegisteredModel:
    """A model as the registry hands it out: the adapter's model, its hash, background sample and latest standing.

    ``background`` is the fixed reference sample for explanations (raw inputs); ``sha256`` identifies the verified
    version (card, artifact and background together). ``load_refits`` reads the model's refits on resampled
    development data, where they were stored with it, ``load_fingerprints`` the keyed fingerprints of those data.
    ``conformal`` is what patients set apart at registration give intervals of the outcome by.
    """

    model: Model
    sha256: str
    source: str
    background: pd.DataFrame | None = None
    background_outcome: FloatArray | None = None
    background_sha256: str = ""
    standing: Standing | None = None
    load_refits: Callable[[], tuple[Model, ...]] | None = None
    load_fingerprints: Callable[[], Fingerprints] | None = None
    conformal: Conformal | None = None

    @functools.cached_property
    def refits(self) -> tuple[Model, ...]:
        """The stored refits on resampled development data, read on first use; none where none were stored."""
        return () if self.load_refits is None else self.load_refits()

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        return self.model.card

    @property
    def adapter(self) -> str:
        """The adapter's name."""
        return self.model.adapter

    def predict(self, features: pd.DataFrame, *, horizons: Sequence[float] | None = None) -> Prediction:
        """Predict from raw inputs; see Model.predict."""
        return self.model.predict(features, horizons=horizons)


@dataclass(frozen=True)
class Adapter:
    """How one kind of artifact becomes a Model; each file under ``models/`` declares one.

    ``load(path, card)`` reads an artifact whose hash was verified. ``recognises(object)`` tells whether an object
    in memory is of this kind, ``wrap(object, card)`` makes a Model of it, ``save(object, path)`` writes the artifact.
    ``outcomes`` are the card's outcomes that the adapter is for, where another one reads files of the same suffix;
    empty for any.
    """

    name: str
    suffixes: tuple[str, ...]
    load: Callable[[Path, ModelCard], Model]
    recognises: Callable[[Any], bool] | None = None
    wrap: Callable[[Any, ModelCard], Model] | None = None
    save: Callable[[Any, Path], None] | None = None
    outcomes: tuple[str, ...] = ()
