"""Multinomial recalibration: an intercept and a slope for the log-ratio of each category to the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cds.core.arrays import BoolArray, FloatArray
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_kinds import NominalSample
from cds.stats.intervals import wald
from cds.stats.logistic import tolerance
from cds.stats.multinomial import MultinomialFit, fit_multinomial
from cds.stats.per_category import absent, all_but_first, binary_view, for_both_kinds, never_predicted

INTERCEPT, SLOPE = 0, 1
CONVENTION = (
    "one slope for each log-ratio, as VGAM::vglm(multinomial(refLevel = 1)) with diagonal constraints; the first "
    "category is the reference and has no value of its own; maximum likelihood without penalty; rows where a category "
    "has probability 0 have no log-ratio; a category that nobody has is left out of the regression"
)
SOURCE = "Van Hoorde 2014, doi:10.1002/sim.6114"


@dataclass(frozen=True, eq=False)
class Recalibration:
    """The fit and the categories that it covers, the reference first, as positions among the declared ones."""

    fit: MultinomialFit
    fitted: tuple[int, ...]

    def ratio(self, k: int) -> int:
        """The place of a category's log-ratio."""
        return self.fitted.index(k) - 1


def _present(sample: NominalSample) -> tuple[int, ...]:
    return tuple(k for k, count in enumerate(sample.class_counts) if count > 0)


def _log_ratios(sample: NominalSample, fitted: tuple[int, ...]) -> tuple[FloatArray, BoolArray]:
    """log(p_k / p_ref) of the fitted categories, shape (categories − 1, n), and the rows that have all of them."""

    def make() -> tuple[FloatArray, BoolArray]:
        p = sample.probability[:, fitted]
        if sample.clip:
            p = np.clip(p, *sample.clip)
        with np.errstate(divide="ignore"):
            logs = np.log(p)
        usable = np.isfinite(logs).all(axis=1)
        logs = np.where(usable[:, None], logs, 0.0)
        return np.ascontiguousarray((logs[:, 1:] - logs[:, :1]).T), usable

    return sample.rows_memo(("log_ratios", fitted), make)


def recalibration(sample: NominalSample, *, slopes: bool = True) -> Recalibration | NotEstimable:
    """log(P(Y = k)/P(Y = ref)) = a_k + b_k·log(p_k/p_ref); without ``slopes`` every b_k is 1."""
    return sample.memo(("multinomial_recalibration", slopes), lambda: _fit(sample, slopes=slopes))


def _fit(sample: NominalSample, *, slopes: bool) -> Recalibration | NotEstimable:
    fitted = _present(sample)
    if 0 not in fitted or len(fitted) < 2:
        return NotEstimable(next(filter(None, (absent(sample, name) for name in sample.categories))))
    ratios, usable = _log_ratios(sample, fitted)
    weights = sample.weight * usable
    left = np.bincount(sample.code, weights, minlength=len(sample.categories))
    if any(left[k] <= 0 for k in fitted):
        never = next(filter(None, (never_predicted(sample, sample.categories[k]) for k in fitted)), "")
        empty = ", ".join(repr(sample.categories[k]) for k in fitted if left[k] <= 0)
        return NotEstimable(
            never
            or f"of the category {empty} nobody is left: their rows hold a probability of 0, which has no logarithm"
        )
    terms = [np.ones_like(ratios), ratios] if slopes else [np.ones_like(ratios)]
    found = fit_multinomial(
        np.stack(terms, axis=1),
        np.searchsorted(fitted, sample.code),
        weights=None if sample.weights is None and usable.all() else weights,
        offset=None if slopes else ratios,
        start=_start(sample, fitted, slopes=slopes),
        tolerance=tolerance(sample),
    )
    return found if isinstance(found, NotEstimable) else Recalibration(found, fitted)


def _start(sample: NominalSample, fitted: tuple[int, ...], *, slopes: bool) -> FloatArray | None:
    if not sample.is_replicate:
        return None
    full = recalibration(sample.origin, slopes=slopes)
    return full.fit.coefficients if isinstance(full, Recalibration) and full.fitted == fitted else None


def _coefficient(term: int, sample: NominalSample, *, category: str) -> float | NotEstimable:
    found = _of(sample, category)
    return found if isinstance(found, NotEstimable) else float(found[0].coefficients[found[1], term])


def _interval(
    term: int, sample: NominalSample, value: float, level: float, *, category: str
) -> Interval | NotEstimable:
    found = _of(sample, category)
    return found if isinstance(found, NotEstimable) else wald(value, level, se=found[0].se(found[1], term))


def _of(sample: NominalSample, category: str) -> tuple[MultinomialFit, int] | NotEstimable:
    """The fit and the place of one category's log-ratio in it."""
    k = sample.position(category)
    if k == 0:
        return NotEstimable(f"{category!r} is the reference, to which the other categories are compared")
    if reason := absent(sample, category):
        return NotEstimable(reason)
    found = recalibration(sample)
    return found if isinstance(found, NotEstimable) else (found.fit, found.ratio(k))


def _counts(sample: NominalSample, *, category: str) -> dict[str, Any]:
    """What the log-ratio rests on, and how many rows have none."""
    counts, k = sample.class_counts, sample.position(category)
    told: dict[str, Any] = {"reference": sample.categories[0], "fewest_events": int(min(counts[0], counts[k]))}
    _, usable = _log_ratios(sample, _present(sample))
    left_out = int(sample.weight[~usable].sum())
    if left_out:
        told["left_out"] = left_out
        told["descriptive"] = (
            f"{left_out} rows with a probability of exactly 0 have no log-ratio and were left out, which flatters a "
            "bad model; declare clip = [low, high] in the protocol to judge this measure"
        )
    if sample.clip:
        p = sample.probability
        told["clipped"] = int(sample.weight[((p < sample.clip[0]) | (p > sample.clip[1])).any(axis=1)].sum())
    return told


def _with_slopes_at_one(sample: NominalSample, *, category: str) -> dict[str, Any]:
    """The other definition beside the number: the intercept when every slope is held at 1."""
    told, found = _counts(sample, category=category), recalibration(sample, slopes=False)
    if isinstance(found, Recalibration):
        ratio = found.ratio(sample.position(category))
        told["intercept_with_slopes_at_1"] = float(found.fit.coefficients[ratio, INTERCEPT])
    return told


def _measure(
    term: int, *, name: str, label: str, ideal: float, details: Callable[..., dict[str, Any]], note: str = ""
) -> Measure:
    return Measure(
        kind="nominal",
        name=name,
        family="calibration",
        label=label,
        compute=partial(_coefficient, term),
        interval=partial(_interval, term),
        interval_name="Wald",
        details=details,
        parameters=("category",),
        categories=all_but_first,
        counted=binary_view,
        needs_prevalence=term == INTERCEPT,
        ideal=ideal,
        direction="target",
        formula=f"{'ab'[term]}_k of log(P(Y = k)/P(Y = ref)) = a_k + b_k·log(p_k/p_ref)",
        convention=f"{note}{CONVENTION}",
        source=SOURCE,
    )


INTERCEPT_NOMINAL, INTERCEPT_ORDINAL = for_both_kinds(
    _measure(
        INTERCEPT,
        name="multinomial_recalibration_intercept",
        label="Multinomial recalibration intercept",
        ideal=0.0,
        details=_with_slopes_at_one,
        note="of the same regression as the slope; with every slope held at 1 it is another number, in the details; ",
    )
)
SLOPE_NOMINAL, SLOPE_ORDINAL = for_both_kinds(
    _measure(
        SLOPE,
        name="multinomial_recalibration_slope",
        label="Multinomial recalibration slope",
        ideal=1.0,
        details=_counts,
    )
)
