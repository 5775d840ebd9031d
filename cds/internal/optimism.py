"""Harrell's optimism bootstrap: how much better a model looks in the patients that it was developed in.

Per replicate the model is developed anew in a bootstrap sample and measured twice, there and in all patients; the
mean difference is the optimism, and the corrected value is the apparent one minus the optimism (Harrell, Lee & Mark
1996, doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Estimate, Interval, Measure, NotEstimable, Result, Scale
from cds.core.sample import Sample
from cds.core.sample_binary import BinarySample
from cds.core.study import Answer, Request, Study
from cds.internal.redone import Redone, measured, results_of, times_drawn
from cds.stats.intervals import MAX_FAILED_SHARE, from_scale, is_nothing, to_scale
from cds.stats.refitting import spread

ANALYSIS = "optimism_corrected"
PROPORTIONS = frozenset({"sensitivity", "specificity", "ppv", "npv", "auroc", "average_precision"})
RISK_DISTANCES = frozenset({"ici", "e50", "e90", "emax"})  # between two risks
METHOD = "percentiles of each refit's optimism"


@dataclass(frozen=True, eq=False)
class Measured:
    """Each request in each refit, shape (requests, refits): in its bootstrap sample, and in all patients.

    NaN where the refit failed or the measure was not estimable; ``reasons`` counts why, per request. ``at_edge``
    tells which refits gave risks of exactly 0 or 1, shape (refits,).
    """

    in_bootstrap: FloatArray
    in_original: FloatArray
    at_edge: FloatArray
    reasons: Sequence[Counter[str]]

    def why(self, k: int) -> str:
        """The commonest reason why request k had no value in a refit; empty where it always had one."""
        return self.reasons[k].most_common(1)[0][0] if self.reasons[k] else ""


def measure_twice(study: Study, made: Redone, requests: Sequence[Request]) -> Measured:
    """Every request in every refit's bootstrap sample and in all patients."""

    def one(b: int) -> _Pair:
        sample = made.samples[b]
        if isinstance(sample, NotEstimable):
            failed: list[float | NotEstimable] = [NotEstimable(f"the refit failed: {sample.reason}")] * len(requests)
            return _Pair(failed, failed, at_edge=False)
        there = results_of(study, sample, requests, times_drawn(made.rows[b], len(sample)))
        edge = isinstance(sample, BinarySample) and not sample.clip and sample.on_boundary > 0
        return _Pair(there, results_of(study, sample, requests), at_edge=edge)

    pairs = spread(one, len(made.samples), jobs=study.jobs)
    reasons: list[Counter[str]] = [Counter() for _ in requests]
    for pair in pairs:
        for k, (there, everywhere) in enumerate(zip(pair.there, pair.everywhere, strict=True)):
            reason = next((one.reason for one in (there, everywhere) if isinstance(one, NotEstimable)), None)
            reasons[k].update([] if reason is None else [reason])
    shape = (len(pairs), len(requests))
    return Measured(
        np.array([_numbers(pair.there) for pair in pairs]).reshape(shape).T,
        np.array([_numbers(pair.everywhere) for pair in pairs]).reshape(shape).T,
        np.array([pair.at_edge for pair in pairs], dtype=np.float64), reasons,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Pair:
    """One refit's results, per request: in its bootstrap sample, and in all patients."""

    there: list[float | NotEstimable]
    everywhere: list[float | NotEstimable]
    at_edge: bool


def _numbers(results: Sequence[float | NotEstimable]) -> list[float]:
    return [float("nan") if isinstance(one, NotEstimable) else one for one in results]


def corrected(
    study: Study, apparent: Sequence[Result], requests: Sequence[Request], twice: Measured, counts: dict[str, int]
) -> Iterator[Answer]:
    """Each request's corrected value with its interval, under the analysis ``optimism_corrected``.

    ``apparent`` are the values to correct, in the order of the requests.
    """
    for k, (request, result) in enumerate(zip(requests, apparent, strict=True)):
        measure, asked = study.measures[request.measure], replace(request, analysis=ANALYSIS)
        if isinstance(result, NotEstimable):
            yield Answer(asked, result)
            continue
        there, everywhere = twice.in_bootstrap[k], twice.in_original[k]
        found = correct(result.value, there, everywhere, measure, study.settings.level, why=twice.why(k))
        if isinstance(found, Estimate):
            details = {**_kept(result), **counts, **found.details, **_descriptive(request, measure, twice)}
            found = replace(found, n=result.n, events=result.events, details=details)
        yield Answer(asked, found)


def correct(
    apparent: float, in_bootstrap: FloatArray, in_original: FloatArray, measure: Measure, level: float, *, why: str = ""
) -> Result:
    """Apparent − mean(in bootstrap − in original), with its interval; shapes (refits,), NaN where there is none.

    ``why`` is the commonest reason for a NaN, which refuses the interval above 5 % of the refits.
    """
    good = np.isfinite(in_bootstrap) & np.isfinite(in_original)
    if good.sum() < 2:
        return NotEstimable(f"the measure was estimable in {good.sum()} of {len(good)} refits: {why}".rstrip(": "))
    there, everywhere = in_bootstrap[good], in_original[good]
    optimism = float(np.mean(there - everywhere))
    value, cut = within_range(apparent - optimism, measure)
    failed = int(len(good) - good.sum())
    details: dict[str, Any] = {"apparent": apparent, "optimism": optimism, "not_estimable_in_refits": failed}
    if cut:
        details["cut_to_range"] = f"the corrected value, {apparent - optimism:.4g}, lies outside the measure's range"
    details["optimism_mc_error"] = float(np.std(there - everywhere, ddof=1) / np.sqrt(len(there)))
    low, high = np.quantile(there, [(1 - level) / 2, (1 + level) / 2]) - optimism
    details["location_shifted"] = [float(low), float(high)]
    if failed > MAX_FAILED_SHARE * len(good):
        told = NotEstimable(too_many(failed, len(good), why))
        return Estimate(value, told, measure.scale, details=details)
    return Estimate(value, interval_around(value, there, everywhere, measure, level), measure.scale, details=details)


def interval_around(
    value: float, there: FloatArray, everywhere: FloatArray, measure: Measure, level: float
) -> Interval | NotEstimable:
    """Around the corrected value, the spread of each refit's own optimism, on the measure's scale.

    A refit's apparent value misses its value in all patients by its own optimism; by as much may the model's own
    corrected value miss the truth. See docs/decisions/0013 for its coverage beside other proposals'.
    """
    scale = measure.scale
    scaled = _on_scale(there, scale), _on_scale(everywhere, scale)
    centre = to_scale(value, scale)
    if not (np.isfinite(centre) and np.isfinite(scaled).all()):  # an AUROC of 1 has no logit
        scale, scaled, centre = "identity", (there, everywhere), value
    missed = scaled[0] - scaled[1]
    around = centre - (missed - missed.mean())
    if is_nothing(float(np.ptp(around)), float(centre)):
        return NotEstimable("zero variance: every refit has the same optimism")
    # Refits are few: type-7 quantiles of 200 hold 94 % of new ones, type-6 ones 95 %.
    low, high = np.quantile(around, [(1 - level) / 2, (1 + level) / 2], method="weibull")
    bounds = [within_range(from_scale(float(bound), scale), measure) for bound in (low, high)]
    return Interval(
        bounds[0][0], bounds[1][0], level, METHOD, float(np.std(there - everywhere, ddof=1)),
        float(np.std(missed, ddof=1)) if scale == measure.scale else None,
        {"interval_scale": scale, **({"bounds_cut_to_range": True} if any(cut for _, cut in bounds) else {})},
    )  # fmt: skip


def _on_scale(values: FloatArray, scale: Scale) -> FloatArray:
    return np.array([to_scale(float(value), scale) for value in values], dtype=np.float64)


def too_many(failed: int, refits: int, why: str) -> str:
    """Why there is no interval: more than 5 % of the refits gave no value."""
    return f"{failed} of {refits} refits failed or gave no value (limit 5 %): {why}".rstrip(": ")


def within_range(value: float, measure: Measure) -> tuple[float, bool]:
    """The value cut to what the measure can be (a distance is not negative), and whether it was cut."""
    low = 0.0 if measure.is_distance or measure.name in PROPORTIONS else -np.inf
    high = 1.0 if measure.name in PROPORTIONS | RISK_DISTANCES else np.inf
    inside = float(min(max(value, low), high))
    return inside, inside != value


def _kept(result: Estimate) -> dict[str, Any]:
    return {
        name: result.details[name] for name in ("fewest_events", "descriptive", "clipped") if name in result.details
    }


def _descriptive(request: Request, measure: Measure, twice: Measured) -> dict[str, Any]:
    """A logit-based measure that refits answered without their risks of exactly 0 or 1 is not judged."""
    hit = int(twice.at_edge.sum())
    if not hit or not measure.uses_logit or request.smoother not in (None, "rcs"):
        return {}
    told = f"in {hit} of {len(twice.at_edge)} refits risks of exactly 0 or 1 have no logit and were left out"
    return {"descriptive": f"{told}; declare clip = [low, high] in the protocol to judge this measure"}


def apparent_results(study: Study, requests: Sequence[Request], whole: Sample | NotEstimable) -> list[Result]:
    """What is to be corrected.

    In an internal design these are the given model's own values; otherwise, where the model comes from elsewhere,
    those of a refit on all patients, with the study's counts.
    """
    given = [study.answers[request].result for request in requests]
    if study.protocol is None or study.protocol.design == "internal":
        return given
    if isinstance(whole, NotEstimable):
        return [whole] * len(requests)
    values = measured(study, whole, requests)
    return [
        replace(result, value=float(value)) if isinstance(result, Estimate) and np.isfinite(value)
        else NotEstimable("not estimable for the model refitted on all patients")
        for result, value in zip(given, values, strict=True)
    ]  # fmt: skip
