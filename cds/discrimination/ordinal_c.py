"""Ordinal C: of two patients with different categories, does the one with the higher category have the higher score?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cds.core.arrays import FloatArray, IntArray, frozen
from cds.core.measure import Interval, Measure, NotEstimable
from cds.core.sample_kinds import OrdinalSample
from cds.stats.class_ranks import ClassRanks, class_ranks
from cds.stats.intervals import wald
from cds.stats.per_category import absent

DIGITS = 12  # expected ranks that differ by less differ by rounding only, and are ties


@dataclass(frozen=True, eq=False)
class _Sorted:
    """Rows by increasing expected rank: their order, where ties begin in it, and each row's tie run."""

    order: IntArray
    starts: IntArray
    run: IntArray


def expected_rank(sample: OrdinalSample) -> FloatArray:
    """Σ_k k·p_k of each row, k from 1, shape (n,)."""
    exact: FloatArray = sample.probability @ np.arange(1.0, len(sample.categories) + 1)
    return np.asarray(np.round(exact, DIGITS), dtype=np.float64)


def _sorted(sample: OrdinalSample) -> _Sorted:
    def make() -> _Sorted:
        rank = expected_rank(sample)
        order: IntArray = np.argsort(rank, kind="stable")
        new = np.r_[True, np.diff(rank[order]) != 0]
        run = np.empty(len(order), dtype=np.int64)
        run[order] = np.cumsum(new) - 1
        return _Sorted(frozen(order), frozen(np.flatnonzero(new)), frozen(run))

    return sample.rows_memo("by_expected_rank", make)


def _ranks(sample: OrdinalSample) -> ClassRanks:
    by = _sorted(sample)
    return sample.memo(
        "expected_rank_counts",
        lambda: class_ranks(by.order, by.starts, sample.code, sample.weight, len(sample.categories)),
    )


def ordinal_c(sample: OrdinalSample) -> float | NotEstimable:
    """Concordant pairs + ½·pairs tied in the score, over all pairs with different categories."""
    comparable = _comparable(sample)
    if comparable <= 0:
        return NotEstimable(next(filter(None, (absent(sample, c) for c in sample.categories))))
    ranks = _ranks(sample)
    lower = np.cumsum(ranks.below + 0.5 * ranks.at, axis=0)  # members of this category or a lower one, ranked below
    return float((ranks.at[1:] * lower[:-1]).sum()) / comparable


def _comparable(sample: OrdinalSample) -> float:
    counts = sample.class_counts
    return float(counts[1:] @ np.cumsum(counts)[:-1])


def influence(sample: OrdinalSample) -> FloatArray | NotEstimable:
    """What each row's weight adds to C, shape (n,): (pairs won − C·pairs met) / all comparable pairs."""
    value = ordinal_c(sample)
    if isinstance(value, NotEstimable):
        return value
    ranks, counts = _ranks(sample), sample.class_counts
    below = ranks.below + 0.5 * ranks.at
    above = counts[:, None] - below
    run, code, total = _sorted(sample).run, sample.code, np.cumsum(counts)
    lower = np.vstack([np.zeros(below.shape[1]), np.cumsum(below, axis=0)])
    higher = above.sum(axis=0) - np.cumsum(above, axis=0)
    won = lower[code, run] + higher[code, run]
    met = (total - counts)[code] + (total[-1] - total)[code]
    return np.asarray((won - value * met) / _comparable(sample), dtype=np.float64)


def jackknife_interval(sample: OrdinalSample, value: float, level: float) -> Interval | NotEstimable:
    """Wald on the logit scale; the infinitesimal jackknife's error is the root of the sum of squared influences."""
    each = influence(sample)
    if isinstance(each, NotEstimable):
        return each
    se = float(np.sqrt((each**2).sum()))
    return wald(value, level, se=se, scale="logit", method="infinitesimal jackknife, logit scale")


ORDINAL_C = Measure(
    kind="ordinal",
    name="ordinal_c",
    family="discrimination",
    label="Ordinal C",
    compute=ordinal_c,
    interval=jackknife_interval,
    influence=influence,
    interval_name="infinitesimal jackknife on the logit scale",
    scale="logit",
    ideal=1.0,
    direction="higher",
    formula="(concordant + ½·tied in score) / pairs with different categories; score Σ_k k·p_k",
    convention="Harrell's C of the expected rank, categories numbered 1, 2, …; pairs of neighbouring and of distant "
    "categories count alike; expected ranks that agree to 12 decimals are tied; ½ is chance",
    source="Harrell 2015, doi:10.1007/978-3-319-19425-7; Van Calster 2012, doi:10.1002/bimj.201200026",
)
