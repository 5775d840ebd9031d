"""Develops a refittable model anew on other rows: resampled patients, all but one fold, all but one site.

Refit k draws its seeds from child ``(stream, k)`` of the protocol's seed, apart from the children that the bootstrap
of measures draws from: the refits depend neither on one another nor on the number of workers.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from cds.core.arrays import FloatArray, IntArray
from cds.core.errors import InputError, ResourceError
from cds.core.measure import NotEstimable
from cds.core.model import Model, Refittable, RegisteredModel
from cds.core.outcome import Outcome
from cds.core.prediction import Prediction
from cds.stats.resampling import child

BOOTSTRAP_STREAM, FOLD_STREAM, SITE_STREAM, WHOLE_STREAM, COMPARATOR_STREAM = (2**31 + k for k in range(10, 15))
PAYS_FROM = 4.0  # seconds of work left, below which starting workers costs more than it saves
NO_MODEL = "the predictions are frozen: there is no model to refit"
# What estimators raise when rows do not suit them; their messages may quote values, so only the kind is told.
FIT_ERRORS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Refit:
    """One refit: what was asked of it (or why it failed), and the kinds of warnings that the fit gave."""

    result: Any
    warned: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether there is no refitted model."""
        return isinstance(self.result, NotEstimable)


def as_refittable(model: Model | RegisteredModel | None) -> Refittable | NotEstimable:
    """The model that can be developed anew, or the reason why there is none."""
    if model is None:
        return NotEstimable(NO_MODEL)
    inner = model.model if isinstance(model, RegisteredModel) else model
    if isinstance(inner, Refittable):
        return inner
    return NotEstimable(f"a model of the kind {inner.adapter} cannot be refitted: its development steps are not stored")


def refits(
    model: Refittable,
    features: pd.DataFrame,
    outcome: Outcome,
    row_sets: Sequence[IntArray],
    *,
    seed: int,
    stream: int,
    weights: FloatArray | None = None,
    jobs: int = 1,
) -> list[Refit]:
    """A model developed on each set of rows, as ``Refit.result``; the reason where the fit failed.

    Args:
        model: whose every modelling step is redone, imputation included: missing inputs are passed as they are.
        features: raw inputs, shape (n, inputs).
        outcome: observed in every row, shape (n,).
        row_sets: positions 0..n−1 per refit; a row drawn twice is passed twice.
        seed: the protocol's.
        stream: which family of children of the seed; see the constants of this file.
        weights: sampling weights, shape (n,).
        jobs: worker processes at most.

    Raises:
        ResourceError: a worker died.
    """

    source = _Source(model, features, outcome, weights)

    def one(k: int) -> Refit:
        return _refit(source, row_sets[k], child(seed, stream, k))

    return spread(one, len(row_sets), jobs=jobs)


def refit_predictions(
    model: Refittable,
    features: pd.DataFrame,
    outcome: Outcome,
    row_sets: Sequence[IntArray],
    *,
    seed: int,
    stream: int,
    weights: FloatArray | None = None,
    asked: Sequence[IntArray] | None = None,
    jobs: int = 1,
) -> list[Refit]:
    """What the model developed on each set of rows predicts, as ``Refit.result``; the models are not kept.

    ``asked[k]`` are the rows that refit k predicts; all rows where it is None. See :func:`refits`.

    Raises:
        ResourceError: a worker died.
    """

    source = _Source(model, features, outcome, weights)

    def one(k: int) -> Refit:
        made = _refit(source, row_sets[k], child(seed, stream, k))
        if made.failed:
            return made
        try:
            wanted = features if asked is None else features.iloc[asked[k]].reset_index(drop=True)
            predicted: Prediction = made.result.predict(wanted)
        except InputError as fault:
            return Refit(NotEstimable(f"the refitted model cannot predict: {fault.what}"), made.warned)
        return Refit(predicted, made.warned)

    return spread(one, len(row_sets), jobs=jobs)


@dataclass(frozen=True, eq=False)
class _Source:
    """What every refit draws its rows from."""

    model: Refittable
    features: pd.DataFrame
    outcome: Outcome
    weights: FloatArray | None


def _refit(source: _Source, rows: IntArray, rng: np.random.Generator) -> Refit:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result: Model | NotEstimable
        try:
            result = source.model.refit(
                source.features.iloc[rows].reset_index(drop=True),
                source.outcome.take(rows),
                weights=None if source.weights is None else source.weights[rows],
                rng=rng,
            )
        except InputError as fault:
            result = NotEstimable(fault.what)
        except FIT_ERRORS as fault:
            result = NotEstimable(f"the fit raised {type(fault).__name__}")
    return Refit(result, tuple(sorted({one.category.__name__ for one in caught})))


def spread(one: Callable[[int], T], count: int, *, jobs: int = 1) -> list[T]:
    """``one(0)`` … ``one(count − 1)``, in worker processes where the first tells that this pays.

    Linear algebra runs on one thread, so that sums are taken in the same order everywhere.

    Raises:
        ResourceError: a worker died.
    """
    if not count:
        return []
    started = time.monotonic()
    done = list(_in_line(one, [0]))
    left = (time.monotonic() - started) * (count - 1)
    if jobs < 2 or left < PAYS_FROM:
        return [*done, *_in_line(one, range(1, count))]
    pieces = [list(map(int, piece)) for piece in np.array_split(np.arange(1, count), min(count - 1, 4 * jobs))]
    return [*done, *_in_workers(one, pieces, jobs)]


def _in_line(one: Callable[[int], T], numbers: Iterable[int]) -> list[T]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return [one(k) for k in numbers]


def _in_workers(one: Callable[[int], T], pieces: list[list[int]], jobs: int) -> Iterator[T]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        parts = Parallel(n_jobs=jobs, backend="loky")(delayed(_in_line)(one, piece) for piece in pieces)
    except (TerminatedWorkerError, MemoryError) as error:
        raise ResourceError("a worker process died while refitting (out of memory?); try fewer --jobs") from error
    yield from (result for part in parts for result in part)


def patient_draws(codes: IntArray, count: int, *, seed: int, stream: int = BOOTSTRAP_STREAM) -> list[IntArray]:
    """Bootstrap samples by patient: the rows of the drawn patients, as often as they were drawn, in row order.

    ``codes`` are patients 0..P−1, shape (n,); P patients are drawn each time.
    """
    patients = int(codes.max()) + 1

    def rows(b: int) -> IntArray:
        drawn = np.bincount(child(seed, stream, b, 1).integers(0, patients, patients), minlength=patients)
        return np.repeat(np.arange(len(codes)), drawn[codes])

    return [rows(b) for b in range(count)]


def counted(made: Sequence[Refit]) -> dict[str, int]:
    """How many refits there were, failed, and warned of each kind: what every finding from refits carries."""
    told = {"refits": len(made), "refits_failed": sum(one.failed for one in made)}
    for kind in sorted({kind for one in made for kind in one.warned}):
        told[f"refits_with_{kind}"] = sum(kind in one.warned for one in made)
    return told
