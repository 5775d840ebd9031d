"""Four groups of one mechanism compared many times: Cochran's Q, simultaneous intervals, and max − min."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.coverage.combined import bare_study
from cds import catalog
from cds.core.measure import Estimate
from cds.core.sample_binary import BinarySample
from cds.core.study import Study
from cds.fairness.gap import gaps
from cds.fairness.heterogeneity import heterogeneities
from cds.stats.estimation import answer
from cds.stats.shrinkage import Shrunken, shrink

SEED = 20261120
LEVELS = ("a", "b", "c", "d")
ASKED = ("auroc", "calibration_slope", "calibration_in_the_large")
BESIDE = ("observed_expected", "brier", "net_benefit_gain")
NAMES = (*ASKED, *BESIDE)
EVENTS = (50, 200)
ALPHA, THRESHOLDS = 0.05, (0.2, 0.3)
VARIANCES, TAUS = ((1.0, 1.0, 1.0, 1.0), (0.5, 1.0, 2.0), (1.0, 2.0, 4.0, 20.0)), (0.0, 0.5, 1.0, 2.0)
Row = dict[str, object]


@dataclass(frozen=True)
class Mechanism:
    """Calibrated risks whose logit is normal: the expected share of events and AUROC that follow are printed."""

    name: str
    mean: float
    spread: float

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Outcome and risk of n patients."""
        risk = 1 / (1 + np.exp(-rng.normal(self.mean, self.spread, n)))
        return (rng.random(n) < risk).astype(float), risk

    def share_of_events(self) -> float:
        """The expected risk, by Gauss–Hermite quadrature."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(100)
        return float(weights @ (1 / (1 + np.exp(-(self.mean + self.spread * nodes)))) / weights.sum())


MECHANISMS = (Mechanism("30 % events, AUROC .75", -1.0, 1.1), Mechanism("10 % events, AUROC .87", -3.3, 1.9))


def rng_of(*key: int) -> np.random.Generator:
    """The generator of one repetition of one setting."""
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=key))


def study_of(mechanism: Mechanism, events: int, rng: np.random.Generator, *, replicates: int = 0) -> Study:
    """Four groups of equal size, ``events`` expected in each, with every number answered."""
    each = round(events / mechanism.share_of_events())
    outcome, risk = mechanism.draw(len(LEVELS) * each, rng)
    measures = {name: m for name, m in catalog.measures("binary").items() if name in NAMES}
    group = {"g": np.repeat(LEVELS, each)}
    sample = BinarySample(outcome=outcome, risk=risk)
    seed = int(rng.integers(2**31))
    study = bare_study(sample, group, measures, THRESHOLDS[0], replicates=replicates, seed=seed)
    return answer(replace(study, settings=study.settings.model_copy(update={"thresholds": THRESHOLDS})), jobs=1)


def named(measure: str, threshold: float | None) -> str:
    """A measure with its threshold."""
    return measure if threshold is None else f"{measure} (t = {threshold:g})"


def rejections(mechanism: Mechanism, events: int, repetitions: int, *, key: int) -> Iterator[Row]:
    """Per measure: how often Q's p-value is below .05, and how often all simultaneous intervals hold no difference."""
    rejected, outside, usable = Counter[str](), Counter[str](), Counter[str]()
    holm = 0
    for r in range(repetitions):
        study = study_of(mechanism, events, rng_of(key, events, r))
        adjusted = []
        for one, result in heterogeneities(study, "g"):
            if isinstance(result, Estimate):
                name = named(one.request.measure, one.request.threshold)
                rejected[name] += result.details["p_value"] < ALPHA
                if one.headline:
                    adjusted.append(result.details["p_holm"])
                usable[name] += 1
        holm += min(adjusted, default=1.0) < ALPHA
        found: dict[str, list[bool]] = {}
        for gap in gaps(study, "g", "a"):
            nothing = 1.0 if gap.kind == "ratio" else 0.0
            found.setdefault(named(gap.measure, gap.threshold), []).append(gap.low <= nothing <= gap.high)
        for name, inside in found.items():
            outside[name] += not all(inside)
    for name in usable:
        yield _row(mechanism.name, events, name, "Cochran's Q", counted=rejected[name], of=usable[name])
        yield _row(mechanism.name, events, name, "simultaneous intervals", counted=outside[name], of=repetitions)
    yield _row(mechanism.name, events, "any headline measure", "Cochran's Q, Holm", counted=holm, of=repetitions)


def largest_less_smallest(mechanism: Mechanism, events: int, repetitions: int, replicates: int) -> Iterator[Row]:
    """The example not to follow: the percentile interval of max − min over the groups' AUROCs, held against 0."""
    outside = 0
    for r in range(repetitions):
        study = study_of(mechanism, events, rng_of(9, events, r))
        samples = [study.sample.where(mask) for mask in study.groups.values()]
        measure = study.measures["auroc"]
        rng, drawn = rng_of(10, events, r), []
        for _ in range(replicates):
            values = [
                measure.compute(s.resample(rng.multinomial(len(s), [1 / len(s)] * len(s)).astype(float)))
                for s in samples
            ]
            drawn.append(max(values) - min(values))
        low, _ = np.quantile(drawn, [0.025, 0.975])
        outside += low > 0
    method = f"max − min, bootstrap of {replicates}"
    yield _row(mechanism.name, events, "auroc", method, counted=outside, of=repetitions)


def partial_pooling(repetitions: int) -> Iterator[Row]:
    """How often intervals hold each group's true value: raw, with τ² taken as known, and averaged over τ.

    Normal estimates with known variances: τ is in standard errors of the first group.
    """
    z = 1.959964
    for k, variances in enumerate(VARIANCES):
        v = np.array(variances)
        for t, tau in enumerate(TAUS):
            held = np.zeros((3, len(v)))
            error = np.zeros((3, len(v)))
            for r in range(repetitions):
                rng = rng_of(20, k, t, r)
                true = rng.normal(0, tau, len(v))
                raw = rng.normal(true, np.sqrt(v))
                found = shrink(raw, v)
                if not isinstance(found, Shrunken):
                    raise TypeError(found.reason)
                for j, (value, se) in enumerate(
                    ((raw, np.sqrt(v)), (found.blup, found.blup_se), (found.values, found.se))
                ):
                    held[j] += np.abs(value - true) <= z * se
                    error[j] += (value - true) ** 2
            for j, method in enumerate(("raw", "τ² taken as known", "averaged over τ")):
                yield {
                    "variances": ", ".join(f"{x:g}" for x in variances), "tau": tau, "method": method,
                    "held": float(held[j].mean() / repetitions), "held_smallest": float(held[j, -1] / repetitions),
                    "error": float(np.sqrt(error[j].mean() / repetitions)), "repetitions": repetitions,
                }  # fmt: skip


def _row(mechanism: str, events: int, measure: str, method: str, *, counted: int, of: int) -> Row:
    share = counted / of
    error = float(np.sqrt(max(share * (1 - share), 0.0) / of))
    return {
        "mechanism": mechanism, "events": events, "measure": measure, "method": method,
        "rejected": share, "mc_error": error, "repetitions": of,
    }  # fmt: skip
