"""Intervals that combine several numbers: gaps between groups, means over sites, and pooling over imputations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.coverage.mechanisms import BINARY, GRID, SIZES, Mechanism, expit, normal_grid
from benchmarks.coverage.simulate import Effort, chosen, label, rng_of
from benchmarks.coverage.tally import Tally
from cds import catalog
from cds.core.arrays import FloatArray
from cds.core.cohort import Cohort
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.protocol import MeasuresSection
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.study import Study, Subgroup, subgroups
from cds.fairness.gap import gaps
from cds.stats.asking import requests
from cds.stats.estimation import answer, estimate
from cds.stats.meta_analysis import random_effects
from cds.stats.pooling import pooled

Rows = Iterator[dict[str, object]]
CORE = ("calibration_in_the_large", "calibration_slope", "observed_expected", "auroc", "brier")
SITES, SITE_SD, IMPUTATIONS, MISSING = 10, 0.3, 10, 0.3


def _analytic(measures: dict[str, Measure]) -> dict[str, Measure]:
    return {name: m for name, m in chosen(measures).items() if m.interval is not None and m.direction != "none"}


def bare_study(
    sample: Sample,
    groups: dict[str, np.ndarray],
    measures: dict[str, Measure],
    threshold: float,
    *,
    replicates: int = 0,
    seed: int = 1,
) -> Study:
    """A study with nothing but one sample, its groups and the measures."""
    cohort = Cohort(patients=np.arange(len(sample)).astype(str), features=pd.DataFrame(index=range(len(sample))))
    return Study(
        cohort=cohort, samples=(sample,), measures=measures, groups=subgroups(groups),
        settings=MeasuresSection(thresholds=(threshold,), replicates=replicates, seed=seed),
    )  # fmt: skip


def gap_rows(effort: Effort) -> Rows:
    """A group of 40 % whose risks are miscalibrated against one whose are not: the difference, or the ratio."""
    measures = _analytic(catalog.measures("binary"))
    for m, (one, other) in enumerate(((BINARY[1], BINARY[0]), (BINARY[3], BINARY[2]))):
        for n in SIZES:
            yield from _gaps_of(one, other, n, measures, effort, key=(5, m))


def _gaps_of(
    one: Mechanism, other: Mechanism, n: int, measures: dict[str, Measure], effort: Effort, *, key: tuple[int, ...]
) -> Rows:
    parts, tallies = (one.population(), other.population()), {}
    for r in range(effort.analytic):
        rng = rng_of(*key, n, r)
        size = int(0.4 * n)
        a, b = one.draw(size, rng), other.draw(n - size, rng)
        sample = BinarySample(outcome=np.r_[a.outcome, b.outcome], risk=np.r_[a.risk, b.risk])
        group = np.repeat(["one", "other"], [size, n - size])
        for found in gaps(answer(bare_study(sample, {"g": group}, measures, one.threshold), jobs=1), "g", "other"):
            name = found.measure + ("" if found.threshold is None else f" (t = {found.threshold:g})")
            if name not in tallies:
                given = {} if found.threshold is None else {"threshold": found.threshold}
                values = [float(measures[found.measure].compute(p, **given)) for p in parts]
                truth = values[0] / values[1] if found.kind == "ratio" else values[0] - values[1]
                method = "ratio" if found.kind == "ratio" else "difference"
                tallies[name] = Tally("gaps", f"{other.name} v. not", n, name, method, truth)
            tallies[name].add(found.result)
    for tally in tallies.values():
        yield tally.row()


def site_rows(effort: Effort) -> Rows:
    """Ten sites whose calibration-in-the-large varies with sd .3: their mean, a new site, and the cluster jackknife."""
    measure = catalog.measures("binary")["calibration_in_the_large"]
    for n in SIZES[1:]:
        repetitions = effort.analytic if n < 5000 else effort.analytic // 2
        mean = Tally("sites", "10 sites, sd .3", n, measure.name, "random-effects mean", 0.0)
        new = Tally("sites", "10 sites, sd .3", n, measure.name, "prediction interval", 0.0)
        truth = float(measure.compute(_mixed_population()))
        whole = Tally("sites", "10 sites, sd .3", n, measure.name, "jackknife over sites", truth)
        for r in range(repetitions):
            rng = rng_of(6, n, r)
            site, effect = np.arange(n) % SITES, rng.normal(0, SITE_SD, SITES)
            logit = rng.normal(-1.05, 1.1, n)
            outcome = (rng.random(n) < expit(logit + effect[site])).astype(float)
            sample = BinarySample(outcome=outcome, risk=expit(logit))
            _add_sites(sample, site, float(rng.normal(0, SITE_SD)), measure, (mean, new, whole))
        for tally in (mean, new, whole):
            yield tally.row()


def _mixed_population() -> BinarySample:
    logit, effects = -1.05 + 1.1 * normal_grid(), SITE_SD * normal_grid(200)
    true = np.mean([expit(logit + u) for u in effects], axis=0)
    return BinarySample(
        outcome=np.repeat([1.0, 0.0], GRID), risk=np.tile(expit(logit), 2), weights=np.r_[true, 1 - true],
        design="sampling",
    )  # fmt: skip


def _add_sites(
    sample: BinarySample, site: FloatArray, new_site: float, measure: Measure, tallies: tuple[Tally, Tally, Tally]
) -> None:
    mean, new, whole = tallies
    masks = {Subgroup("site", str(k)): site == k for k in range(SITES)}
    study = {measure.name: measure}
    settings = MeasuresSection(replicates=0)
    answers = estimate(list(requests(study, (), settings, sites=masks)), study, sample, {}, settings, sites=masks)
    whole.add(answers[0].result)
    each = [a.result for a in answers[1:] if not isinstance(a.result, NotEstimable)]
    good = [(e.value, e.se) for e in each if e.se]
    found = random_effects([g[0] for g in good], [g[1] ** 2 for g in good], level=0.95)
    if isinstance(found, NotEstimable):
        mean.add(found)
        new.add(found)
        return
    mean.add(Interval(found.low, found.high, 0.95, "random effects"))
    if isinstance(found.prediction, NotEstimable):
        new.add(found.prediction)
        return
    # A new site's true value is drawn anew each time: moved so that the tally's truth stays 0.
    low, high = found.prediction
    new.add(Interval(low - new_site, high - new_site, 0.95, "prediction"))


def imputed_rows(effort: Effort) -> Rows:
    """An input missing at random in 30 %, imputed ten times with the outcome: pooled by Rubin's rules."""
    measures = {name: m for name, m in catalog.measures("binary").items() if name in CORE}
    settings = MeasuresSection(replicates=0)
    asked = list(requests(measures, (), settings))
    population = _imputed_population(400_000)
    truth = {r: float(measures[r.measure].compute(population)) for r in asked}
    for n in SIZES:
        tallies = {
            r: Tally("imputations", "input missing in 30 %", n, label(r), "Rubin's rules, m = 10", truth[r])
            for r in asked
        }
        for r in range(effort.bootstrap if n < 5000 else effort.bootstrap // 2):
            samples = _imputed(n, rng_of(7, n, r))
            parts = [estimate(asked, measures, s, {}, settings) for s in samples]
            for one in zip(*parts, strict=True):
                tallies[one[0].request].add(pooled(one, level=0.95, independent=n).result)
        for tally in tallies.values():
            yield tally.row()


def _inputs(n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two inputs that are normal within each outcome: the risk is logistic, and so is a linear imputation right."""
    y = (rng.random(n) < 0.3).astype(float)
    first = rng.normal(0.6 * y, 1.0)
    return y, first, 0.4 * first + rng.normal(0.7 * y, 1.0)


def _risk(first: FloatArray, second: FloatArray) -> FloatArray:
    """P(y = 1 | inputs), too extreme by a fifth on the logit scale."""
    logit = np.log(0.3 / 0.7) + 0.6 * first - 0.18 + 0.7 * (second - 0.4 * first) - 0.245
    return expit(1.2 * logit)


def _imputed_population(n: int) -> BinarySample:
    y, first, second = _inputs(n, rng_of(7, 0))
    return BinarySample(outcome=y, risk=_risk(first, second))


def _imputed(n: int, rng: np.random.Generator) -> list[BinarySample]:
    y, first, second = _inputs(n, rng)
    gone = rng.random(n) < MISSING * 2 * expit(first)  # at random given the other input
    x = np.column_stack([np.ones(n), first, y])
    seen, inverse = x[~gone], np.linalg.inv(x[~gone].T @ x[~gone])
    beta = inverse @ seen.T @ second[~gone]
    left = second[~gone] - seen @ beta
    samples = []
    for _ in range(IMPUTATIONS):
        sd = np.sqrt(left @ left / rng.chisquare(len(left) - 3))
        drawn = rng.multivariate_normal(beta, sd**2 * inverse)
        filled = np.where(gone, x @ drawn + rng.normal(0, sd, n), second)
        samples.append(BinarySample(outcome=y, risk=_risk(first, filled)))
    return samples
