"""Bootstrap by patients, on weights.

Replicate b draws patient multiplicities once, from child b of the seed, and uses them for every measure and group:
differences are paired, and the numbers do not depend on the number of workers. Patients are drawn from all of them,
except in a case-control design, whose cases and controls were sampled apart and are drawn apart.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.errors import ResourceError
from cds.core.measure import Measure
from cds.core.sample import Sample

NULL_STREAM = 2**31 + 1
PARALLEL_FROM = 20_000_000  # rows × replicates × samples below which starting workers costs more than it saves
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Task:
    """One number to recompute in every replicate: a measure on one of the plan's samples."""

    sample: int
    measure: Measure
    parameters: dict[str, object]


@dataclass(frozen=True, eq=False)
class Plan:
    """What a replicate does: the samples, where their rows lie in the cohort, and the tasks.

    ``rows[k]`` are the cohort row positions of sample k; ``codes`` the patient of each cohort row.
    """

    samples: Sequence[Sample]
    rows: Sequence[IntArray]
    codes: IntArray
    tasks: Sequence[Task]

    @property
    def patients(self) -> int:
        """How many patients there are to draw from."""
        return int(self.codes.max()) + 1

    @functools.cached_property
    def strata(self) -> tuple[IntArray, ...]:
        """Patients that are drawn apart: those of each outcome class of a case-control design; none otherwise.

        A patient with rows of several classes counts with the highest.
        """
        found = np.full(self.patients, -1, dtype=np.int64)
        for sample, rows in zip(self.samples, self.rows, strict=True):
            classes = sample.outcome_class if sample.design == "case_control" else None
            if classes is not None:
                np.maximum.at(found, self.codes[rows], classes)
        return tuple(np.flatnonzero(found == k) for k in np.unique(found)) if (found >= 0).any() else ()


def child(seed: int, *key: int) -> np.random.Generator:
    """The generator of one child of the seed, the same wherever and whenever it is asked for."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def multiplicities(seed: int, replicate: int, patients: int, strata: Sequence[IntArray] = ()) -> FloatArray:
    """How often each patient is drawn in one replicate, shape (patients,), summing to ``patients``.

    With ``strata`` (positions of patients, together all of them) as many are drawn from each as it has.
    """
    rng = child(seed, replicate)
    if strata:
        drawn = np.concatenate([members[rng.integers(0, len(members), len(members))] for members in strata])
    else:
        drawn = rng.integers(0, patients, patients)
    return np.bincount(drawn, minlength=patients).astype(np.float64)


def bootstrap(plan: Plan, *, replicates: int, seed: int, jobs: int = 1, progress: Progress | None = None) -> FloatArray:
    """Every task in every replicate, shape (tasks, replicates); NaN where a replicate was not estimable.

    Raises:
        ResourceError: a worker died.
    """
    if not plan.tasks or not replicates:
        return np.empty((len(plan.tasks), replicates))
    return _spread(_bootstrap_chunk, plan, replicates, seed, jobs=jobs, progress=progress)


def calibrated_null(
    samples: Sequence[Sample], tasks: Sequence[Task], *, draws: int, seed: int, jobs: int = 1
) -> FloatArray:
    """Tasks recomputed on outcomes simulated from the predictions: what a perfectly calibrated model would show.

    Shape (tasks, draws); NaN where a draw was not estimable.
    """
    if not tasks or not draws:
        return np.empty((len(tasks), draws))
    plan = Plan(samples, [np.empty(0, dtype=np.int64)] * len(samples), np.zeros(1, dtype=np.int64), tasks)
    return _spread(_null_chunk, plan, draws, seed, jobs=jobs)


def _spread(
    chunk: Callable[[Plan, int, int, int], FloatArray],
    plan: Plan,
    count: int,
    seed: int,
    *,
    jobs: int,
    progress: Progress | None = None,
) -> FloatArray:
    """Run all replicates, in worker processes where that pays; the result does not depend on which."""
    size = sum(len(sample) for sample in plan.samples) * count
    jobs = 1 if size < PARALLEL_FROM else min(jobs, count)
    pieces = min(count, max(1, 4 * jobs if jobs > 1 else 10))
    edges = np.linspace(0, count, pieces + 1).astype(int)
    spans = [(int(a), int(b)) for a, b in pairwise(edges)]
    done: list[FloatArray] = []
    results = _in_workers(chunk, plan, spans, seed, jobs) if jobs > 1 else (chunk(plan, seed, a, b) for a, b in spans)
    for (_, stop), result in zip(spans, results, strict=True):
        done.append(result)
        if progress:
            progress(stop, count)
    return np.concatenate(done, axis=1)


def _in_workers(
    chunk: Callable[[Plan, int, int, int], FloatArray],
    plan: Plan,
    spans: list[tuple[int, int]],
    seed: int,
    jobs: int,
) -> Any:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        yield from Parallel(n_jobs=jobs, backend="loky", return_as="generator")(
            delayed(chunk)(plan, seed, a, b) for a, b in spans
        )
    except (TerminatedWorkerError, MemoryError) as error:
        raise ResourceError("a worker process died while resampling (out of memory?); try fewer --jobs") from error


def _single_threaded() -> Any:
    """Linear algebra on one thread, so that sums are taken in the same order everywhere."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def _bootstrap_chunk(plan: Plan, seed: int, start: int, stop: int) -> FloatArray:
    values = np.full((len(plan.tasks), stop - start), np.nan)
    with _single_threaded():
        for b in range(start, stop):
            of_rows = multiplicities(seed, b, plan.patients, plan.strata)[plan.codes]
            drawn = [s.resample(of_rows[rows]) for s, rows in zip(plan.samples, plan.rows, strict=True)]
            values[:, b - start] = _compute(plan.tasks, drawn)
    return values


def _null_chunk(plan: Plan, seed: int, start: int, stop: int) -> FloatArray:
    values = np.full((len(plan.tasks), stop - start), np.nan)
    with _single_threaded():
        for b in range(start, stop):
            rng = child(seed, NULL_STREAM, b)
            drawn = [s.simulated(rng) for s in plan.samples]
            values[:, b - start] = _compute(plan.tasks, drawn)
    return values


def _compute(tasks: Sequence[Task], samples: Sequence[Sample]) -> list[float]:
    """NaN stands for a replicate that is not estimable; it is counted, never averaged."""

    def one(task: Task) -> float:
        sample = samples[task.sample]
        if not sample.total:  # none of a small group's patients was drawn
            return float("nan")
        value = task.measure.compute(sample, **task.parameters)
        return value if isinstance(value, float) else float("nan")

    return [one(task) for task in tasks]
