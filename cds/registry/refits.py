"""Refits of a model on bootstrap samples of its development data, stored beside it; the rows themselves are not.

They tell, for one patient, how far the estimate would move had the model been developed in another sample of the same
kind (Riley & Collins 2023, doi:10.1002/bimj.202200302).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray
from cds.core.errors import ArtifactError, DataError
from cds.core.measure import NotEstimable
from cds.core.model import Model
from cds.core.model_card import ModelCard
from cds.core.outcome import Binary, Continuous, Nominal, Ordinal, Outcome
from cds.registry.development import outcome_values
from cds.stats.intervals import MAX_FAILED_SHARE
from cds.stats.refitting import BOOTSTRAP_STREAM, as_refittable, patient_draws, refits

if TYPE_CHECKING:
    from cds.models.sklearn_pipeline import SklearnModel

REFITS = "refits.skops"
FEWEST, MOST = 50, 1000  # refits: fewer give no 95 % range, more only fill the disk
SEED = 1


def refit_bytes(model: Model, development: pd.DataFrame | None, count: int) -> bytes:
    """``count`` refits on bootstrap samples of the development rows, as one skops archive.

    Each row counts as a patient. Raises:
        ArtifactError: a model that cannot be refitted, or whose refits cannot be stored.
        DataError: no development data, a number of refits outside 50 to 1,000, outcomes that are missing, or over
            5 % of the refits failed.
    """
    if not FEWEST <= count <= MOST:
        raise DataError(f"instability must be {FEWEST} to {MOST} refits, got {count}")
    if development is None:
        what = "instability needs the development data, which are not stored"
        raise DataError(what, do="Name them: --development FILE")
    source = as_refittable(model)
    if isinstance(source, NotEstimable) or not _is_pipeline(model):
        why = source.reason if isinstance(source, NotEstimable) else "only scikit-learn pipelines' refits can be stored"
        raise ArtifactError(f"no instability: {why}", do="Register the model without instability")
    outcome = _outcome(model.card, development)
    rows = patient_draws(np.arange(len(development)), count, seed=SEED)
    made = refits(source, development, outcome, rows, seed=SEED, stream=BOOTSTRAP_STREAM)
    failed = [one.result.reason for one in made if one.failed]
    if len(failed) > MAX_FAILED_SHARE * count:
        raise DataError(f"{len(failed)} of {count} refits failed (limit 5 %), the first because {failed[0]}")
    from cds.models.skops_archive import skops_bytes

    return skops_bytes([one.result.estimator for one in made if not one.failed])


def parse_refits(content: bytes, card: ModelCard) -> tuple[SklearnModel, ...]:
    """The refits that ``refit_bytes`` stored.

    Raises:
        ArtifactError: the archive is damaged, or holds something other than pipelines that fit the card.
    """
    from cds.models.fitted_bounds import refuse_broken
    from cds.models.sklearn_pipeline import SklearnModel
    from cds.models.skops_archive import read_skops

    held = read_skops(content)
    if not isinstance(held, list) or not held:
        raise ArtifactError("the stored refits are no list of models", where=REFITS)
    refuse_broken(held)
    return tuple(SklearnModel(card, estimator) for estimator in held)


def _is_pipeline(model: Model) -> bool:
    from cds.models.sklearn_pipeline import SklearnModel

    return isinstance(model, SklearnModel)


def _outcome(card: ModelCard, development: pd.DataFrame) -> Outcome:
    values = outcome_values(card, development)
    if values is None:
        raise DataError("instability needs the outcome of the development data", do="Name outcome_column in the card")
    missing = int(np.isnan(values).sum())
    if missing:
        raise DataError(f"instability needs every outcome: {missing} of {len(values)} are missing")
    return _of_kind(card, values)


def _of_kind(card: ModelCard, values: FloatArray) -> Outcome:
    if card.outcome == "binary":
        return Binary(values)
    if card.outcome == "continuous":
        return Continuous(values, card.unit)
    made = Ordinal if card.outcome == "ordinal" else Nominal
    return made(values.astype(np.int64), card.categories)
