"""Hand and Till's M: the AUROC averaged over all pairs of categories."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Measure, NotEstimable
from cds.core.sample_kinds import NominalSample
from cds.stats.class_ranks import ClassRanks, class_ranks
from cds.stats.per_category import for_both_kinds, refused_absent


def ranks_by_own_probability(sample: NominalSample, k: int) -> ClassRanks:
    """The members of every category along the probability of category k."""

    def make() -> ClassRanks:
        view = sample.one_vs_rest(sample.categories[k])
        return class_ranks(view.order, view.tie_starts, sample.code, sample.weight, len(sample.categories))

    return sample.memo(("class_ranks", k), make)


def pairwise(sample: NominalSample) -> FloatArray:
    """A(i|j): the chance that one of category i has a higher probability of i than one of j, ties ½; shape (K, K)."""
    counts, found = sample.class_counts, np.full((len(sample.categories),) * 2, np.nan)
    for i in range(len(counts)):
        ranks = ranks_by_own_probability(sample, i)
        found[i] = (ranks.below + 0.5 * ranks.at) @ ranks.at[i] / (counts[i] * counts)
    return found


def hand_till_m(sample: NominalSample) -> float | NotEstimable:
    """2 / (K(K − 1))·Σ_{i<j} (A(i|j) + A(j|i)) / 2."""
    refused = refused_absent(sample)
    if refused is not None:
        return refused
    a = pairwise(sample)
    return float(np.mean([(a[i, j] + a[j, i]) / 2 for i, j in combinations(range(len(a)), 2)]))


def pairs(sample: NominalSample) -> dict[str, Any]:
    """The AUROC of each pair, which the average hides."""
    a, names = pairwise(sample), sample.categories
    return {
        "pairs": {f"{names[i]} | {names[j]}": float((a[i, j] + a[j, i]) / 2) for i, j in combinations(range(len(a)), 2)}
    }


HAND_TILL_NOMINAL, HAND_TILL_ORDINAL = for_both_kinds(
    Measure(
        kind="nominal",
        name="hand_till_m",
        family="discrimination",
        label="Hand–Till M (mean AUROC over pairs of categories)",
        compute=hand_till_m,
        details=pairs,
        scale="logit",
        ideal=1.0,
        direction="higher",
        needs_prevalence=False,
        formula="2/(K(K − 1))·Σ_{i<j} (A(i|j) + A(j|i))/2",
        convention="A(i|j): chance that one of i has a higher probability of i than one of j, ties ½; each pair counts "
        "alike, however rare its categories; not estimable where a declared category is absent from the data; ½ is "
        "chance",
        source="Hand & Till 2001, doi:10.1023/A:1010920819831",
    )
)
