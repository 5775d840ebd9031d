"""Repeats one mechanism at one size: analytic intervals often, bootstrap intervals less often."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.coverage.mechanisms import Mechanism
from benchmarks.coverage.tally import Tally
from cds.core.measure import Estimate, Measure
from cds.core.protocol import MeasuresSection
from cds.core.sample import Sample
from cds.core.study import Request
from cds.stats.asking import requests
from cds.stats.bca import bca, patient_blocks, without_each_block
from cds.stats.estimation import estimate

SEED = 20261120


@dataclass(frozen=True)
class Effort:
    """Repetitions with analytic intervals, repetitions with a bootstrap, and its replicates.

    ``more_replicates`` for the measures whose only interval is the bootstrap's: BCa reads far out in the tails.
    ``only`` names the measures to simulate; all where empty.
    """

    analytic: int = 1000
    bootstrap: int = 400
    replicates: int = 199
    more_replicates: int = 399
    only: tuple[str, ...] = ()

    def at(self, n: int) -> Effort:
        """Half the bootstraps for large cohorts."""
        return self if n < 5000 else replace(self, bootstrap=self.bootstrap // 2)


QUICK = Effort(analytic=40, bootstrap=10, replicates=59, more_replicates=99)


def rng_of(*key: int) -> np.random.Generator:
    """The generator of one repetition of one setting."""
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=key))


def label(request: Request) -> str:
    """The measure and what it was asked for, as the table prints it."""
    told = [
        str(v) for v in (request.category, None if request.threshold is None else f"t = {request.threshold:g}") if v
    ]
    return request.measure + (f" ({', '.join(told)})" if told else "")


def chosen(measures: Mapping[str, Measure]) -> dict[str, Measure]:
    """The measures whose interval can cover: no distances, no pure tests."""
    return {k: m for k, m in measures.items() if not m.is_distance and m.bootstrap}


def asked_for(measures: Mapping[str, Measure], effort: Effort) -> dict[str, Measure]:
    """Those that the effort names; all where it names none."""
    return {k: m for k, m in measures.items() if not effort.only or k in effort.only}


def coverage_of(
    part: str, mechanism: Mechanism, n: int, measures: Mapping[str, Measure], effort: Effort, *, key: tuple[int, ...]
) -> Iterator[dict[str, object]]:
    """One row per measure and method."""
    effort, population = effort.at(n), mechanism.population()
    wanted = asked_for(chosen(measures), effort)
    settings = MeasuresSection(
        thresholds=() if population.kind == "continuous" else (mechanism.threshold,), replicates=0
    )
    asked = list(requests(wanted, (), settings, getattr(population, "categories", ())))
    truth: dict[Request, float] = {}
    for request in asked:
        value = wanted[request.measure].compute(population, **request.parameters)
        if isinstance(value, float):
            truth[request] = value
    asked = [request for request in asked if request in truth]
    tallies: dict[tuple[Request, str], Tally] = {}

    def tally(request: Request, method: str, replicates: int = 0) -> Tally:
        made = Tally(part, mechanism.name, n, label(request), method, truth[request], replicates)
        return tallies.setdefault((request, method), made)

    for r in range(max(effort.analytic, effort.bootstrap)):
        sample = mechanism.draw(n, rng_of(*key, n, r))
        if r < effort.analytic:
            for answer in estimate(asked, wanted, sample, {}, settings):
                if wanted[answer.request.measure].interval is not None:
                    tally(answer.request, "analytic").add(answer.result)
        if r < effort.bootstrap:
            _bootstrapped(sample, asked, wanted, settings=settings, effort=effort, seed=r, tally=tally)
    for one in tallies.values():
        yield one.row()


def _bootstrapped(
    sample: Sample,
    asked: list[Request],
    wanted: Mapping[str, Measure],
    *,
    settings: MeasuresSection,
    effort: Effort,
    seed: int,
    tally: Callable[[Request, str, int], Tally],
) -> None:
    """Percentile intervals of every measure, and BCa of those that have no analytic one."""
    analytic = [r for r in asked if wanted[r.measure].interval is not None]
    bare = {name: replace(measure, interval=None) for name, measure in wanted.items()}
    given = settings.model_copy(update={"replicates": effort.replicates, "seed": seed})
    for answer in estimate(analytic, bare, sample, {}, given):
        tally(answer.request, "percentile", effort.replicates).add(answer.result)
    given = settings.model_copy(update={"replicates": effort.more_replicates, "seed": seed})
    blocks = patient_blocks(sample.patient_codes)
    for answer in estimate([r for r in asked if r not in analytic], wanted, sample, {}, given):
        request, found = answer.request, answer.result
        tally(request, "percentile", effort.more_replicates).add(found)
        if isinstance(found, Estimate) and answer.replicates is not None:
            measure = wanted[request.measure]
            left_out = without_each_block(sample, measure, request.parameters, blocks, found.value)
            interval = bca(answer.replicates, found.value, left_out, settings.level, measure.scale)
            found = replace(found, interval=interval)
        tally(request, "BCa", effort.more_replicates).add(found)
