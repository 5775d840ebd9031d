"""Predicted and observed trajectories over visits: means, calibration and error at each visit, drop-out, responders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cds.core.arrays import FloatArray, IntArray
from cds.core.finding import Curve, Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable, Result
from cds.core.sample_kinds import ContinuousSample
from cds.core.sample_repeated import RepeatedSample
from cds.core.small_cells import hidden
from cds.core.study import Request, Study
from cds.longitudinal.dropout import dropout
from cds.longitudinal.responder import responders
from cds.stats.bins import bins
from cds.stats.intervals import t_quantile

FIFTHS = 5
FAMILY = "longitudinal"
ALONG = (
    ("trajectory_calibration", "Calibration at each visit", ("calibration_in_the_large", "calibration_slope")),
    ("trajectory_errors", "Error at each visit", ("mae", "rmse")),
)
SEEN = "among the patients seen at each visit"


def validate_trajectory(study: Study) -> Iterator[Finding | Curve | Table]:
    """Everything beyond the measures' own findings that is told of an outcome followed over visits."""
    sample = study.sample
    if not isinstance(sample, RepeatedSample):
        return
    fewest = study.small_cell
    unit = getattr(study.protocol.outcome, "unit", "") if study.protocol else ""
    unit = unit or (study.card.unit if study.card else "")
    time_unit = study.protocol.time_unit if study.protocol else ""
    drawn = [visit for visit in sample.visits if (sample.at(visit).weight > 0).sum() >= fewest]
    if drawn:
        yield mean_trajectory(sample, drawn, study.settings.level, unit, time_unit)
        yield bins_by_visit(sample, drawn, study.settings.level, fewest, unit)
        for curve, title, names in ALONG:
            yield along_visits(study, drawn, names, curve=curve, title=title, unit=unit, time_unit=time_unit)
    if sample.responder is not None:
        yield responder_table(study, sample, fewest, unit, time_unit)
    if study.attendance is not None:
        yield from dropout(study.attendance, level=study.settings.level, small=fewest, time_unit=time_unit)


def mean_trajectory(
    sample: RepeatedSample, visits: Sequence[float], level: float, unit: str = "", time_unit: str = ""
) -> Curve:
    """Mean observed and mean predicted value at each visit, each with its t interval, among those seen there."""
    rows = []
    for visit in visits:
        here = sample.at(visit)
        everyone = np.arange(len(here))
        rows.append(
            (
                visit,
                *_mean_interval(here, everyone, here.observed, level),
                *_mean_interval(here, everyone, here.predicted, level),
                here.total,
            )
        )
    names = ("visit", "observed", "low", "high", "predicted", "predicted_low", "predicted_high", "n")
    return Curve(
        "trajectory", FAMILY, "Observed and predicted course", _columns(rows, names),
        x_label=_with_unit("Visit", time_unit), y_label=_with_unit("Mean value", unit),
        note=f"{SEEN}: those who drop out change both lines; {_interval_note(sample)}",
        facts={"level": level, "unit": unit, "patients": _patients(sample)},
    )  # fmt: skip


def bins_by_visit(sample: RepeatedSample, visits: Sequence[float], level: float, fewest: int, unit: str = "") -> Curve:
    """Mean predicted and mean observed value in fifths of the prediction at each visit, with the mean's t interval."""
    rows = []
    for visit in visits:
        here = sample.at(visit)
        for r in bins(here.predicted, here.weights, fewest=fewest, most=FIFTHS):
            size = float(here.weight[r].sum())
            rows.append((visit, _mean(here, r, here.predicted), *_mean_interval(here, r, here.observed, level), size))
    return Curve(
        "trajectory_bins", FAMILY, "Observed and predicted values at each visit",
        _columns(rows, ("visit", "predicted", "observed", "low", "high", "n")),
        x_label=_with_unit("Predicted value", unit), y_label=_with_unit("Observed value", unit),
        note=f"each point is the mean of at least {fewest} patients with similar predictions; {_interval_note(sample)}",
        facts={"level": level, "unit": unit},
    )  # fmt: skip


def along_visits(
    study: Study,
    visits: Sequence[float],
    names: Sequence[str],
    *,
    curve: str,
    title: str,
    unit: str = "",
    time_unit: str = "",
) -> Curve:
    """Measures with their intervals along the visits: columns ``measure``, visit, value, low, high, n."""
    rows, named = [], []
    for name in (n for n in names if n in study.measures):
        for visit in visits:
            result = _at_visit(study, name, visit)
            if isinstance(result, Estimate):
                interval = result.interval
                bounds = (interval.low, interval.high) if isinstance(interval, Interval) else (np.nan, np.nan)
                rows.append((visit, result.value, *bounds, float(result.n)))
                named.append(name)
    labels = {name: study.measures[name].label for name in names if name in study.measures}
    ideals = {name: study.measures[name].ideal for name in labels}
    return Curve(
        curve, FAMILY, title,
        {"measure": np.array(named, dtype=np.str_), **_columns(rows, ("visit", "value", "low", "high", "n"))},
        x_label=_with_unit("Visit", time_unit), y_label=_with_unit("Value", unit), note=SEEN,
        facts={"level": study.settings.level, "labels": labels, "ideal": ideals, "unit": unit},
    )  # fmt: skip


def _at_visit(study: Study, name: str, visit: float) -> Result:
    """The answer of the estimation pass where the protocol asked for this visit, else computed here."""
    asked = study.answers.get(Request(name, horizon=visit))
    if asked is not None:
        return asked.result
    sample, measure = study.sample, study.measures[name]
    value = measure.compute(sample, horizon=visit)
    if isinstance(value, NotEstimable):
        return value
    interval: Interval | NotEstimable = NotEstimable("no interval is drawn for weighted data at undeclared visits")
    if measure.interval is not None and sample.analytic:
        interval = measure.interval(sample, value, study.settings.level, horizon=visit)
    n = len(measure.counted(sample, horizon=visit)) if measure.counted else len(sample)
    return Estimate(value, interval, measure.scale, n)


def responder_table(study: Study, sample: RepeatedSample, fewest: int, unit: str = "", time_unit: str = "") -> Table:
    """Per visit how many responded by the rule, how many were predicted to, and how well the two agree."""
    rows = tuple(
        (f"{visit:g} {time_unit}".rstrip(), *_responders_at(study, sample, visit, fewest)) for visit in sample.visits
    )
    rule = "" if sample.responder is None else sample.responder.told(unit)
    header = ("visit", "patients", "responders", "predicted to respond", "sensitivity", "specificity", "AUROC")
    note = (
        f"Responder: {rule}. Secondary to the values themselves: a rule cuts a measured outcome in two. Predicted "
        "means vary less than patients do, so fewer (or more) patients are predicted to respond than do, even from a "
        "model that is right on average."
    )
    if any("×" in cell for row in rows for cell in row):
        note += " × Small counts are not printed."
    return Table("responders", FAMILY, "Responders by rule", header, rows, note)


def _responders_at(study: Study, sample: RepeatedSample, visit: float, fewest: int) -> tuple[str, ...]:
    found = responders(sample, visit)
    if isinstance(found, NotEstimable):
        return ("–", found.reason, "", "", "", "")
    total, observed, predicted = found.total, found.events, float(found.weight @ found.risk)
    few = [bool(hidden([round(count), round(total - count)], fewest)) for count in (observed, predicted)]
    agreement = [
        "×" if any(few) else _printed(_at_visit(study, name, visit))
        for name in ("responder_sensitivity", "responder_specificity", "responder_auroc")
        if name in study.measures
    ]
    counts = (
        "×" if hidden_here else f"{count:.0f} ({100 * count / total:.0f} %)"
        for hidden_here, count in zip(few, (observed, predicted), strict=True)
    )
    return (f"{total:.0f}", *counts, *agreement)


def _printed(result: Result) -> str:
    if isinstance(result, NotEstimable):
        return result.reason
    if isinstance(result.interval, NotEstimable):
        return f"{result.value:.2f}"
    return f"{result.value:.2f} ({result.interval.low:.2f} to {result.interval.high:.2f})"


def _mean(here: ContinuousSample, rows: IntArray, values: FloatArray) -> float:
    return float(here.weight[rows] @ values[rows]) / float(here.weight[rows].sum())


def _mean_interval(
    here: ContinuousSample, rows: IntArray, values: FloatArray, level: float
) -> tuple[float, float, float]:
    """Mean and its t interval; no bounds with weights or a single row."""
    mean, n = _mean(here, rows, values), len(rows)
    if not here.analytic or n < 2:
        return mean, np.nan, np.nan
    half = t_quantile(level, n - 1) * float(np.std(values[rows], ddof=1)) / n**0.5
    return mean, mean - half, mean + half


def _interval_note(sample: RepeatedSample) -> str:
    return "t intervals of the means" if sample.analytic else "no interval is drawn for weighted data"


def _patients(sample: RepeatedSample) -> int:
    return len(np.unique(sample.patient_codes[sample.weight > 0]))


def _columns(rows: Sequence[tuple[float, ...]], names: Sequence[str]) -> dict[str, FloatArray]:
    return {name: np.array([row[k] for row in rows], dtype=np.float64) for k, name in enumerate(names)}


def _with_unit(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label
