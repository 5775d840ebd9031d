"""Whether the cohort looks like the population that the model is meant for: shares of groups beside declared ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from cds.core.arrays import BoolArray, FloatArray
from cds.core.cohort import MISSING_GROUP
from cds.core.finding import Table
from cds.core.measure import Interval, NotEstimable
from cds.core.small_cells import Cell, hidden
from cds.core.study import Study
from cds.stats.group_sizes import patients_kept_back
from cds.stats.intervals import wald, wilson

NAME, FAMILY, SECTION = "representativeness", "fairness", "groups"
SUPPRESSED = "×"
NOTABLE = 0.1  # a standardised difference from which groups are commonly called unlike
SIMPLE = "Intervals are Wilson's, one group at a time."
CLUSTERED = "Intervals allow for patients of one site being alike."
WEIGHTED = "Shares are weighted, intervals allow for the weights."
SEVERAL = 2


@dataclass(frozen=True, eq=False)
class Compared:
    """One attribute: its levels, their counts, shares here (with intervals) and in the target population.

    ``difference`` is the standardised difference over all levels, NaN where it has none; ``chi_square`` the statistic
    of the shares against the target's with its degrees of freedom, where patients count one each and independently.
    """

    attribute: str
    levels: tuple[str, ...]
    counts: tuple[int, ...]
    shares: FloatArray
    intervals: tuple[Interval | NotEstimable, ...]
    target: FloatArray
    missing: int
    difference: float
    chi_square: tuple[float, int] | None


def representativeness(study: Study) -> Iterator[Table]:
    """A table of each attribute with declared shares: cohort, target, their difference, small cells suppressed."""
    compared = list(comparisons(study))
    if not compared:
        return
    small, few = study.small_cell, patients_kept_back(study)
    kept_back = {one.attribute: _kept_back(one, small, few) for one in compared}
    rows = [row for one in compared for row in _rows(one, kept_back[one.attribute])]
    section = study.protocol.target_population if study.protocol else None
    source = f" Shares of the target population: {section.source.rstrip('.')}." if section and section.source else ""
    how = CLUSTERED if len(study.sites) >= SEVERAL else SIMPLE if study.sample.weights is None else WEIGHTED
    note = (
        f"Patients analysed, of known group.{source} {how} {_summary(compared, kept_back)} A cohort unlike its target "
        "may hold too few patients of a group to tell how the model does in it; what it shows overall is then weighted "
        "to other patients than those it is meant for."
    )
    if any(SUPPRESSED in row for row in rows):
        note += f" × stands for fewer than {small} patients, and for what would give such a number away."
    header = ("attribute", "group", "patients", "share here", "interval", "share in the target", "difference")
    yield Table(NAME, FAMILY, "The cohort beside the population it is meant for", header, tuple(rows), note, SECTION)


def comparisons(study: Study) -> Iterator[Compared]:
    """Each attribute of the target population that the data have, in its order."""
    section = study.protocol.target_population if study.protocol else None
    held = study.cohort.compared
    for attribute, target in (section.shares if section else {}).items():
        if attribute in held:
            yield compare(study, attribute, held[attribute], target)


def standardised_difference(shares: FloatArray, target: FloatArray) -> float:
    """√((p − q)′ S⁻¹ (p − q)) over all levels but one, S the mean of the two multinomial covariances.

    Of two levels this is |p − q| / √((p(1 − p) + q(1 − q)) / 2). Levels that neither has are left out; NaN where two
    populations share no spread, as when each is all of one level.

    Yang & Dalton 2012, SAS Global Forum paper 335; Austin 2009, doi:10.1002/sim.3697.

    >>> round(standardised_difference(np.array([0.6, 0.4]), np.array([0.5, 0.5])), 4)
    0.202
    """
    kept = (shares > 0) | (target > 0)
    p, q = shares[kept][1:], target[kept][1:]
    if not len(p):
        return 0.0
    spread = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if np.linalg.matrix_rank(spread) < len(p):
        return nan
    return sqrt(float((p - q) @ np.linalg.solve(spread, p - q)))


def compare(study: Study, attribute: str, levels: NDArray[np.str_], target: Mapping[str, float]) -> Compared:
    """The shares of the target's levels, and of others that the cohort holds, among patients of known group."""
    first = np.unique(study.sample.patient_codes, return_index=True)[1]  # one row speaks for a patient
    weights = study.sample.weight[first]
    mine, known = levels[first], (levels[first] != MISSING_GROUP) & (weights > 0)
    order = study.cohort.level_orders.get(attribute, ())
    names = tuple(dict.fromkeys([*target, *(n for n in order if n in mine), *np.unique(mine).tolist()]))
    names = tuple(name for name in names if name != MISSING_GROUP)
    declared = np.array([target.get(name, 0.0) for name in names])
    declared = declared / declared.sum()
    members = [known & (mine == name) for name in names]
    total = float(weights[known].sum()) or 1.0
    shares = np.array([float(weights[inside].sum()) / total for inside in members])
    plain = study.sample.weights is None and len(study.sites) < SEVERAL
    return Compared(
        attribute, names, tuple(int(inside.sum()) for inside in members), shares,
        tuple(_interval(study, first, known, inside, weights) for inside in members),
        declared, int(((mine == MISSING_GROUP) & (weights > 0)).sum()),
        standardised_difference(shares, declared), _chi_square(shares, declared, total) if plain else None,
    )  # fmt: skip


def _interval(
    study: Study, first: NDArray[np.intp], known: BoolArray, inside: BoolArray, weights: FloatArray
) -> Interval | NotEstimable:
    """Wilson's; with weights or sites the linearised error of a weighted share, on the logit scale."""
    level, several = study.settings.level, len(study.sites) >= SEVERAL
    if not known.any():
        return NotEstimable("no patient of known group")
    if study.sample.weights is None and not several:
        return wilson(float(inside.sum()), float(known.sum()), level)
    total = float(weights[known].sum())
    share = float(weights[inside].sum()) / total
    if not 0 < share < 1:
        return NotEstimable("nobody, or everybody, is in this group")
    terms = weights * (inside - share) * known / total
    if not several:
        return wald(share, level, se=sqrt(float(terms @ terms)), scale="logit")
    sums = np.array([float(terms[mask[first]].sum()) for mask in study.sites.values()])
    k = len(sums)
    return wald(share, level, se=sqrt(float(sums @ sums) * k / (k - 1)), scale="logit", df=k - 1)


def _chi_square(shares: FloatArray, target: FloatArray, total: float) -> tuple[float, int] | None:
    """n·Σ(p − q)²/q with levels − 1 degrees of freedom; None for two levels, and where a level here has no share."""
    if len(shares) <= SEVERAL or not (target > 0).all():
        return None
    return total * float(((shares - target) ** 2 / target).sum()), len(shares) - 1


def _rows(one: Compared, kept_back: set[int]) -> Iterator[tuple[str, ...]]:
    for k, level in enumerate(one.levels):
        target = _percent(float(one.target[k])) if one.target[k] else "none declared"
        if k in kept_back:
            yield one.attribute, level, SUPPRESSED, SUPPRESSED, SUPPRESSED, target, SUPPRESSED
            continue
        interval, share = one.intervals[k], float(one.shares[k])
        bounds = f"{_percent(interval.low)} to {_percent(interval.high)}" if isinstance(interval, Interval) else "–"
        gap = f"{100 * (share - float(one.target[k])):+.1f} points".replace("-", "−")
        yield one.attribute, level, str(one.counts[k]), _percent(share), bounds, target, gap
    if one.missing:
        count = SUPPRESSED if len(one.levels) in kept_back else str(one.missing)
        yield one.attribute, MISSING_GROUP, count, "", "", "", ""


def _kept_back(one: Compared, small: int, few: set[Cell]) -> set[int]:
    """Positions of the counts that are not shown, here or in another table; the last is of those of unknown group."""
    elsewhere = {k for k, level in enumerate((*one.levels, MISSING_GROUP)) if (one.attribute, level) in few}
    return elsewhere | hidden([n or None for n in (*one.counts, one.missing)], small)  # a count of 0 hides no other


def _summary(compared: Sequence[Compared], kept_back: Mapping[str, set[int]]) -> str:
    """The standardised difference of each attribute, and whom the cohort lacks altogether."""
    told = []
    for one in compared:
        test = (
            ""
            if one.chi_square is None
            else f" (χ² {one.chi_square[0]:.1f} on {one.chi_square[1]}, which grows with the number of patients)"
        )
        size = "cannot be told" if np.isnan(one.difference) else f"is {one.difference:.2f}{test}"
        if kept_back[one.attribute]:  # the shares that are kept back could be worked out from it
            size = f"is {'at least' if one.difference >= NOTABLE else 'below'} {NOTABLE:g}"
        absent = [
            level for level, n, share in zip(one.levels, one.counts, one.target, strict=True) if share > 0 and not n
        ]
        nobody = f"; nobody here is {' or '.join(absent)}" if absent else ""
        told.append(f"{one.attribute} {size}{nobody}")
    return f"Standardised difference over all groups ({NOTABLE:g} is commonly called notable): {'; '.join(told)}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def unlike(study: Study) -> list[str]:
    """A sentence for each attribute in which the cohort is notably unlike its target population."""
    few, told = patients_kept_back(study), []
    for one in comparisons(study):
        if one.difference >= NOTABLE:
            size = "" if _kept_back(one, study.small_cell, few) else f" (standardised difference {one.difference:.2f})"
            told.append(f"The patients differ from the target population in {one.attribute}{size}: see their shares.")
    return told
