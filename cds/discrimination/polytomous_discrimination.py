"""Polytomous discrimination index: given one patient of each category, is each told apart from all the others?"""

from __future__ import annotations

from typing import Any

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.measure import Measure, NotEstimable
from cds.core.sample_kinds import NominalSample
from cds.discrimination.hand_till import ranks_by_own_probability
from cds.stats.per_category import for_both_kinds, refused_absent


def of_category(sample: NominalSample, i: int) -> float:
    """The chance that, of one patient of each category, the one of category i has the highest probability of i.

    With t others tied with it at the top it counts 1/(1 + t). As 1/(1 + t) = ∫₀¹ uᵗ du, a member with x counts
    ∫ Π_j (L_j + u·E_j) du, L_j and E_j being the shares of category j below and at x: a polynomial in u, which
    Gauss–Legendre nodes integrate exactly. So all sets of K patients are counted without forming any.
    """
    counts, ranks = sample.class_counts, ranks_by_own_probability(sample, i)
    others = [j for j in range(len(counts)) if j != i]
    nodes, weights = np.polynomial.legendre.leggauss((len(counts) + 1) // 2)  # exact to degree K − 1 and beyond
    here = np.flatnonzero(ranks.at[i])  # the scores that members of i have
    below, tied = ranks.below[:, here] / counts[:, None], ranks.at[:, here] / counts[:, None]
    own = np.zeros(len(here))
    for u, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        product: FloatArray = np.full(len(here), weight)
        for j in others:
            product = product * (below[j] + u * tied[j])
        own += product
    return float(tied[i] @ own)


def polytomous_discrimination_index(sample: NominalSample) -> float | NotEstimable:
    """Σ_i PDI_i / K."""
    refused = refused_absent(sample)
    if refused is not None:
        return refused
    return float(np.mean([of_category(sample, i) for i in range(len(sample.categories))]))


def by_category(sample: NominalSample) -> dict[str, Any]:
    """Each category's own index, and what guessing would give."""
    own = {name: of_category(sample, i) for i, name in enumerate(sample.categories)}
    return {"by_category": own, "by_chance": 1 / len(own)}


PDI_NOMINAL, PDI_ORDINAL = for_both_kinds(
    Measure(
        kind="nominal",
        name="polytomous_discrimination_index",
        family="discrimination",
        label="Polytomous discrimination index",
        compute=polytomous_discrimination_index,
        details=by_category,
        scale="logit",
        ideal=1.0,
        direction="higher",
        needs_prevalence=False,
        formula="Σ_i P(p_i(i) > p_i(j) for all j ≠ i) / K over sets of one patient of each category",
        convention="exact over all sets, t ties at the top count 1/(1 + t); 1/K is chance (a third with three "
        "categories, where an AUROC would be ½); each category's own index stands in the details; not estimable where "
        "a declared category is absent from the data",
        source="Van Calster 2012, doi:10.1002/sim.5321",
    )
)
