"""Observed against predicted risk by groups of predicted risk: in tenths at a horizon, and over time in fifths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from cds.core.arrays import FloatArray
from cds.core.finding import Curve
from cds.core.sample_times import CompetingRisksSample
from cds.core.study import OVERALL, Subgroup
from cds.stats.end_of_follow_up import early_end, refused_after_an_early_end, refused_after_the_end
from cds.stats.intervals import normal_quantile, weighted_quantiles
from cds.stats.kaplan_meier import greenwood, kaplan_meier

TENTHS, FIFTHS, POINTS = 10, 5, 101
EARLY = "early, where everyone then at risk had had an event while others entered only later"


def groups_of(sample: CompetingRisksSample, count: int) -> Iterator[tuple[int, CompetingRisksSample]]:
    """The sample's rows by ``count`` quantile groups of the risk at its horizon, lowest first; ties together."""
    probabilities = np.linspace(0, 1, count + 1)[1:-1].tolist()
    edges = weighted_quantiles(sample.risk_now, sample.weights, probabilities)
    place = np.searchsorted(edges, sample.risk_now, side="left")
    for k in range(count):
        inside = (place == k) & (sample.weight > 0)
        if inside.any():
            yield k + 1, sample.where(inside)


def observed_with_bounds(
    sample: CompetingRisksSample, when: FloatArray, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """1 − Kaplan–Meier at each time with pointwise bounds on the log(−log) scale from Greenwood's variance.

    As R's survfit(conf.type = "log-log"). Bounds are NaN where nobody or everybody has had the event, and for weighted
    or clustered rows.
    """
    survival, spread = kaplan_meier(sample).at(when), greenwood(sample).at(when)
    inside = (survival > 0) & (survival < 1) & np.isfinite(spread) & sample.analytic
    hazard = -np.log(np.where(inside, survival, 0.5))
    factor = np.exp(normal_quantile(level) * np.sqrt(np.where(inside, spread, 0.0)) / hazard)
    low, high = (np.where(inside, -np.expm1(-bound), np.nan) for bound in (hazard / factor, hazard * factor))
    return 1 - survival, low, high


class Observed(NamedTuple):
    """How observed risk is estimated: at each time with pointwise bounds, its name, and that of its intervals."""

    estimate: Callable[[CompetingRisksSample, FloatArray, float], tuple[FloatArray, FloatArray, FloatArray]]
    name: str
    intervals: str


BY_KAPLAN_MEIER = Observed(observed_with_bounds, "Kaplan–Meier", "log-log Greenwood intervals")


def mean_risk(sample: CompetingRisksSample) -> float:
    """Mean predicted risk by the sample's horizon."""
    return float(sample.weight @ sample.risk_now) / sample.total


def tenths(
    sample: CompetingRisksSample,
    horizon: float,
    level: float,
    subgroup: Subgroup = OVERALL,
    *,
    observed: Observed = BY_KAPLAN_MEIER,
) -> Curve:
    """Mean predicted and observed risk by the horizon in tenths of the risk.

    A tenth whose follow-up ends before the horizon is left out, and the note says so.
    """
    sample = sample.at(horizon)
    rows, ended = [], 0
    for _, part in groups_of(sample, TENTHS):
        unseen = refused_after_the_end(part) is not None and kaplan_meier(part).at(horizon) > 0
        if unseen or refused_after_an_early_end(part) is not None:
            ended += 1
            continue
        found = observed.estimate(part, np.array([horizon]), level)
        rows.append((mean_risk(part), *(float(values[0]) for values in found), part.total))
    names = ("mean_risk", "observed", "low", "high", "n")
    left_out = f"; {ended} left out, whose follow-up ends before" if ended else ""
    return Curve(
        "calibration_tenths", "calibration", f"Observed and predicted risk by {sample.span} in tenths of risk",
        {name: np.array([row[k] for row in rows]) for k, name in enumerate(names)},
        x_label=f"Mean predicted risk by {sample.span}", y_label=f"Observed risk ({observed.name})",
        note=f"{observed.intervals}; tied risks stay together{left_out}",
        attribute=subgroup.attribute, group=subgroup.level,
        facts={"level": level, "horizon": horizon, "of": sample.span},
    )  # fmt: skip


def risk_groups(
    sample: CompetingRisksSample,
    level: float,
    *,
    count: int = FIFTHS,
    subgroup: Subgroup = OVERALL,
    observed: Observed = BY_KAPLAN_MEIER,
) -> Curve:
    """Observed risk over time in fifths of the risk by the last horizon, beside the mean predictions at horizons.

    Columns group (1 = lowest risk), time, observed, low, high; ``facts["predicted"]`` lists group, horizon, mean_risk.
    Each group's curve ends with its follow-up, or at the last horizon; with delayed entry, before everyone then at
    risk has had an event while others enter later, and the note says so.
    """
    last = sample.at(sample.horizons[-1])
    pieces, predicted, ended = [], [], 0
    for k, part in groups_of(last, count):
        when, emptied = _times_of(part)
        ended += emptied
        found = observed.estimate(part, when, level)
        pieces.append(np.vstack([np.full(len(when), float(k)), when, *found]))
        predicted += [{"group": k, "horizon": h, "mean_risk": mean_risk(part.at(h))} for h in sample.horizons]
    columns = np.hstack(pieces)
    early = f"; {ended} {'line ends' if ended == 1 else 'lines end'} {EARLY}" if ended else ""
    return Curve(
        "risk_groups", "calibration", f"Observed and predicted risk in {count} groups of predicted risk",
        dict(zip(("group", "time", "observed", "low", "high"), columns, strict=True)),
        x_label=f"Time ({sample.time_unit})" if sample.time_unit else "Time", y_label="Risk",
        note=f"groups by the risk by {last.span}; lines: {observed.name} with {observed.intervals}; points: mean "
        f"predicted risk at the horizons{early}",
        attribute=subgroup.attribute, group=subgroup.level,
        facts={"level": level, "groups": count, "predicted": predicted},
    )  # fmt: skip


def _times_of(part: CompetingRisksSample) -> tuple[FloatArray, bool]:
    """The times at which a group's line is drawn, and whether it ends early because nobody was left at risk."""
    stop = early_end(part)
    if stop is None:
        return np.linspace(0, min(part.horizons[-1], part.last_time), POINTS), False
    return np.linspace(0, stop, POINTS)[:-1], True
