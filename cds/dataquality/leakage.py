"""Outcome leakage: a single input that all but determines the outcome was probably recorded after it, or from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cds.core.arrays import BoolArray, FloatArray
from cds.core.finding import Finding, Severity
from cds.core.model_card import Feature, level_key
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.dataquality.counts import counted
from cds.dataquality.endpoints import NO_OUTCOME, Endpoint, endpoints
from cds.stats.recorded import missing_rows, not_asked, recorded
from cds.stats.single_input import (
    share_by_chance,
    single_auroc,
    single_auroc_by_chance,
    single_concordance,
    single_r_squared,
)

DETERMINED = 0.95
SAME = 0.99
FEWEST = 5  # patients with and without the event
FEWEST_ROWS = 20  # of a number or ordered categories, and of a level
CHANCE = 0.001  # over all comparisons of the study
ELSEWHERE = (0.5, 0.8)  # share with that outcome among the others, up to which a level blocks, or is remarked on
ASK = "Was it recorded after, or from, the outcome?"
DO = "Take what was known at the time of prediction, or leave the input out and develop the model again."
LEAKAGE = DataCheck(
    code="DQ019",
    name="outcome_leakage",
    what="One input, or whether it is missing, all but determines the outcome: an AUROC of .95 or more by itself "
    "(either way; of times at the last horizon, among those whose state is known then; of ordered categories the "
    "concordance, of numbers R²), or 99 % of the patients at one level have the same outcome, which at most half of "
    "the others have (both blocking), or at most 80 % (warning). Only beyond what chance gives in 1 of 1,000 such "
    "studies, by the exact permutation distribution.",
    source="Kaufman et al., ACM TKDD 2012;6:15, doi:10.1145/2382577.2382579; Kapoor & Narayanan, Patterns 2023, "
    "doi:10.1016/j.patter.2023.100804",
)


@dataclass(frozen=True, eq=False)
class _Column:
    """An input's values as numbers, or as codes of its levels with their names; ``rows`` are those that have one."""

    feature: Feature
    values: FloatArray
    names: tuple[str, ...] = ()

    @property
    def rows(self) -> BoolArray:
        return ~np.isnan(self.values)


def leakage(study: Study) -> Iterator[Finding]:
    """One fault per input that tells too much; a clear row where none does."""
    if study.card is None:
        yield LEAKAGE.not_run(NO_CARD)
        return
    judged = endpoints(study)
    if not judged:
        yield LEAKAGE.not_run(NO_OUTCOME)
        return
    here = [feature for feature in study.card.inputs if feature.name in study.cohort.features]
    limit = CHANCE / max(1, 2 * len(here) * len(judged))
    found = [fault for feature in here if (fault := _leak(study, feature, judged, limit)) is not None]
    yield from found or [LEAKAGE.clear({"inputs": len(here)})]


def _leak(study: Study, feature: Feature, judged: tuple[Endpoint, ...], limit: float) -> Finding | None:
    """The first thing that an input gives away: its values, whether it is missing, one of its levels."""
    column, gaps = _column(study, feature), _gaps(study, feature)
    for endpoint in judged:
        found = (
            _by_itself(study, column, endpoint, limit)
            or _by_itself(study, gaps, endpoint, limit)
            or _one_level(study, column, endpoint, limit)
            or _one_level(study, gaps, endpoint, limit)
        )
        if found is not None:
            return found
    return None


def _column(study: Study, feature: Feature) -> _Column:
    held = recorded(feature, study.cohort.features[feature.name])
    if feature.type in ("number", "integer"):
        values = pd.to_numeric(held.astype(object), errors="coerce").to_numpy(dtype=np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        different = np.unique(values[~np.isnan(values)])
        return _Column(feature, values, tuple(level_key(v) for v in different) if len(different) == 2 else ())
    codes, names = pd.factorize(held.astype(object))
    shown = feature.levels or {}
    keys = [level_key(name) for name in names]
    return _Column(feature, np.where(codes < 0, np.nan, codes), tuple(shown.get(key, key) for key in keys))


def _gaps(study: Study, feature: Feature) -> _Column:
    """Whether the input is missing, in those who were asked."""
    missing = missing_rows(feature, study.cohort.features).astype(np.float64)
    missing[not_asked(feature, study.cohort.features)] = np.nan
    named = feature.model_copy(update={"label": f"Whether {feature.title} is missing", "type": "boolean"})
    return _Column(named, missing, ("recorded", "missing"))


def _by_itself(study: Study, column: _Column, endpoint: Endpoint, limit: float) -> Finding | None:
    """The fault that the input alone orders the outcome, where it does beyond chance."""
    rows = column.rows & endpoint.known
    x, y = column.values[rows], endpoint.value[rows]
    levels = bool(column.names) and column.feature.type not in ("number", "integer")
    if not len(x) or not np.ptp(x):
        return None
    if endpoint.is_event:
        if min((y == 1).sum(), (y == 0).sum()) < FEWEST:
            return None
        strength, what = single_auroc(x, y, levels=levels), "AUROC by itself"
        if strength < DETERMINED or single_auroc_by_chance(x, y, levels=levels) > limit:
            return None
    else:
        if len(x) - np.unique(y, return_counts=True)[1].max() < FEWEST_ROWS:
            return None
        measured = single_concordance if endpoint.is_ordered else single_r_squared
        strength = measured(x, y, levels=levels)
        what = f"{'concordance' if endpoint.is_ordered else 'R²'} by itself"
        if strength < DETERMINED:
            return None
    small = study.small_cell
    who = f"{counted(len(x), small)} patients"
    who += f", {counted(int((y == 1).sum()), small)} with it" if endpoint.is_event else ""
    sentence = (
        f"{column.feature.title} all but determines the outcome{_about(endpoint)} ({what} {_cut(strength)}; {who}). "
        f"{ASK} {DO}"
    )
    return LEAKAGE.fault("blocking", sentence, {"strength": strength, "measure": what}, about=column.feature.name)


def _one_level(study: Study, column: _Column, endpoint: Endpoint, limit: float) -> Finding | None:
    """The fault that one level has the same outcome in (nearly) everybody, and the others have not."""
    if not endpoint.is_event or not column.names:
        return None
    rows = column.rows & endpoint.known
    x, y = column.values[rows], endpoint.value[rows]
    fewest = max(FEWEST_ROWS, study.small_cell)
    for level, size in zip(*np.unique(x, return_counts=True), strict=True):
        inside = x == level
        if size < fewest or len(x) - size < fewest:
            continue
        for has in (1.0, 0.0):
            share, elsewhere = float((y[inside] == has).mean()), float((y[~inside] == has).mean())
            if share < SAME or elsewhere > ELSEWHERE[1]:
                continue
            chance = share_by_chance(int(size), int((y[inside] == has).sum()), len(x), int((y == has).sum()))
            if chance <= limit / len(column.names):
                return _level_fault(study, column, endpoint, level, elsewhere, has=has)
    return None


def _level_fault(
    study: Study, column: _Column, endpoint: Endpoint, level: float, elsewhere: float, *, has: float
) -> Finding:
    severity: Severity = "blocking" if elsewhere <= ELSEWHERE[0] else "warning"
    name = column.names[int(level)] if column.feature.type not in ("number", "integer") else level_key(level)
    said = "have" if has else "do not have"
    size = int((column.values == level).sum())
    sentence = (
        f"{column.feature.title}: 99 % or more of the {counted(size, study.small_cell)} patients with {name!r} {said} "
        f"the outcome{_about(endpoint)}, of the others {elsewhere:.0%}. {ASK} {DO}"
    )
    details = {"rows": size, "share_elsewhere": elsewhere}
    return LEAKAGE.fault(severity, sentence, details, about=column.feature.name)


def _about(endpoint: Endpoint) -> str:
    return f" ({endpoint.about})" if endpoint.about else ""


def _cut(strength: float) -> str:
    """Two decimals, or more where two would say 1.

    >>> _cut(0.97), _cut(0.9994), _cut(1.0)
    ('0.97', '0.9994', '1')
    """
    return f"{strength:.2f}" if strength < 0.995 else f"{strength:.4g}"
